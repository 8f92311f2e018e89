// The life of one stream's workers (runner.h).
#include "runner.h"

using testing::Contains;
using testing::HasSubstr;

namespace supervisor {
namespace {

TEST_F(Runner, a_death_is_told_with_the_last_words_of_the_generation_that_failed) {
  hello_and("echo 'why I die' >&2; exit 70");
  start();
  ASSERT_TRUE(run_until_opened());
  EXPECT_EQ(opened_[0].failure, FailureClass::Crash);
  EXPECT_EQ(opened_[0].generation, 1u);
  EXPECT_THAT(log_at_opening_, Contains("1 warn why I die"));
}

TEST_F(Runner, the_log_of_the_workers_is_bounded) {
  hello_and(
      "for a in a b c d; do for b in a b c d e f g h i j; do echo line $a$b >&2; done; done; exec sleep 60");
  start();
  ASSERT_TRUE(run_until([this] {
    return runner_->recent_log().size() == StreamRunner::recent_log_max &&
           runner_->recent_log().back() == "1 warn line dj";
  }));
}

TEST_F(Runner, too_many_structured_errors_are_a_storm_and_lines_of_text_are_none) {
  plan_.errors.max_errors = 3;
  real_worker_and(
      "(sleep 1; for i in 1 2 3 4 5; do echo error: no structure >&2; done\n"
      "for i in 1 2 3; do say log ',\"level\":\"error\",\"text\":\"no frame\"'; sleep 0.1; done) &");
  start();
  ASSERT_TRUE(run_until([this] { return now().state == "healthy"; })) << now().reason;
  ASSERT_TRUE(run_until_opened());
  EXPECT_EQ(opened_[0].failure, FailureClass::ErrorStorm);
  EXPECT_THAT(opened_[0].text, HasSubstr("3 errors in 300 s, the last: no frame"));
}

TEST_F(Runner, a_worker_above_its_memory_limit_for_its_time_is_told) {
  plan_.limits.worker_memory_mb = 1;
  plan_.limits.for_seconds = 2;
  real_worker_and("");
  start();
  ASSERT_TRUE(run_until_opened());
  EXPECT_EQ(opened_[0].failure, FailureClass::ResourceLimit);
  EXPECT_THAT(opened_[0].text, HasSubstr("above worker_memory_mb 1 for 2 s"));
}

TEST_F(Runner, a_worker_that_hangs_leaves_evidence_of_how_it_was) {
  real_worker_and("");
  start();
  ASSERT_TRUE(run_until([this] { return now().state == "healthy"; })) << now().reason;
  ASSERT_TRUE(runner_->drill("stop"));
  ASSERT_TRUE(run_until_opened());
  EXPECT_EQ(opened_[0].failure, FailureClass::Hang);
  EXPECT_THAT(opened_[0].evidence, HasSubstr("state T"));
}

TEST_F(Runner, a_hot_standby_goes_on_where_a_killed_worker_ended) {
  plan_.supervision.hot_standby = true;
  plan_.supervision.standby_delay = 50ms;
  real_worker_and("");
  start();
  ASSERT_TRUE(run_until([this] { return now().standby == "ready"; })) << now().standby;
  const auto before = now();
  EXPECT_EQ(before.generation, 1u);
  EXPECT_EQ(before.encoder, "libx264") << "what the current worker says is reported, not the standby";
  ASSERT_TRUE(runner_->drill("kill"));
  ASSERT_TRUE(run_until([this] { return closed_ == 1; }));
  const auto after = now();
  EXPECT_EQ(after.generation, 2u);
  EXPECT_EQ(after.worker_pid, before.standby_pid);
  EXPECT_EQ(after.encoder, "libx264") << "what the standby said before it was the current one is not lost";
  EXPECT_EQ(after.discontinuity_sequence, 0);
  EXPECT_EQ(runner_->stream().facts(std::chrono::steady_clock::now()).holes, 0u);
}

TEST_F(Runner, a_planned_restart_with_a_standby_bridges_nothing) {
  plan_.supervision.hot_standby = true;
  plan_.supervision.standby_delay = 50ms;
  real_worker_and("");
  start();
  ASSERT_TRUE(run_until([this] { return now().standby == "ready"; })) << now().standby;
  runner_->restart();
  ASSERT_TRUE(run_until([this] { return now().generation == 2; }, 8s));
  run_until([] { return false; }, 300ms);
  EXPECT_EQ(now().parts_bridged, 0u);
  EXPECT_TRUE(opened_.empty()) << "nothing failed";
}

TEST_F(Runner, a_drill_is_a_fault_from_outside) {
  hello_and("exec sleep 60");
  start();
  ASSERT_TRUE(run_until([this] { return now().worker_pid != 0; }));
  ASSERT_TRUE(runner_->drill("kill"));
  ASSERT_TRUE(run_until_opened());
  EXPECT_EQ(opened_[0].failure, FailureClass::Crash);
  ASSERT_TRUE(run_until([this] { return now().generation == 2 && now().worker_pid != 0; }));
}

TEST_F(Runner, a_drill_by_command_reaches_the_worker) {
  hello_and("read line; echo \"got $line\" >&2; exec sleep 60");
  start();
  ASSERT_TRUE(run_until([this] { return now().worker_pid != 0; }));
  ASSERT_TRUE(runner_->drill("freeze"));
  EXPECT_TRUE(run_until([this] {
    const auto lines = runner_->recent_log();
    return !lines.empty() && lines.back().find("freeze") != std::string::npos;
  }));
}

TEST_F(Runner, a_drill_that_cannot_be_done_says_why) {
  start();
  EXPECT_THAT(runner_->drill("freeze").error().reason, HasSubstr("start the stream first"));
  EXPECT_THAT(runner_->drill("meteor").error().reason, HasSubstr("known are kill, stop"));
}

TEST_F(Runner, a_binary_that_is_put_in_its_place_is_tried_at_once) {
  start();
  ASSERT_TRUE(run_until([this] { return now().state == "blocked"; }));
  hello_and("exec sleep 60");
  EXPECT_TRUE(run_until([this] { return now().worker_pid != 0; }, 2s)) << "without news: after 30 s";
}

TEST_F(Runner, what_is_saved_goes_on_in_the_next_process) {
  hello_and("exec sleep 60");
  start();
  ASSERT_TRUE(run_until([this] { return now().worker_pid != 0; }));
  plan_.saved = runner_->saved(std::chrono::steady_clock::now());
  bool done = false;
  runner_->shut_down([&done] { done = true; });
  ASSERT_TRUE(run_until([&done] { return done; }));
  start();
  ASSERT_TRUE(run_until([this] { return now().worker_pid != 0; }));
  EXPECT_EQ(now().generation, 2u);
}

TEST_F(Runner, a_stream_that_was_stopped_stays_stopped_in_the_next_process) {
  hello_and("exec sleep 60");
  plan_.saved.emplace();
  plan_.saved->desired_up = false;
  plan_.saved->generation = 7;
  start();
  run_until([] { return false; }, 100ms);
  EXPECT_EQ(now().worker_pid, 0);
  EXPECT_EQ(now().state, "stopped");
}

// A control group with a limit, cgroup v1 or v2; empty: this machine lets nobody make one.
std::string make_memory_group() {
  const std::string name = "streamer-test-" + std::to_string(::getpid());
  const std::pair<const char*, const char*> kinds[] = {{"/sys/fs/cgroup/memory/", "/memory.limit_in_bytes"},
                                                       {"/sys/fs/cgroup/", "/memory.max"}};
  for (const auto& [root, limit] : kinds) {
    const std::string group = root + name;
    if (::mkdir(group.c_str(), 0755) != 0) continue;
    std::ofstream file(group + limit, std::ios::in);
    if (file << (32 << 20) << std::flush) return group;
    ::rmdir(group.c_str());
  }
  return {};
}

TEST_F(Runner, a_worker_that_the_kernel_kills_for_memory_is_told_from_other_kills) {
  const std::string group = make_memory_group();
  if (group.empty()) GTEST_SKIP() << "no memory control group can be made here";
  hello_and("echo $$ > " + group + "/cgroup.procs && exec python3 -c 'x = bytearray(b\"x\" * (200 << 20))'");
  start();
  const bool opened = run_until([this] { return !opened_.empty(); }, 15s);
  write_worker("exec sleep 60");
  EXPECT_TRUE(opened);
  EXPECT_EQ(opened ? opened_[0].failure : FailureClass::Crash, FailureClass::OutOfMemory);
  run_until([&group] { return ::rmdir(group.c_str()) == 0; });
}

TEST_F(Runner, a_kill_that_is_not_for_memory_is_no_out_of_memory) {
  hello_and("kill -KILL $$");
  start();
  ASSERT_TRUE(run_until_opened());
  EXPECT_EQ(opened_[0].failure, FailureClass::Crash);
}

}  // namespace
}  // namespace supervisor
