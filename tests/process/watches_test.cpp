// The pure watches on one worker: error storms, limits, and what its silence means.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "supervisor/process/error_window.h"
#include "supervisor/process/limit_watch.h"
#include "supervisor/process/memory_events.h"
#include "supervisor/process/stall_evidence.h"

namespace {

using common::MonoTime;
using supervisor::ErrorWindow;
using supervisor::judge_silence;
using supervisor::LimitWatch;
using supervisor::ProcessReading;
using supervisor::SchedStat;
using testing::HasSubstr;
using namespace std::chrono_literals;

MonoTime at(std::chrono::milliseconds time) {
  return MonoTime{} + time;
}

TEST(ErrorWindow, the_last_of_max_errors_in_the_window_is_a_storm) {
  ErrorWindow errors(3, 10s);
  EXPECT_FALSE(errors.add(at(0s)));
  EXPECT_FALSE(errors.add(at(1s)));
  EXPECT_TRUE(errors.add(at(9999ms)));
}

TEST(ErrorWindow, what_is_a_window_old_does_not_count) {
  ErrorWindow errors(3, 10s);
  errors.add(at(0s));
  errors.add(at(1s));
  EXPECT_FALSE(errors.add(at(10s)));
  EXPECT_TRUE(errors.add(at(10999ms)));
}

TEST(ErrorWindow, a_storm_is_told_once_and_counted_anew) {
  ErrorWindow errors(2, 10s);
  errors.add(at(0s));
  EXPECT_TRUE(errors.add(at(1ms)));
  EXPECT_FALSE(errors.add(at(2ms)));
  EXPECT_TRUE(errors.add(at(3ms)));
}

TEST(ErrorWindow, never_holds_more_than_it_counts) {
  ErrorWindow errors(5, 10s);
  for (int i = 0; i < 1000; ++i) errors.add(at(i * 1ms));
  EXPECT_LT(errors.count(), 5u);
}

TEST(LimitWatch, a_limit_that_is_exceeded_for_its_time_is_told_once_with_its_setting) {
  LimitWatch watch({1024, 400, 30s});
  EXPECT_FALSE(watch.sample(1234, 10, at(0s)));
  EXPECT_FALSE(watch.sample(1234, 10, at(29999ms)));
  EXPECT_EQ(watch.sample(1234, 10, at(30s)), "memory 1234 MiB above worker_memory_mb 1024 for 30 s");
  EXPECT_FALSE(watch.sample(1234, 10, at(31s)));
}

TEST(LimitWatch, a_peak_is_no_excess) {
  LimitWatch watch({1024, 400, 30s});
  watch.sample(1234, 10, at(0s));
  watch.sample(1024, 10, at(15s));
  EXPECT_FALSE(watch.sample(1234, 10, at(30s)));
  EXPECT_FALSE(watch.sample(1234, 10, at(59s)));
  EXPECT_TRUE(watch.sample(1234, 10, at(60s)));
}

TEST(LimitWatch, processor_time_has_its_own_limit) {
  LimitWatch watch({0, 100, 2s});
  watch.sample(99999, 100.4, at(0s));
  EXPECT_EQ(watch.sample(99999, 150, at(2s)), "CPU 150 % above worker_cpu_percent 100 for 2 s");
}

TEST(LimitWatch, zero_is_no_limit) {
  LimitWatch watch({0, 0, 0s});
  EXPECT_FALSE(watch.sample(1e6, 1e4, at(0s)));
}

ProcessReading reading(char state, std::uint64_t cpu_ticks, std::optional<SchedStat> sched) {
  return {state, cpu_ticks, 0, sched};
}

constexpr std::uint64_t ms = 1'000'000;

TEST(StallEvidence, a_worker_that_sleeps_is_not_starved) {
  const auto verdict =
      judge_silence(reading('S', 5, SchedStat{50 * ms, 2 * ms, 7}),
                    reading('S', 6, SchedStat{60 * ms, 3 * ms, 9}), 1012ms, "futex_wait", 100);
  EXPECT_FALSE(verdict.starved);
  EXPECT_EQ(verdict.text,
            "state S, asleep in futex_wait, 10 ms CPU, 1 ms waiting for a processor in 1012 ms");
}

TEST(StallEvidence, a_worker_that_burns_its_processor_is_not_starved) {
  const auto verdict = judge_silence(reading('R', 0, SchedStat{0, 0, 1}),
                                     reading('R', 90, SchedStat{900 * ms, 100 * ms, 90}), 1000ms, "", 100);
  EXPECT_FALSE(verdict.starved);
}

TEST(StallEvidence, a_runnable_worker_that_waited_for_more_than_half_of_the_silence_is_starved) {
  const auto before = reading('R', 0, SchedStat{0, 0, 1});
  const auto verdict =
      judge_silence(before, reading('R', 20, SchedStat{200 * ms, 501 * ms, 9}), 1000ms, "", 100);
  EXPECT_TRUE(verdict.starved);
  EXPECT_THAT(verdict.text, HasSubstr("501 ms waiting for a processor in 1000 ms: starved"));
  EXPECT_FALSE(
      judge_silence(before, reading('R', 20, SchedStat{200 * ms, 500 * ms, 9}), 1000ms, "", 100).starved);
}

TEST(StallEvidence, a_runnable_worker_that_never_got_a_processor_is_starved) {
  const auto before = reading('S', 5, SchedStat{50 * ms, 2 * ms, 7});
  EXPECT_TRUE(judge_silence(before, reading('R', 5, before.sched), 1000ms, "", 100).starved);
}

TEST(StallEvidence, a_stopped_worker_is_not_starved_whatever_it_waited) {
  const auto verdict = judge_silence(reading('R', 0, SchedStat{0, 0, 1}),
                                     reading('T', 0, SchedStat{0, 900 * ms, 2}), 1000ms, "", 100);
  EXPECT_FALSE(verdict.starved);
  EXPECT_THAT(verdict.text, HasSubstr("state T"));
}

TEST(StallEvidence, without_anything_to_compare_nothing_is_excused) {
  EXPECT_FALSE(
      judge_silence(std::nullopt, reading('R', 0, SchedStat{0, 900 * ms, 1}), 1000ms, "", 100).starved);
  EXPECT_FALSE(
      judge_silence(reading('R', 0, std::nullopt), reading('R', 0, std::nullopt), 1s, "", 100).starved);
  EXPECT_EQ(judge_silence(std::nullopt, std::nullopt, 1s, "", 100).text, "the process is gone");
}

TEST(StallEvidence, schedstat_has_three_numbers) {
  EXPECT_EQ(supervisor::parse_schedstat("146993190 160342735 32\n"), (SchedStat{146993190, 160342735, 32}));
  EXPECT_FALSE(supervisor::parse_schedstat("146993190 160342735\n"));
  EXPECT_FALSE(supervisor::parse_schedstat(""));
}

TEST(MemoryEvents, both_kinds_of_counter_files_are_read) {
  EXPECT_EQ(supervisor::parse_oom_kills("low 0\nhigh 0\nmax 8\noom 1\noom_kill 3\noom_group_kill 0\n"), 3u);
  EXPECT_EQ(supervisor::parse_oom_kills("oom_kill_disable 0\nunder_oom 0\noom_kill 12"), 12u);
  EXPECT_FALSE(supervisor::parse_oom_kills("oom_kill_disable 0\n"));
  EXPECT_FALSE(supervisor::parse_oom_kills("oom_kill x\n"));
}

TEST(MemoryEvents, the_group_is_found_in_both_hierarchies) {
  const auto mixed = supervisor::memory_group_paths("9:name=systemd:/\n4:cpu,memory:/a/b\n0::/\n");
  EXPECT_EQ(mixed.v1, "/sys/fs/cgroup/memory/a/b/memory.oom_control");
  EXPECT_EQ(mixed.v2, "/sys/fs/cgroup/memory.events");
  const auto unified = supervisor::memory_group_paths("0::/system.slice/desktop-streamer.service\n");
  EXPECT_EQ(unified.v2, "/sys/fs/cgroup/system.slice/desktop-streamer.service/memory.events");
  EXPECT_EQ(unified.v1, "");
  EXPECT_EQ(supervisor::memory_group_paths("nonsense").v2, "");
}

}  // namespace
