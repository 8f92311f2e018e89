// Group E of the faults: a real worker whose "hardware" encoder fails as told (tests/worker/faulty).
#include <gtest/gtest.h>

#include "common/exit_reason.h"
#include "tests/worker/encode/decoded.h"
#include "tests/worker/encode/worker_process.h"

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using tests::Item;
using tests::WorkerProcess;

namespace {

constexpr int encoder_failed = static_cast<int>(common::ExitReason::Encoder);

std::int64_t now_pts(const common::TimeGrid& grid) {
  return grid.pts(grid.slot_at(steady_clock::now()));
}

struct Running {
  explicit Running(const std::string& fault, const common::WorkerSettings& with = tests::pattern_settings())
      : settings(with), worker(common::format_worker_settings(settings), fault) {}
  void activate() { worker.command(common::Activate{now_pts(settings.grid)}); }
  bool wait_for_parts(std::size_t count) {
    return worker.read_until([this, count] { return worker.parts().size() >= count; });
  }
  std::string last_words() const {
    const auto* bye = worker.find<common::Bye>();
    return bye == nullptr ? "" : bye->reason + ": " + bye->text;
  }
  common::WorkerSettings settings;
  WorkerProcess worker;
};

int milliseconds_since(steady_clock::time_point then) {
  return static_cast<int>((steady_clock::now() - then) / 1ms);
}

}  // namespace

TEST(EncoderFaults, E01_hardware_that_does_not_open_is_replaced_by_x264_in_the_same_start) {
  const auto started = steady_clock::now();
  Running running("open_fails");
  ASSERT_TRUE(running.worker.wait_for_ready());
  RecordProperty("ready_ms", milliseconds_since(started));
  EXPECT_LT(steady_clock::now() - started, 1s);
  const auto* report = running.worker.find<common::EncoderReport>();
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->encoder, "libx264");
  EXPECT_EQ(report->fallback_reason, "h264_vaapi: no such device");
}

TEST(EncoderFaults, hardware_that_works_is_taken_and_left_out_when_supervision_says_so) {
  Running hardware("none");
  ASSERT_TRUE(hardware.worker.wait_for_ready());
  EXPECT_EQ(hardware.worker.find<common::EncoderReport>()->encoder, "h264_vaapi");
  auto settings = tests::pattern_settings();
  settings.software_encoder = true;
  Running software("none", settings);
  ASSERT_TRUE(software.worker.wait_for_ready());
  EXPECT_EQ(software.worker.find<common::EncoderReport>()->encoder, "libx264");
  EXPECT_NE(software.worker.find<common::EncoderReport>()->fallback_reason.find("left out"),
            std::string::npos);
  settings.reduced = true;
  Running reduced("none", settings);
  ASSERT_TRUE(reduced.worker.wait_for_ready());
  EXPECT_EQ(hardware.worker.records.at(0).bytes, software.worker.records.at(0).bytes) << "the same init";
  EXPECT_EQ(hardware.worker.records.at(0).bytes, reduced.worker.records.at(0).bytes) << "the same init";
}

TEST(EncoderFaults, E02_a_device_lost_in_mid_stream_is_the_end_with_its_name) {
  Running running("fail_at:30");
  ASSERT_TRUE(running.worker.wait_for_ready());
  running.activate();
  EXPECT_EQ(running.worker.wait_for_end(5s), encoder_failed);
  EXPECT_EQ(running.last_words(), "encoder: h264_vaapi: the device is lost");
  EXPECT_FALSE(running.worker.parts().empty());
}

TEST(EncoderFaults, E02_a_device_lost_while_parked_is_seen_before_it_is_needed) {
  Running running("fail_at:2");
  ASSERT_TRUE(running.worker.wait_for_ready());
  EXPECT_EQ(running.worker.wait_for_end(3s), encoder_failed) << "the encoder is kept warm";
}

TEST(EncoderFaults, E03_an_encoder_that_blocks_is_seen_by_missing_heartbeats) {
  Running running("block_at:20");
  ASSERT_TRUE(running.worker.wait_for_ready());
  running.activate();
  ASSERT_TRUE(running.wait_for_parts(2));
  const auto beats = [&] {
    return std::count_if(running.worker.messages.begin(), running.worker.messages.end(),
                         [](const auto& m) { return std::holds_alternative<common::Heartbeat>(m); });
  };
  running.worker.read_until([] { return false; }, 1500ms);
  const auto before = beats();
  running.worker.read_until([] { return false; }, 1s);
  EXPECT_EQ(beats(), before);
  EXPECT_FALSE(running.worker.wait_for_end(0ms).has_value());
}

