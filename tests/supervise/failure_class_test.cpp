#include "supervisor/supervise/failure_class.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>

namespace supervisor {
namespace {

FailureClass class_of(ExitStatus status, std::string bye = "", bool out_of_memory = false) {
  return classify(Exited{1, status, std::move(bye), out_of_memory});
}

TEST(FailureClass, each_exit_number_of_a_worker_names_its_class) {
  EXPECT_EQ(class_of({.code = 0}), FailureClass::CleanExit);
  EXPECT_EQ(class_of({.code = 64}), FailureClass::Config);
  EXPECT_EQ(class_of({.code = 69}), FailureClass::Input);
  EXPECT_EQ(class_of({.code = 70}), FailureClass::Crash);
  EXPECT_EQ(class_of({.code = 71}), FailureClass::Encoder);
  EXPECT_EQ(class_of({.code = 74}), FailureClass::Disk);
  EXPECT_EQ(class_of({.code = 76}), FailureClass::Protocol);
  EXPECT_EQ(class_of({.code = 78}), FailureClass::Config);
  EXPECT_EQ(class_of({.code = 127}), FailureClass::ExecFatal);
  EXPECT_EQ(class_of({.code = 3}), FailureClass::Crash);
}

TEST(FailureClass, the_last_word_of_a_worker_counts_only_where_its_number_says_nothing) {
  EXPECT_EQ(class_of({.code = 3}, "encoder"), FailureClass::Encoder);
  EXPECT_EQ(class_of({.code = 71}, "config"), FailureClass::Encoder);
  EXPECT_EQ(class_of({.signal = SIGSEGV}, "ok"), FailureClass::Crash);
  EXPECT_EQ(class_of({.code = 3}, "ok"), FailureClass::Crash);
}

TEST(FailureClass, a_sigkill_is_out_of_memory_only_when_the_kernel_counted_one) {
  EXPECT_EQ(class_of({.signal = SIGKILL}), FailureClass::Crash);
  EXPECT_EQ(class_of({.signal = SIGKILL}, "", true), FailureClass::OutOfMemory);
  EXPECT_EQ(class_of({.signal = SIGSEGV}, "", true), FailureClass::Crash);
}

TEST(FailureClass, a_missing_binary_is_fatal_and_a_full_system_is_not) {
  EXPECT_EQ(classify_spawn_error(ENOENT), FailureClass::ExecFatal);
  EXPECT_EQ(classify_spawn_error(EACCES), FailureClass::ExecFatal);
  EXPECT_EQ(classify_spawn_error(ENOEXEC), FailureClass::ExecFatal);
  EXPECT_EQ(classify_spawn_error(EAGAIN), FailureClass::ExecTransient);
  EXPECT_EQ(classify_spawn_error(EMFILE), FailureClass::ExecTransient);
  EXPECT_EQ(classify_spawn_error(ETXTBSY), FailureClass::ExecTransient);
}

TEST(FailureClass, an_exit_is_described_with_its_reason) {
  EXPECT_EQ(describe_exit({.code = 0}), "0");
  EXPECT_EQ(describe_exit({.code = 71}), "71 encoder");
  EXPECT_EQ(describe_exit({.code = 3}), "3");
  EXPECT_EQ(describe_exit({.signal = SIGKILL}), "signal 9");
  EXPECT_EQ(describe_exit({.signal = SIGSEGV, .core = true}), "signal 11 (core)");
}

}  // namespace
}  // namespace supervisor
