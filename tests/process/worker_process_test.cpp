// Real processes: each test writes a small shell script that plays the worker.
#include "supervisor/process/worker_process.h"

#include <dirent.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <optional>

using namespace std::chrono_literals;
using supervisor::ExitStatus;
using supervisor::spawn_worker;
using supervisor::SpawnPlan;
using supervisor::WorkerProcess;
using testing::Contains;
using testing::HasSubstr;

namespace {

int open_descriptors() {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    (void)entry;
    ++count;
  }
  return count;
}

class WorkerLife : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "worker-life-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  SpawnPlan plan(const std::string& script) {
    const std::string path = folder_ + "/worker";
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    ::chmod(path.c_str(), 0755);
    return {path, "{\"stream\":\"test\"}", 7, "cafe"};
  }

  void start(const std::string& script) {
    auto spawned = spawn_worker(loop_, plan(script));
    ASSERT_TRUE(spawned) << spawned.error().reason;
    worker_ =
        WorkerProcess::adopt(loop_, std::move(*spawned),
                             {[this](std::string_view line, bool) { lines_.emplace_back(line); },
                              [this](common::MediaRecordReader::Item& item) { records_.push_back(item); },
                              [this](const std::string& why) { broken_ = why; },
                              [this](const ExitStatus& status) { exit_ = status; }});
  }
  // Turns the loop until `done` or the time is over.
  template <typename Condition>
  bool run_until(Condition done, std::chrono::milliseconds limit = 5s) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!done() && std::chrono::steady_clock::now() < end) {
      loop_.restart();
      loop_.run_for(10ms);
    }
    return done();
  }
  bool run_until_exit() {
    return run_until([this] { return exit_.has_value(); });
  }

  boost::asio::io_context loop_;
  std::shared_ptr<WorkerProcess> worker_;
  std::vector<std::string> lines_;
  std::vector<common::MediaRecordReader::Item> records_;
  std::string broken_;
  std::optional<ExitStatus> exit_;
  std::string folder_;
};

TEST_F(WorkerLife, last_words_are_heard_before_the_exit_is_told) {
  start("echo first >&2; echo 'why I die' >&2; exit 71");
  ASSERT_TRUE(run_until_exit());
  EXPECT_EQ(exit_->code, 71);
  EXPECT_EQ(exit_->signal, 0);
  EXPECT_THAT(lines_, Contains("why I die"));
}

TEST_F(WorkerLife, gets_its_role_generation_nonce_and_settings) {
  start("echo \"$*\" >&2; cat <&4 >&2; echo >&2");
  ASSERT_TRUE(run_until_exit());
  EXPECT_EQ(lines_[0], "stream --config-fd 4 --generation 7 --nonce cafe");
  EXPECT_EQ(lines_[1], "{\"stream\":\"test\"}");
}

TEST_F(WorkerLife, inherits_no_other_descriptor) {
  const common::UniqueFd not_close_on_exec(::dup(STDERR_FILENO));  // as Asio's own sockets are
  start("exec ls /proc/self/fd >&2");
  ASSERT_TRUE(run_until_exit());
  // 0 stdin, 1 /dev/null, 2 stderr, 3 media, 4 settings; 5 is the folder that ls reads.
  EXPECT_THAT(lines_, testing::ElementsAre("0", "1", "2", "3", "4", "5"));
}

TEST_F(WorkerLife, leads_its_own_session) {
  start("cut -d' ' -f6 /proc/$$/stat >&2; echo $$ >&2");
  ASSERT_TRUE(run_until_exit());
  ASSERT_EQ(lines_.size(), 2u);
  EXPECT_EQ(lines_[0], lines_[1]);
}

TEST_F(WorkerLife, commands_reach_its_stdin) {
  start("read line; echo \"got $line\" >&2");
  EXPECT_TRUE(worker_->send("quit\n"));
  ASSERT_TRUE(run_until_exit());
  EXPECT_THAT(lines_, Contains("got quit"));
}

TEST_F(WorkerLife, a_signal_is_told_as_a_signal) {
  start("kill -SEGV $$");
  ASSERT_TRUE(run_until_exit());
  EXPECT_EQ(exit_->signal, SIGSEGV);
}

TEST_F(WorkerLife, kill_ends_a_stopped_worker_and_its_children) {
  start("sleep 60 & echo $! >&2; kill -STOP $$");
  ASSERT_TRUE(run_until([this] { return !lines_.empty(); }));
  const int grandchild = std::stoi(lines_[0]);
  worker_->signal(SIGKILL);
  ASSERT_TRUE(run_until_exit());
  EXPECT_EQ(exit_->signal, SIGKILL);
  // It may stay as a zombie of whoever adopted it, but runs no more.
  EXPECT_TRUE(run_until([grandchild] {
    std::ifstream stat("/proc/" + std::to_string(grandchild) + "/stat");
    std::string pid, name, state;
    return !(stat >> pid >> name >> state) || state == "Z";
  }));
}

TEST_F(WorkerLife, a_grandchild_that_holds_stderr_does_not_delay_the_exit) {
  start("sleep 60 & exit 0");
  const auto before = std::chrono::steady_clock::now();
  ASSERT_TRUE(run_until_exit());
  EXPECT_LT(std::chrono::steady_clock::now() - before, 2s);
}

TEST_F(WorkerLife, a_program_that_is_not_there_is_an_error_with_its_errno_and_no_zombie) {
  const SpawnPlan absent{folder_ + "/absent", "{}", 1, "n"};
  auto spawned = spawn_worker(loop_, absent);
  ASSERT_FALSE(spawned);
  EXPECT_EQ(spawned.error().system_errno, ENOENT);
  EXPECT_THAT(spawned.error().reason, HasSubstr("absent"));
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

TEST_F(WorkerLife, a_file_without_the_right_to_run_is_EACCES) {
  SpawnPlan no_right = plan("exit 0");
  ::chmod(no_right.program.c_str(), 0644);
  auto spawned = spawn_worker(loop_, no_right);
  ASSERT_FALSE(spawned);
  EXPECT_EQ(spawned.error().system_errno, EACCES);
}

TEST_F(WorkerLife, garbage_on_the_media_socket_is_told_once) {
  start("printf 'this is no media record, it is far too long for a header' >&3; sleep 60");
  ASSERT_TRUE(run_until([this] { return !broken_.empty(); }));
  worker_->signal(SIGKILL);
  EXPECT_TRUE(run_until_exit());
}

TEST_F(WorkerLife, a_hundred_lives_leave_no_descriptor_and_no_zombie) {
  start("exit 0");
  ASSERT_TRUE(run_until_exit());
  worker_.reset();
  const int before = open_descriptors();
  for (int i = 0; i < 100; ++i) {
    exit_.reset();
    start("exit 0");
    ASSERT_TRUE(run_until_exit());
    worker_.reset();
  }
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

}  // namespace
