// Real processes, forked by the test.
#include "supervisor/process/exit_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <optional>
#include <string>

using namespace std::chrono_literals;
using supervisor::ExitWatch;

namespace {

// Runs `act` in a child; its process id.
template <typename Act>
int child_that(Act act) {
  const int pid = ::fork();
  if (pid != 0) return pid;
  act();
  ::_exit(0);
}

struct Pipe {
  Pipe() { EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0); }
  ~Pipe() {
    for (const int end : ends) ::close(end);
  }
  void say() const { EXPECT_EQ(::write(ends[1], "x", 1), 1); }
  void hear() const {
    char byte = 0;
    EXPECT_EQ(::read(ends[0], &byte, 1), 1);
  }
  std::array<int, 2> ends{};
};

char state_of(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name;
  char state = 'X';
  file >> number >> name >> state;
  return state;
}

class Exit : public testing::Test {
 protected:
  // A child that leads its group, as all that are spawned do, and waits to be killed.
  int leader() {
    const Pipe ready;
    const int pid = child_that([&ready] {
      ::setpgid(0, 0);
      ready.say();
      for (;;) ::pause();
    });
    ready.hear();
    return pid;
  }
  ExitWatch& watch(int pid) {
    common::UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    watch_.emplace(loop_, pid, std::move(pidfd));
    watch_->wait({[this, pid] { state_when_dead_ = state_of(pid); },
                  [this](const siginfo_t& info) { reaped_ = info; }});
    return *watch_;
  }
  template <typename Condition>
  bool run_until(Condition done, std::chrono::milliseconds limit = 10s) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!done() && std::chrono::steady_clock::now() < end) {
      loop_.restart();
      loop_.run_for(5ms);
    }
    return done();
  }
  bool run_until_reaped() {
    return run_until([this] { return reaped_.has_value(); });
  }

  boost::asio::io_context loop_;
  std::optional<ExitWatch> watch_;
  std::optional<char> state_when_dead_;
  std::optional<siginfo_t> reaped_;
};

TEST_F(Exit, is_told_while_it_is_a_zombie_and_again_when_it_is_reaped) {
  const int pid = child_that([] { ::_exit(71); });
  watch(pid);
  EXPECT_FALSE(watch_->is_reaped());
  ASSERT_TRUE(run_until_reaped());
  EXPECT_EQ(state_when_dead_, 'Z');
  EXPECT_EQ(reaped_->si_code, CLD_EXITED);
  EXPECT_EQ(reaped_->si_status, 71);
  EXPECT_TRUE(watch_->is_reaped());
  EXPECT_EQ(watch_->pid(), pid);
  EXPECT_EQ(::kill(pid, 0), -1) << "nothing is left of it";
}

TEST_F(Exit, a_signal_reaches_it_and_none_is_sent_to_a_number_that_was_reaped) {
  const int pid = leader();
  watch(pid).signal(SIGTERM);
  ASSERT_TRUE(run_until_reaped());
  EXPECT_EQ(reaped_->si_code, CLD_KILLED);
  EXPECT_EQ(reaped_->si_status, SIGTERM);
  watch_->signal(SIGKILL);
}

TEST_F(Exit, what_is_left_of_its_group_is_killed) {
  const Pipe ready;
  std::array<int, 2> number{};
  ASSERT_EQ(::pipe(number.data()), 0);
  const int pid = child_that([&ready, &number] {
    ::setpgid(0, 0);
    const int other = child_that([] {
      for (;;) ::pause();
    });
    EXPECT_EQ(::write(number[1], &other, sizeof other), static_cast<ssize_t>(sizeof other));
    ready.hear();
  });
  int other = 0;
  ASSERT_EQ(::read(number[0], &other, sizeof other), static_cast<ssize_t>(sizeof other));
  watch(pid);
  ready.say();
  ASSERT_TRUE(run_until_reaped());
  EXPECT_TRUE(run_until([other] { return state_of(other) == 'Z' || state_of(other) == 'X'; }));
  for (const int end : number) ::close(end);
}

// man 2 ptrace: a process that is traced by another ends for its parent when the tracer has reaped it.
TEST_F(Exit, one_that_a_tracer_holds_is_reaped_when_it_is_let_go) {
  const int pid = leader();
  const Pipe attached, let_go;
  const int tracer = child_that([&] {
    if (::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) != 0) ::_exit(1);
    attached.say();
    let_go.hear();
  });
  siginfo_t ended{};
  for (pollfd heard{attached.ends[0], POLLIN, 0}; ::poll(&heard, 1, 100) == 0;) {
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(tracer), &ended, WEXITED | WNOHANG | WNOWAIT), 0);
    if (ended.si_pid != 0) break;
  }
  watch(pid).signal(SIGKILL);
  const bool is_traced = ended.si_pid == 0;
  if (is_traced) {
    EXPECT_FALSE(run_until([this] { return reaped_.has_value(); }, 3 * ExitWatch::reap_again_after));
    EXPECT_FALSE(state_when_dead_) << "its group is killed when it can be reaped, not before";
    let_go.say();
  }
  EXPECT_TRUE(run_until_reaped());
  EXPECT_EQ(reaped_->si_status, SIGKILL);
  ::waitpid(tracer, nullptr, 0);
  if (!is_traced) GTEST_SKIP() << "nobody may be traced here";
}

}  // namespace
