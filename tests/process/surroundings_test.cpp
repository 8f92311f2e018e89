// Real processes and folders: what is swept behind a worker, read of it in /proc, and seen around it.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "supervisor/process/orphan_sweep.h"
#include "supervisor/process/spawn.h"
#include "supervisor/process/worker_probe.h"
#include "supervisor/process/worker_process.h"
#include "supervisor/process/world_watch.h"

using namespace std::chrono_literals;
using supervisor::ExitStatus;
using supervisor::OrphanSweep;
using supervisor::WorkerProbe;
using supervisor::WorldNews;
using supervisor::WorldWatch;

namespace {

// '-': there is no such process.
char state_of(int pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name;
  char state = '-';
  return stat >> number >> name >> state ? state : '-';
}

class Surroundings : public testing::Test {
 protected:
  void SetUp() override {
    ::signal(SIGPIPE, SIG_IGN);  // as the daemon does
    std::string pattern = testing::TempDir() + "surroundings-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    ASSERT_TRUE(supervisor::become_subreaper());
  }
  void TearDown() override {
    if (worker_) worker_->signal(SIGKILL);
    run_until([this] { return !worker_ || exit_; });
    std::filesystem::remove_all(folder_);
  }

  // As StreamRunner does it.
  void start(const std::string& script) {
    const std::string path = folder_ + "/worker";
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    ::chmod(path.c_str(), 0755);
    auto spawned = supervisor::spawn_worker(loop_, {path, "{}", 7, "cafe"});
    ASSERT_TRUE(spawned) << spawned.error().reason;
    const int pid = spawned->pid;
    OrphanSweep::of(loop_).know(pid);
    worker_ =
        supervisor::WorkerProcess::adopt(loop_, std::move(*spawned),
                                         {[this](std::string_view line, bool) { lines_.emplace_back(line); },
                                          [](common::MediaRecordReader::Item&) {}, [](const std::string&) {},
                                          [this, pid](const ExitStatus& status) {
                                            exit_ = status;
                                            OrphanSweep::of(loop_).forget(pid);
                                          }});
  }
  template <typename Condition>
  bool run_until(Condition done, std::chrono::milliseconds limit = 5s) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!done() && std::chrono::steady_clock::now() < end) {
      loop_.restart();
      loop_.run_for(5ms);
    }
    return done();
  }
  bool run_until_exit() {
    return run_until([this] { return exit_.has_value(); });
  }
  int number(std::size_t line) { return std::stoi(lines_.at(line)); }

  boost::asio::io_context loop_;
  std::shared_ptr<supervisor::WorkerProcess> worker_;
  std::vector<std::string> lines_;
  std::optional<ExitStatus> exit_;
  std::string folder_;
};

TEST_F(Surroundings, a_grandchild_in_a_session_of_its_own_is_killed_and_reaped_after_its_worker) {
  start("(setsid sh -c 'echo $$ >&2; exec sleep 60' & ) ; while [ ! -e " + folder_ +
        "/go ]; do sleep 0.02; done; exit 70");
  ASSERT_TRUE(run_until([this] { return !lines_.empty(); }));
  const int grandchild = number(0);
  ASSERT_NE(state_of(grandchild), '-');
  std::ofstream(folder_ + "/go") << "";
  ASSERT_TRUE(run_until_exit());
  const auto died = std::chrono::steady_clock::now();
  EXPECT_TRUE(run_until([grandchild] { return state_of(grandchild) == '-'; })) << state_of(grandchild);
  EXPECT_LT(std::chrono::steady_clock::now() - died, 1s);
  EXPECT_EQ(OrphanSweep::of(loop_).killed(), 1u);
}

TEST_F(Surroundings, a_family_of_sessions_is_swept_to_its_last_member) {
  start(
      "for i in 1 2 3 4 5; do setsid sh -c 'echo $$ >&2; setsid sleep 60 & setsid sleep 60 & wait' & done; "
      "while [ ! -e " +
      folder_ + "/go ]; do sleep 0.02; done; kill -KILL $$");
  ASSERT_TRUE(run_until([this] { return lines_.size() == 5; }));
  std::ofstream(folder_ + "/go") << "";
  ASSERT_TRUE(run_until_exit());
  EXPECT_EQ(exit_->signal, SIGKILL);
  EXPECT_TRUE(run_until([] { return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }))
      << "a child is left";
}

// Each is gone before it is found, and has left its successor.
TEST_F(Surroundings, processes_that_fork_and_end_for_ever_are_swept) {
  const std::string hopper = folder_ + "/hopper";
  std::ofstream(hopper) << "#!/bin/sh\nsetsid " << hopper << " &\nexec sleep 0.02\n";
  ::chmod(hopper.c_str(), 0755);
  start("for i in 1 2 3 4 5 6 7 8; do setsid " + hopper + " & done; sleep 0.1; kill -KILL $$");
  ASSERT_TRUE(run_until_exit());
  EXPECT_TRUE(run_until([] { return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }))
      << "a child is left";
  std::filesystem::remove(hopper);
}

