// A thousand random lives on a virtual clock: workers that are late, hang, die, change and are replaced as
// planned. Whatever happens, the timeline has no hole and no overlap, numbers rise, and the clock of the
// parts is kept. A failure prints its seed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <vector>

#include "media_maker.h"

namespace {

using media_test::Bench;
using media_test::MonoTime;
using media_test::Slot;
using std::chrono::milliseconds;

// A worker as the publisher sees it: after activate it delivers every part some time after its end.
struct Worker {
  std::uint64_t generation = 0;
  Slot next = 0;
  bool opens = true;
  MonoTime silent_until{};
  MonoTime dies_at{};
  milliseconds latency{0};
  bool delivered = false;
};

class Life {
 public:
  explicit Life(unsigned seed) : random_(seed) {}

  std::string run(int lives) {
    for (int i = 0; i < lives; ++i) {
      if (std::string problem = one_life(); !problem.empty()) return problem;
    }
    return {};
  }
  const Bench& bench() const { return bench_; }
  std::function<void(const std::string&)> on_playlist;

  Slot worst_lag() const { return worst_lag_; }
  int takeovers() const { return takeovers_; }

 private:
  int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  bool once_in(int n) { return pick(1, n) == 1; }

  Worker new_worker() {
    Worker worker;
    worker.generation = ++generation_;
    if (once_in(20)) ++variant_;
    bench_.prepare(worker.generation, variant_ % 7);
    worker.latency = milliseconds(pick(0, 60));
    worker.dies_at = now_ + milliseconds(once_in(5) ? pick(0, 300) : pick(0, 4000));
    worker.silent_until = now_ + milliseconds(once_in(10) ? pick(0, 900) : pick(20, 120));
    return worker;
  }

  std::string one_life() {
    workers_.push_back(new_worker());
    wait(milliseconds(once_in(3) ? pick(0, 1500) : pick(0, 30)));
    workers_.back().next = bench_.stream.begin_life(workers_.back().generation, now_);
    while (!workers_.empty()) {
      if (std::string problem = step(); !problem.empty()) return problem;
      if (workers_.size() == 1 && once_in(60)) plan_takeover();
      if (workers_.size() == 2 && once_in(40)) end_takeover();
      bury();
    }
    return check();
  }

  // A second worker is to go on from the next segment.
  void plan_takeover() {
    workers_.push_back(new_worker());
    workers_.back().dies_at += milliseconds(4000);
    workers_.back().next = bench_.stream.plan_takeover(workers_.back().generation, now_);
    ++takeovers_;
  }
  // The shell gives up, or retires the old worker once the new one has delivered.
  void end_takeover() {
    const bool delivered = workers_.back().delivered;
    if (!delivered) {
      if (const auto resume = bench_.stream.cancel_takeover(now_)) obey(*resume);
    }
    Worker& ends = delivered ? workers_.front() : workers_.back();
    ends.dies_at = now_;
  }
  void bury() {
    for (const Worker& worker : workers_) {
      if (now_ >= worker.dies_at) bench_.stream.end_life(worker.generation, now_);
    }
    std::erase_if(workers_, [this](const Worker& worker) { return now_ >= worker.dies_at; });
  }

  std::string step() {
    wait(milliseconds(pick(1, 40)));
    for (Worker& worker : workers_) {
      if (once_in(200)) worker.silent_until = now_ + milliseconds(pick(100, 2500));
      if (std::string problem = deliver(worker); !problem.empty()) return problem;
    }
    return check();
  }

  std::string deliver(Worker& worker) {
    const auto& grid = bench_.grid();
    while (now_ >= worker.silent_until) {
      const Slot end = grid.part_end(worker.next);
      if (now_ < grid.time_of(end) + worker.latency) break;
      const bool independent = worker.opens || grid.starts_segment(worker.next);
      const auto admission =
          bench_.send(worker.generation, worker.next, static_cast<int>(end - worker.next), independent, now_);
      worker.opens = false;
      worker.next = end;
      worker.delivered = worker.delivered || admission.published;
      if (admission.resume) obey(*admission.resume);
      if (std::string problem = check(); !problem.empty()) return problem;
    }
    return {};
  }

  void obey(const supervisor::NeedsResume& resume) {
    for (Worker& worker : workers_) {
      if (worker.generation != resume.generation) continue;
      worker.next = resume.continue_at;
      worker.opens = true;
    }
  }

  // Time passes, and the shell's timer fires when the publisher wants it.
  void wait(milliseconds time) {
    const MonoTime end = now_ + time;
    for (auto due = bench_.stream.next_due(); due && *due <= end; due = bench_.stream.next_due()) {
      now_ = std::max(now_, *due);
      if (const auto resume = bench_.stream.advance(now_)) obey(*resume);
    }
    now_ = end;
  }

  std::string check() {
    if (!bench_.stream.publisher().has_media()) return {};
    worst_lag_ = std::max(worst_lag_, bench_.grid().slot_at(now_) - bench_.end());
    if (checked_ == bench_.stream.version()) return {};
    checked_ = bench_.stream.version();
    if (on_playlist) on_playlist(bench_.playlist());
    return invariants_.check(bench_.stream.publisher());
  }

  std::mt19937 random_;
  std::vector<Worker> workers_;  // two during a planned take-over, the old one first
  Bench bench_;
  media_test::Invariants invariants_;
  MonoTime now_{milliseconds(12345)};
  std::uint64_t generation_ = 0;
  std::uint64_t checked_ = 0;
  int variant_ = 0;
  int takeovers_ = 0;
  Slot worst_lag_ = 0;
};

TEST(Lives, a_thousand_random_lives_leave_no_hole_and_keep_the_clock) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    Life life(seed);
    ASSERT_EQ(life.run(100), "") << "seed " << seed;
    const auto facts = life.bench().stream.facts(MonoTime{});
    EXPECT_GT(facts.parts, 500u) << "seed " << seed;
    EXPECT_GT(facts.bridged, 20u) << "seed " << seed;
    EXPECT_GT(life.takeovers(), 20) << "seed " << seed;
    EXPECT_EQ(facts.holes, 0u);
    // A part of 6, the grace of a new life (400 ms), one part target: the longest that the clock may stand.
    EXPECT_LE(life.worst_lag(), 6 + 12 + 6) << "seed " << seed;
  }
}

// Playlists for tests/support/playlist_checker.py, which knows nothing of this code.
TEST(Lives, their_playlists_are_written_for_the_checker) {
  const char* const folder = std::getenv("MEDIA_TEST_HISTORY");
  if (folder == nullptr) GTEST_SKIP() << "MEDIA_TEST_HISTORY names no folder";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  int count = 0;
  Life life(4711);
  life.on_playlist = [&](const std::string& text) {
    const std::string number = std::to_string(100'000 + count++);
    std::ofstream(std::filesystem::path(folder) / (number + ".m3u8")) << text;
  };
  ASSERT_EQ(life.run(40), "");
  EXPECT_GT(count, 100);
}

}  // namespace
