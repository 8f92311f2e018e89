// Real processes.
#include "supervisor/keep/orphans.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "temporary_directory.h"

namespace {

using supervisor::kill_orphans;
using supervisor::parse_workers;
using supervisor::record_of;
using supervisor::WorkerRecord;

// A stopped `sleep` in a session of its own.
pid_t start_sleep() {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setsid();
    ::execlp("sleep", "sleep", "60", nullptr);
    ::_exit(127);
  }
  for (int i = 0; i < 200; ++i) {
    const auto exe = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe");
    if (exe.filename() != "keep_test") break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ::kill(pid, SIGSTOP);
  return pid;
}

std::string program_of(pid_t pid) {
  return std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe").string();
}

TEST(Orphans, a_stopped_one_is_killed) {
  const pid_t pid = start_sleep();
  const auto record = record_of(pid);
  ASSERT_TRUE(record);
  const auto killed = kill_orphans({*record}, program_of(pid));
  ASSERT_EQ(killed.size(), 1u);
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  EXPECT_TRUE(killed.front().is_gone());
}

TEST(Orphans, another_process_of_the_same_number_or_another_program_is_left_alone) {
  const pid_t pid = start_sleep();
  const auto record = *record_of(pid);
  const std::string program = program_of(pid);
  EXPECT_TRUE(kill_orphans({WorkerRecord{pid, record.start_time + 1}}, program).empty());
  EXPECT_TRUE(kill_orphans({record}, "/usr/bin/true").empty());
  EXPECT_EQ(::waitpid(pid, nullptr, WNOHANG), 0) << "it lives";
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  EXPECT_TRUE(kill_orphans({record}, program).empty()) << "it is gone";
}

TEST(Orphans, are_written_down_and_read_back) {
  const TemporaryDirectory directory;
  const std::vector<WorkerRecord> workers = {{100, 5}, {200, 6'000'000'000}};
  ASSERT_TRUE(supervisor::write_workers(directory.path(), workers));
  EXPECT_EQ(supervisor::read_workers(directory.path()), workers);
  EXPECT_TRUE(supervisor::read_workers(directory / "nowhere").empty());
}

TEST(Orphans, lines_that_are_none_are_passed_over) {
  const auto workers = parse_workers("12 34\n\nx y\n1 5\n-7 5\n0 5\n56\n78 90 extra\n");
  EXPECT_EQ(workers, (std::vector<WorkerRecord>{{12, 34}, {78, 90}}));
}

TEST(Orphans, a_process_that_is_not_there_has_no_record) {
  EXPECT_FALSE(record_of(0));
  EXPECT_TRUE(record_of(::getpid()));
}

}  // namespace