TEST_F(Surroundings, a_grandchild_that_holds_stderr_neither_delays_the_exit_nor_survives_it) {
  start("setsid sh -c 'echo $$ >&2; sleep 60' & while [ ! -e " + folder_ +
        "/go ]; do sleep 0.02; done; exit 0");
  ASSERT_TRUE(run_until([this] { return !lines_.empty(); }));
  std::ofstream(folder_ + "/go") << "";
  ASSERT_TRUE(run_until_exit());
  EXPECT_TRUE(run_until([this] { return state_of(number(0)) == '-'; }));
}

TEST_F(Surroundings, a_child_that_is_no_worker_s_is_left_alone) {
  OrphanSweep::of(loop_);
  const int child = ::fork();
  if (child == 0) {
    ::execl("/bin/sleep", "sleep", "60", nullptr);
    ::_exit(1);
  }
  start("exit 0");
  ASSERT_TRUE(run_until_exit());
  run_until([] { return false; }, 100ms);
  EXPECT_EQ(state_of(child), 'S') << "it was there before us, as in: Xvfb & exec streamer-supervisor";
  ::kill(child, SIGKILL);
  EXPECT_TRUE(run_until([child] { return state_of(child) == '-'; })) << "but it is reaped when it ends";
  EXPECT_EQ(OrphanSweep::of(loop_).killed(), 0u);
}

TEST_F(Surroundings, the_environment_of_a_worker_says_whose_it_is) {
  start("echo \"$STREAMER_SUPERVISOR\" >&2");
  ASSERT_TRUE(run_until_exit());
  EXPECT_EQ(lines_.at(0), std::to_string(::getpid()));
}

TEST_F(Surroundings, a_worker_has_bounded_descriptors_and_leaves_no_core) {
  start("ulimit -n >&2; ulimit -Hn >&2; ulimit -c >&2");
  ASSERT_TRUE(run_until_exit());
  EXPECT_THAT(lines_, testing::ElementsAre("1024", "1024", "0"));
}

TEST_F(Surroundings, a_probe_sees_how_its_worker_is_and_nobody_after_it) {
  start("sleep 60");
  const WorkerProbe probe(worker_->pid());
  ASSERT_TRUE(run_until([&] { return probe.read() && probe.read()->state == 'S'; }));
  EXPECT_GT(probe.read()->rss_pages, 0u);
  worker_->signal(SIGSTOP);
  EXPECT_TRUE(run_until([&] { return probe.read()->state == 'T'; }));
  worker_->signal(SIGKILL);
  ASSERT_TRUE(run_until_exit());
  EXPECT_FALSE(probe.read());
}

TEST_F(Surroundings, a_busy_worker_is_told_from_one_that_waits) {
  start("while :; do :; done");
  const WorkerProbe probe(worker_->pid());
  ASSERT_TRUE(run_until([&] { return probe.read() && probe.read()->cpu_ticks > 0; }));
  const auto before = probe.read();
  run_until([] { return false; }, 300ms);
  const auto verdict = supervisor::judge_silence(before, probe.read(), 300ms, probe.wait_channel(), 100);
  EXPECT_THAT(verdict.text, testing::HasSubstr("state R"));
}

class World : public Surroundings {
 protected:
  void watch(const std::string& path) { world_.watch({{path, WorldNews::Kind::Display, "it is there"}}); }
  std::vector<WorldNews> news_;
  WorldWatch world_{loop_, [this](const WorldNews& news) { news_.push_back(news); }, 100ms};
};

TEST_F(World, a_file_that_appears_is_news_and_others_are_not) {
  watch(folder_ + "/X9");
  std::ofstream(folder_ + "/X8") << "";
  EXPECT_FALSE(run_until([this] { return !news_.empty(); }, 50ms));
  std::ofstream(folder_ + "/X9") << "";
  ASSERT_TRUE(run_until([this] { return !news_.empty(); }));
  EXPECT_EQ(news_[0].reason, "it is there");
}

TEST_F(World, a_file_that_is_replaced_is_news) {
  std::ofstream(folder_ + "/worker") << "old";
  watch(folder_ + "/worker");
  std::ofstream(folder_ + "/new") << "new";
  std::filesystem::rename(folder_ + "/new", folder_ + "/worker");
  EXPECT_TRUE(run_until([this] { return !news_.empty(); }));
}

TEST_F(World, a_folder_that_comes_late_is_watched_then) {
  watch(folder_ + "/later/X9");
  std::filesystem::create_directory(folder_ + "/later");
  std::ofstream(folder_ + "/later/X9") << "";
  EXPECT_TRUE(run_until([this] { return !news_.empty(); }));
}

TEST_F(World, nothing_to_watch_is_no_error) {
  world_.watch({{"", WorldNews::Kind::Cookie, ""}, {"relative", WorldNews::Kind::Cookie, ""}});
  EXPECT_FALSE(run_until([this] { return !news_.empty(); }, 20ms));
}

TEST(DisplaySocket, is_that_of_a_local_display) {
  EXPECT_EQ(supervisor::display_socket(":1"), "/tmp/.X11-unix/X1");
  EXPECT_EQ(supervisor::display_socket(":12.0"), "/tmp/.X11-unix/X12");
  EXPECT_EQ(supervisor::display_socket("host:1"), "");
  EXPECT_EQ(supervisor::display_socket(":../../etc"), "");
  EXPECT_EQ(supervisor::display_socket(""), "");
}

}  // namespace
