// Real processes: each test writes a small shell script that plays the probe.
#include "supervisor/process/probe_run.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "supervisor/process/orphan_sweep.h"
#include "supervisor/process/probe_desk.h"

using namespace std::chrono_literals;
using supervisor::describe_outcome;
using supervisor::probe_output_bytes_max;
using supervisor::ProbeDesk;
using supervisor::ProbeOutcome;
using supervisor::ProbeRun;
using testing::HasSubstr;

namespace {

class Probe : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "probe-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string script(const std::string& text) {
    const std::string path = folder_ + "/probe";
    std::ofstream(path) << "#!/bin/sh\n" << text << "\n";
    ::chmod(path.c_str(), 0755);
    return path;
  }
  template <typename Condition>
  bool run_until(Condition done, std::chrono::milliseconds limit = 5s) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!done() && std::chrono::steady_clock::now() < end) {
      loop_.restart();
      loop_.run_for(10ms);
    }
    return done();
  }
  ProbeOutcome ask(const std::string& text, std::chrono::milliseconds limit = 5s) {
    std::optional<ProbeOutcome> outcome;
    auto run = ProbeRun::start(
        loop_, {.spawn = {script(text), {"one", "two words"}, "the settings"}, .limit = limit},
        [&](ProbeOutcome ended) { outcome = std::move(ended); });
    EXPECT_TRUE(run) << run.error().reason;
    EXPECT_FALSE(outcome) << "told inside the call";
    EXPECT_TRUE(run_until([&] { return outcome.has_value(); }));
    return outcome.value_or(ProbeOutcome{});
  }
  int number_in(const std::string& name) {
    int number = 0;
    std::ifstream(folder_ + "/" + name) >> number;
    return number;
  }

  boost::asio::io_context loop_;
  std::string folder_;
};

bool is_alive(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  file >> number >> name >> state;
  return !state.empty() && state != "Z";
}

}  // namespace

TEST_F(Probe, gives_output_and_exit_status) {
  const auto outcome = ask("cat /dev/stdin; echo \"$1|$2\"; cat <&4; echo; echo complaint >&2; exit 3");
  EXPECT_EQ(outcome.end, ProbeOutcome::End::Exited);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.output, "one|two words\nthe settings\n");
  EXPECT_EQ(describe_outcome(outcome, 1s), "ended with status 3: complaint");
}

TEST_F(Probe, that_hangs_is_killed_with_all_it_started) {
  const auto begun = std::chrono::steady_clock::now();
  const auto outcome = ask("echo half; sleep 60 & echo $! >" + folder_ + "/child; wait", 200ms);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
  EXPECT_EQ(outcome.end, ProbeOutcome::End::TimedOut);
  EXPECT_EQ(describe_outcome(outcome, 200ms), "did not answer within 200 ms");
  const int child = number_in("child");
  ASSERT_GT(child, 0);
  EXPECT_TRUE(run_until([&] { return !is_alive(child); }));
}

TEST_F(Probe, may_write_up_to_the_limit_and_not_a_byte_more) {
  const auto bytes = [](std::size_t count) { return "head -c " + std::to_string(count) + " /dev/zero"; };
  const auto within = ask(bytes(probe_output_bytes_max - 1));
  EXPECT_EQ(within.end, ProbeOutcome::End::Exited);
  EXPECT_EQ(within.output.size(), probe_output_bytes_max - 1);
  const auto past = ask(bytes(probe_output_bytes_max) + "; exec sleep 60");
  EXPECT_EQ(past.end, ProbeOutcome::End::TooLong);
  EXPECT_EQ(describe_outcome(past, 1s), "wrote more than 256 KiB");
}

TEST_F(Probe, that_floods_its_stderr_still_answers) {
  const auto outcome = ask("head -c 1000000 /dev/zero | tr '\\0' x >&2; echo yes");
  EXPECT_EQ(outcome.end, ProbeOutcome::End::Exited);
  EXPECT_EQ(outcome.output, "yes\n");
  EXPECT_EQ(outcome.errors.size(), supervisor::probe_errors_bytes_max);
}

TEST_F(Probe, that_is_killed_says_by_what) {
  EXPECT_EQ(describe_outcome(ask("kill -SEGV $$"), 1s), "was killed by signal 11");
}