TEST(EncoderFaults, E04_an_encoder_that_gives_nothing_for_two_seconds_is_the_end_and_the_part_clock_goes_on) {
  auto settings = tests::pattern_settings();
  settings.grid = common::make_time_grid(30, 0.2, 10, 10, settings.grid.origin_ns);
  Running running("silent_at:30", settings);
  ASSERT_TRUE(running.worker.wait_for_ready());
  running.activate();
  const auto started = steady_clock::now();
  EXPECT_EQ(running.worker.wait_for_end(8s), encoder_failed);
  RecordProperty("end_ms", milliseconds_since(started));
  EXPECT_EQ(running.last_words(), "encoder: h264_vaapi: took pictures for 2 s and gave no packet");
  const auto parts = running.worker.parts();
  for (std::size_t i = 1; i < parts.size(); ++i)
    EXPECT_EQ(parts[i].header.pts, parts[i - 1].header.pts + parts[i - 1].header.duration);
  EXPECT_GE(parts.back().header.pts + parts.back().header.duration,
            now_pts(settings.grid) - settings.grid.pts(2 * settings.grid.part_pictures))
      << "repeats stood in";
}

TEST(EncoderFaults, one_missing_packet_is_no_fault) {
  Running running("silent_for:20");
  ASSERT_TRUE(running.worker.wait_for_ready());
  running.activate();
  ASSERT_TRUE(running.wait_for_parts(10));
  const auto parts = running.worker.parts();
  worker::Bytes file = running.worker.records.at(0).bytes;
  for (const Item& part : parts) file.insert(file.end(), part.bytes.begin(), part.bytes.end());
  for (const auto& line : tests::decode_mp4(file).complaints) ADD_FAILURE() << line;
}

// How late its latest part came at most, seen by whoever waits with note().
struct Lateness {
  explicit Lateness(const Running& of) : running(of) {}
  void note() {
    const auto& grid = running.settings.grid;
    const auto parts = running.worker.parts();
    for (; seen < parts.size(); ++seen) {
      const common::Slot end = grid.slot(parts[seen].header.pts + parts[seen].header.duration);
      worst = std::max(worst, std::chrono::duration<double>(steady_clock::now() - grid.time_of(end)).count());
    }
  }
  const Running& running;
  std::size_t seen = 0;
  double worst = 0;
};

std::vector<std::string> complaints_of_speed(const WorkerProcess& worker) {
  std::vector<std::string> reasons;
  for (const auto& message : worker.messages)
    if (const auto* report = std::get_if<common::EncoderReport>(&message);
        report != nullptr && report->degraded)
      reasons.push_back(report->fallback_reason);
  return reasons;
}

TEST(EncoderFaults, E05_a_machine_that_is_too_slow_steps_down_and_the_delay_never_grows) {
  Running running("slow:70");
  ASSERT_TRUE(running.worker.wait_for_ready());
  running.activate();
  Lateness lateness(running);
  const auto stepped = [&] {
    lateness.note();
    return !complaints_of_speed(running.worker).empty();
  };
  ASSERT_TRUE(running.worker.read_until(stepped, 16s));
  EXPECT_EQ(complaints_of_speed(running.worker).back(), "too slow here: every second picture")
      << "hardware has no presets";
  running.worker.read_until([&] { return lateness.note(), false; }, 3s);
  RecordProperty("latest_part_ms", static_cast<int>(lateness.worst * 1000));
  EXPECT_LT(lateness.worst, 0.4) << "a part of 0.2 s, and two pictures of 70 ms";
  const auto parts = running.worker.parts();
  for (std::size_t i = 1; i < parts.size(); ++i)
    EXPECT_EQ(parts[i].header.pts, parts[i - 1].header.pts + parts[i - 1].header.duration);
  EXPECT_GT(running.worker.last_beat().frames_dropped, 0u);
}

TEST(EncoderFaults, E05_x264_steps_down_preset_by_preset_until_it_is_fast_enough_and_nobody_sees_a_seam) {
  auto settings = tests::pattern_settings();
  settings.video.encoder = "libx264";
  settings.video.preset = "faster";
  Running running("libx264=slow_dear:70", settings);
  ASSERT_TRUE(running.worker.wait_for_ready());
  running.activate();
  ASSERT_TRUE(
      running.worker.read_until([&] { return complaints_of_speed(running.worker).size() == 2; }, 25s));
  EXPECT_EQ(complaints_of_speed(running.worker),
            (std::vector<std::string>{"too slow here: preset veryfast", "too slow here: preset superfast"}));
  running.worker.read_until([] { return false; }, 2500ms);  // the next key frame brings the next encoder
  const auto dropped = running.worker.last_beat().frames_dropped;
  running.worker.read_until([] { return false; }, 4s);
  EXPECT_EQ(complaints_of_speed(running.worker).size(), 2u);
  EXPECT_LE(running.worker.last_beat().frames_dropped, dropped + 12) << "fast enough";
  worker::Bytes file = running.worker.records.at(0).bytes;
  for (const Item& part : running.worker.parts())
    file.insert(file.end(), part.bytes.begin(), part.bytes.end());
  for (const auto& line : tests::decode_mp4(file).complaints) ADD_FAILURE() << line;
}

TEST(EncoderFaults, a_slow_opening_asks_for_patience_after_five_seconds) {
  Running running("open_slow:5600");
  ASSERT_TRUE(running.worker.wait_for_ready());
  const auto* extend = running.worker.find<common::Extend>();
  ASSERT_NE(extend, nullptr);
  EXPECT_EQ(extend->by_ms, 5000);
}
