#include "supervisor/report/history.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/report/example_snapshot.h"

namespace supervisor {
namespace {

using nlohmann::json;
constexpr float none = std::numeric_limits<float>::quiet_NaN();
constexpr std::array mean_peak_last = {Merge::Mean, Merge::Peak, Merge::Last};

HistoryRing small_ring() {
  return HistoryRing(3, mean_peak_last);
}

void add(HistoryRing& ring, std::int64_t interval, float value) {
  const std::array values = {value, value, value};
  ring.add(interval, values);
}

TEST(HistoryRing, merges_each_column_by_its_rule) {
  HistoryRing ring = small_ring();
  add(ring, 5, 1);
  add(ring, 5, 9);
  add(ring, 5, none);
  add(ring, 5, 2);
  EXPECT_TRUE(ring.is_empty()) << "the interval that runs is not shown";
  add(ring, 6, 0);
  ASSERT_EQ(ring.first(), 5);
  ASSERT_EQ(ring.last(), 5);
  EXPECT_EQ(ring.at(5, 0), 4);
  EXPECT_EQ(ring.at(5, 1), 9);
  EXPECT_EQ(ring.at(5, 2), 2);
}

TEST(HistoryRing, keeps_the_newest_and_leaves_gaps_empty) {
  HistoryRing ring = small_ring();
  for (const int interval : {1, 2, 3, 4, 6, 7}) add(ring, interval, static_cast<float>(interval));
  EXPECT_EQ(ring.first(), 4);
  EXPECT_EQ(ring.last(), 6);
  EXPECT_EQ(ring.at(4, 0), 4);
  EXPECT_TRUE(std::isnan(ring.at(5, 0)));
  EXPECT_EQ(ring.at(6, 0), 6);
  EXPECT_TRUE(std::isnan(ring.at(3, 0)));
  EXPECT_TRUE(std::isnan(ring.at(7, 0)));
  add(ring, 1000, 1);
  add(ring, 1001, 1);
  EXPECT_TRUE(std::isnan(ring.at(999, 0)));
  EXPECT_EQ(ring.at(1000, 0), 1);
}

TEST(HistoryRing, what_comes_late_is_not_taken) {
  HistoryRing ring = small_ring();
  add(ring, 5, 1);
  add(ring, 4, 7);
  add(ring, 6, 1);
  EXPECT_EQ(ring.at(5, 1), 1);
}

TEST(HistoryRing, of_nothing_measured_nothing_is_told) {
  HistoryRing ring = small_ring();
  add(ring, 1, none);
  add(ring, 2, none);
  for (std::size_t column = 0; column < 3; ++column) EXPECT_TRUE(std::isnan(ring.at(1, column)));
}

Snapshot snapshot_with(double cpu, StreamSnapshot::OnAir on_air) {
  Snapshot snapshot = example_snapshot();
  snapshot.system.cpu_percent = cpu;
  snapshot.streams[0].on_air = on_air;
  return snapshot;
}

json ask(const History& history, std::string_view range, HistoryTick now) {
  const auto text = history.json(range, now);
  EXPECT_TRUE(text) << range;
  return text ? json::parse(*text) : json();
}

TEST(History, answers_in_the_shape_that_was_agreed) {
  History history;
  using OnAir = StreamSnapshot::OnAir;
  history.add(100, snapshot_with(10, OnAir::Picture), {{"desktop", 3}});
  history.add(101, snapshot_with(20.126, OnAir::Bridge), {});
  history.add(103, snapshot_with(30, OnAir::Slate), {{"desktop", 40}});
  history.add(104, snapshot_with(40, OnAir::Nothing), {});
  history.add(105, snapshot_with(50, OnAir::Picture), {});
  const json answer = ask(history, "10m", {105, 1'700'000'105});
  EXPECT_EQ(answer["range"], "10m");
  EXPECT_EQ(answer["interval_seconds"], 1);
  EXPECT_EQ(answer["at"], (json{1'700'000'100, 1'700'000'101, 1'700'000'102, 1'700'000'103, 1'700'000'104}));
  EXPECT_EQ(answer["system"]["cpu_percent"], (json{10, 20.13, nullptr, 30, 40}));
  EXPECT_EQ(answer["system"]["network_in_kbps"], (json{nullptr, nullptr, nullptr, nullptr, nullptr}));
  const json& stream = answer["streams"]["desktop"];
  EXPECT_EQ(stream["on_air"], (json{"picture", "bridge", nullptr, "slate", "nothing"}));
  EXPECT_EQ(stream["part_late_ms"], (json{3, nullptr, nullptr, 40, nullptr}));
  EXPECT_EQ(stream["restart_count"][0], 3);
  EXPECT_EQ(stream["fps"][0], 29.97);
  EXPECT_EQ(stream["worker_rss_mb"][0], 96.5);
  EXPECT_EQ(stream["viewers"][0], 2);
  EXPECT_EQ(stream.size(), 8u);
  EXPECT_EQ(answer["system"].size(), 5u);
}

TEST(History, coarse_entries_hold_mean_peak_and_the_worst) {
  History history;
  using OnAir = StreamSnapshot::OnAir;
  for (int second = 60; second < 121; ++second) {
    const OnAir on_air = second == 70 ? OnAir::Slate : second == 71 ? OnAir::Bridge : OnAir::Picture;
    history.add(second, snapshot_with(second, on_air), {{"desktop", second == 65 ? 80 : 5}});
  }
  const json tens = ask(history, "6h", {120, 1120});
  EXPECT_EQ(tens["interval_seconds"], 10);
  EXPECT_EQ(tens["at"][0], 1060);
  EXPECT_EQ(tens["system"]["cpu_percent"][0], 64.5);
  EXPECT_EQ(tens["streams"]["desktop"]["part_late_ms"], (json{80, 5, 5, 5, 5, 5}));
  EXPECT_EQ(tens["streams"]["desktop"]["on_air"][1], "slate");
  const json minutes = ask(history, "24h", {120, 1120});
  EXPECT_EQ(minutes["at"], (json{1060}));
  EXPECT_EQ(minutes["system"]["cpu_percent"], (json{89.5}));
}

TEST(History, is_bounded_by_its_points) {
  History history;
  for (int second = 0; second < 700; ++second) history.add(second, example_snapshot(), {});
  EXPECT_EQ(ask(history, "10m", {699, 699})["at"].size(), 600u);
  EXPECT_EQ(history.bytes(), (5u + 8u) * 4200u * 4u);
}

TEST(History, before_the_first_second_there_is_nothing) {
  const json answer = ask(History(), "24h", {0, 0});
  EXPECT_EQ(answer["at"], json::array());
  EXPECT_EQ(answer["system"]["cpu_percent"], json::array());
  EXPECT_EQ(answer["streams"], json::object());
}

TEST(History, an_unknown_range_is_refused) {
  EXPECT_FALSE(History().json("1h", {0, 0}));
  EXPECT_FALSE(History().json("", {0, 0}));
}

TEST(History, a_worker_that_is_gone_has_no_figures) {
  History history;
  Snapshot snapshot = example_snapshot();
  snapshot.streams[0].worker_pid = 0;
  history.add(1, snapshot, {});
  history.add(2, snapshot, {});
  const json stream = ask(history, "10m", {2, 2})["streams"]["desktop"];
  EXPECT_EQ(stream["fps"], (json{nullptr}));
  EXPECT_EQ(stream["worker_rss_mb"], (json{nullptr}));
  EXPECT_EQ(stream["viewers"], (json{2}));
}

TEST(History, forgets_streams_that_were_removed_and_begins_new_ones_empty) {
  History history;
  Snapshot snapshot = example_snapshot();
  history.add(1, snapshot, {});
  snapshot.streams[0].name = "second";
  for (const int second : {2, 3}) history.add(second, snapshot, {});
  const json answer = ask(history, "10m", {3, 3});
  EXPECT_FALSE(answer["streams"].contains("desktop"));
  EXPECT_EQ(answer["streams"]["second"]["viewers"], (json{nullptr, 2}));
}

TEST(History, streams_beyond_the_limit_are_not_recorded) {
  History history;
  Snapshot snapshot = example_snapshot();
  snapshot.streams.resize(History::streams_max + 1, snapshot.streams[0]);
  for (std::size_t i = 0; i < snapshot.streams.size(); ++i)
    snapshot.streams[i].name = "s" + std::to_string(i);
  history.add(1, snapshot, {});
  history.add(2, snapshot, {});
  EXPECT_EQ(ask(history, "10m", {2, 2})["streams"].size(), History::streams_max);
}

History filled(int from, int to) {
  History history;
  for (int second = from; second < to; ++second)
    history.add(second, snapshot_with(second % 100, StreamSnapshot::OnAir::Picture), {});
  return history;
}

TEST(History, goes_on_in_the_next_process) {
  const std::string saved = filled(1000, 1130).save({1130, 50'001'130});
  History next;
  ASSERT_TRUE(next.restore(saved, {1140, 50'001'140}));
  for (const int second : {1140, 1141}) next.add(second, example_snapshot(), {});
  const json answer = ask(next, "10m", {1141, 50'001'141});
  EXPECT_EQ(answer["at"].front(), 50'001'000);
  EXPECT_EQ(answer["at"].back(), 50'001'140);
  EXPECT_EQ(answer["system"]["cpu_percent"][5], 5);
  EXPECT_EQ(answer["system"]["cpu_percent"][135], nullptr) << "nobody looked then";
  EXPECT_EQ(answer["streams"]["desktop"]["on_air"][5], "picture");
}

TEST(History, goes_on_after_the_machine_was_started_anew) {
  const std::string saved = filled(9000, 9100).save({9100, 50'009'100});
  History next;
  // The monotonic clock began again: what was lies before its start.
  ASSERT_TRUE(next.restore(saved, {20, 50'009'220}));
  for (const int second : {20, 21}) next.add(second, example_snapshot(), {});
  const json answer = ask(next, "10m", {21, 50'009'221});
  EXPECT_EQ(answer["at"].front(), 50'009'000);
  EXPECT_EQ(answer["at"].back(), 50'009'220);
  EXPECT_EQ(answer["system"]["cpu_percent"][7], 7);
}

TEST(History, refuses_what_is_not_its_own_or_from_the_future) {
  const std::string saved = filled(1000, 1100).save({1100, 50'001'100});
  EXPECT_FALSE(History().restore(saved, {1100, 50'000'000})) << "the wall clock was set back";
  EXPECT_FALSE(History().restore("", {1100, 50'001'100}));
  EXPECT_FALSE(History().restore("garbage", {1100, 50'001'100}));
  EXPECT_FALSE(History().restore(saved + "x", {1100, 50'001'100}));
  for (std::size_t size = 0; size < saved.size(); size += 97) {
    EXPECT_FALSE(History().restore(saved.substr(0, size), {1100, 50'001'100})) << size;
  }
  for (std::size_t at = 0; at < 200; ++at) {
    std::string bent = saved;
    bent[at] = static_cast<char>(~bent[at]);
    History history;
    history.restore(bent, {1100, 50'001'100});  // may hold, may not; must not do harm
    history.add(1100, example_snapshot(), {});
    history.add(1101, example_snapshot(), {});
    EXPECT_TRUE(history.json("24h", {1101, 1101}));
  }
}

TEST(History, a_day_of_four_streams_is_told_in_a_few_milliseconds) {
  History history;
  Snapshot snapshot = example_snapshot();
  snapshot.streams.resize(4, snapshot.streams[0]);
  for (std::size_t i = 0; i < 4; ++i) snapshot.streams[i].name = "stream" + std::to_string(i);
  for (int second = 0; second < 1441 * 60; second += 5) {
    snapshot.system.cpu_percent = second % 997 / 10.0;
    for (auto& stream : snapshot.streams) stream.bitrate_kbps = 4800 + second % 431 / 7.0;
    history.add(second, snapshot, {});
  }
  for (const HistoryRange& range : history_ranges) {
    const auto before = std::chrono::steady_clock::now();
    const auto text = history.json(range.name, {86'460, 1'700'086'460});
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - before;
    std::printf("%s: %.2f ms, %zu bytes\n", std::string(range.name).c_str(), took.count(), text->size());
    EXPECT_LT(took.count(), 100) << "without optimization, on a busy machine";
  }
  const auto before = std::chrono::steady_clock::now();
  const std::string saved = history.save({86'460, 1'700'086'460});
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - before;
  std::printf("saved: %.2f ms, %zu bytes; in memory %zu bytes\n", took.count(), saved.size(),
              history.bytes());
}

}  // namespace
}  // namespace supervisor