TEST_F(Probe, that_is_not_there_is_an_error_at_once) {
  const auto run =
      ProbeRun::start(loop_, {.spawn = {folder_ + "/nothing", {}, {}}}, [](ProbeOutcome) { FAIL(); });
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().reason, HasSubstr("/nothing: No such file"));
}

TEST_F(Probe, that_is_cancelled_tells_nothing_and_is_gone) {
  auto run =
      ProbeRun::start(loop_, {.spawn = {script("echo $$ >" + folder_ + "/pid; exec sleep 60"), {}, {}}},
                      [](ProbeOutcome) { FAIL() << "cancelled"; });
  ASSERT_TRUE(run);
  ASSERT_TRUE(run_until([&] { return number_in("pid") > 0; }));
  (*run)->cancel();
  EXPECT_TRUE(run_until([&] { return ::kill(number_in("pid"), 0) != 0; })) << "not reaped";
}

TEST_F(Probe, is_left_alone_by_the_sweep_of_orphans) {
  auto& orphans = supervisor::OrphanSweep::of(loop_);
  std::optional<ProbeOutcome> outcome;
  auto run = ProbeRun::start(loop_, {.spawn = {script("sleep 0.3; echo yes"), {}, {}}, .orphans = &orphans},
                             [&](ProbeOutcome ended) { outcome = std::move(ended); });
  ASSERT_TRUE(run);
  orphans.sweep();
  ASSERT_TRUE(run_until([&] { return outcome.has_value(); }));
  EXPECT_EQ(outcome->output, "yes\n");
  EXPECT_EQ(orphans.killed(), 0u);
}

TEST_F(Probe, answers_of_the_desk_are_kept_and_fetched_anew_when_they_are_old) {
  const std::string program = script("echo x >>" + folder_ + "/asked; echo \"$*\"");
  ProbeDesk desk(loop_, program);
  const auto times_asked = [&] {
    std::ifstream file(folder_ + "/asked");
    return std::count(std::istreambuf_iterator<char>(file), {}, '\n');
  };
  EXPECT_EQ(desk.ask({"encoders"}, 1h), nullptr);
  EXPECT_EQ(desk.ask({"encoders"}, 1h), nullptr) << "one run at a time";
  ASSERT_TRUE(run_until([&] { return desk.ask({"encoders"}, 1h) != nullptr; }));
  const auto* report = desk.ask({"encoders"}, 1h);
  EXPECT_TRUE(report->ok);
  EXPECT_EQ(report->output, "probe encoders --limit-ms 6000\n");
  EXPECT_EQ(times_asked(), 1);
  EXPECT_NE(desk.ask({"encoders"}, 0s), nullptr) << "the old answer while the new one is made";
  EXPECT_TRUE(run_until([&] { return times_asked() == 2; }));
  EXPECT_EQ(desk.ask({"monitors"}, 1h), nullptr) << "another question";
}

TEST_F(Probe, desk_tells_of_a_worker_that_is_not_there) {
  ProbeDesk desk(loop_, folder_ + "/nothing");
  const auto* report = desk.ask({"encoders"}, 1h);
  ASSERT_NE(report, nullptr);
  EXPECT_FALSE(report->ok);
  EXPECT_THAT(report->error, HasSubstr("cannot start"));
}

TEST_F(Probe, desk_tells_of_a_probe_that_fails) {
  ProbeDesk desk(loop_, script("echo lost >&2; exit 69"));
  ASSERT_TRUE(run_until([&] { return desk.ask({"monitors"}, 1h) != nullptr; }));
  EXPECT_EQ(desk.ask({"monitors"}, 1h)->error, "the probe ended with status 69: lost");
}

TEST_F(Probe, desk_keeps_so_many_answers_and_no_more) {
  ProbeDesk desk(loop_, script("echo $2"));
  const auto answered = [&](int number) {
    return run_until([&] { return desk.ask({std::to_string(number)}, 1h) != nullptr; });
  };
  for (int i = 0; i < static_cast<int>(ProbeDesk::questions_max); ++i) ASSERT_TRUE(answered(i));
  EXPECT_NE(desk.ask({"0"}, 1h), nullptr);
  ASSERT_TRUE(answered(1000));
  EXPECT_EQ(desk.ask({"0"}, 1h), nullptr) << "the oldest went";
  EXPECT_NE(desk.ask({"15"}, 1h), nullptr);
}
