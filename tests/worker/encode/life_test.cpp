// Lives of the real streamer-worker with its pattern input, seen from the supervisor's side. Limits of time
// are wide: the machine that runs the tests may be busy; figures are measured by the bench.
#include <gtest/gtest.h>

#include "common/exit_reason.h"
#include "tests/worker/encode/decoded.h"
#include "tests/worker/encode/worker_process.h"

using namespace std::chrono_literals;
using common::RecordType;
using tests::Item;
using tests::pattern_settings;
using tests::WorkerProcess;

namespace {

std::int64_t now_pts(const common::TimeGrid& grid) {
  return grid.pts(grid.slot_at(std::chrono::steady_clock::now()));
}

worker::Bytes file_of(const WorkerProcess& worker, const std::vector<Item>& parts) {
  worker::Bytes file = worker.records.at(0).bytes;
  for (const Item& part : parts) file.insert(file.end(), part.bytes.begin(), part.bytes.end());
  return file;
}

void expect_continuous(const std::vector<Item>& parts, const common::TimeGrid& grid) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto& header = parts[i].header;
    const common::Slot first = grid.slot(header.pts);
    EXPECT_EQ(tests::decode_time(parts[i].bytes), header.pts);
    EXPECT_EQ(header.duration, header.pictures * static_cast<unsigned>(grid.ticks_per_picture()));
    EXPECT_LE(first + header.pictures, grid.part_end(first)) << "longer than a part, or beyond its segment";
    EXPECT_TRUE(header.independent || !grid.starts_segment(first));
    if (i == 0) continue;
    EXPECT_EQ(header.pts, parts[i - 1].header.pts + parts[i - 1].header.duration);
  }
}

struct Running {
  Running() : settings(pattern_settings()), worker(common::format_worker_settings(settings)) {}
  bool activate(std::int64_t continue_at) {
    worker.command(common::Activate{continue_at});
    return true;
  }
  bool wait_for_parts(std::size_t count) {
    return worker.read_until([this, count] { return worker.parts().size() >= count; });
  }
  common::WorkerSettings settings;
  WorkerProcess worker;
};

}  // namespace

TEST(Life, init_skip_pictures_and_slate_come_before_ready_and_no_part_before_activate) {
  Running running;
  ASSERT_TRUE(running.worker.wait_for_ready());
  EXPECT_TRUE(running.worker.read_until([&] { return running.worker.records.size() >= 18; }));
  EXPECT_FALSE(running.worker.read_until([&] { return running.worker.records.size() > 18; }, 400ms));
  ASSERT_EQ(running.worker.records.size(), 18u);
  EXPECT_EQ(running.worker.records[0].header.type, RecordType::Init);
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_EQ(running.worker.records[1 + i].header.type, RecordType::Skip);
    EXPECT_EQ(running.worker.records[1 + i].header.pts, static_cast<std::int64_t>(i));
  }
  EXPECT_EQ(running.worker.records[17].header.type, RecordType::Slate);
  EXPECT_TRUE(std::holds_alternative<common::Hello>(running.worker.messages.front()));
  ASSERT_NE(running.worker.find<common::EncoderReport>(), nullptr);
  EXPECT_NE(running.worker.find<common::Heartbeat>(), nullptr) << "a standby beats too";
  EXPECT_TRUE(running.worker.other_lines.empty()) << running.worker.other_lines.front();
}

TEST(Life, a_take_over_in_the_past_is_filled_and_goes_on_without_a_gap) {
  Running running;
  ASSERT_TRUE(running.worker.wait_for_ready());
  const std::int64_t continue_at = now_pts(running.settings.grid) - running.settings.grid.pts(20);
  running.activate(continue_at);
  ASSERT_TRUE(running.wait_for_parts(15));
  const auto parts = running.worker.parts();
  EXPECT_EQ(parts[0].header.pts, continue_at);
  EXPECT_TRUE(parts[0].header.independent);
  expect_continuous(parts, running.settings.grid);
  const auto decoded = tests::decode_mp4(file_of(running.worker, parts));
  for (const auto& line : decoded.complaints) ADD_FAILURE() << line;
  std::size_t pictures = 0;
  for (const Item& part : parts) pictures += part.header.pictures;
  EXPECT_EQ(decoded.pictures.size(), pictures);
}

TEST(Life, a_planned_start_waits_for_its_time) {
  Running running;
  ASSERT_TRUE(running.worker.wait_for_ready());
  const auto& grid = running.settings.grid;
  const std::int64_t continue_at = grid.pts(grid.segment_end(grid.slot(now_pts(grid)) + 10));
  running.activate(continue_at);
  ASSERT_TRUE(running.wait_for_parts(2));
  EXPECT_GE(now_pts(grid), continue_at);
  EXPECT_EQ(running.worker.parts()[0].header.pts, continue_at);
  EXPECT_EQ(running.worker.parts()[0].header.pictures, static_cast<unsigned>(grid.part_pictures));
}

TEST(Life, a_resume_opens_anew_with_a_key_frame_where_it_is_told) {
  Running running;
  ASSERT_TRUE(running.worker.wait_for_ready());
  running.activate(now_pts(running.settings.grid));
  ASSERT_TRUE(running.wait_for_parts(3));
  const std::int64_t resume_at =
      now_pts(running.settings.grid) + 3 * running.settings.grid.ticks_per_picture();
  running.activate(resume_at);
  const auto resumed = [&] {
    for (const Item& part : running.worker.parts())
      if (part.header.pts == resume_at && part.header.independent) return true;
    return false;
  };
  EXPECT_TRUE(running.worker.read_until(resumed));
}

TEST(Life, an_impossible_take_over_is_refused_and_the_worker_stays_ready) {
  Running running;
  ASSERT_TRUE(running.worker.wait_for_ready());
  running.activate(now_pts(running.settings.grid) + running.settings.grid.pts(30 * 3600));
  EXPECT_FALSE(running.worker.read_until([&] { return !running.worker.parts().empty(); }, 300ms));
  running.activate(now_pts(running.settings.grid));
  EXPECT_TRUE(running.wait_for_parts(1));
}

TEST(Life, heartbeats_say_how_far_it_got) {
  Running running;
  ASSERT_TRUE(running.worker.wait_for_ready());
  running.activate(now_pts(running.settings.grid));
  ASSERT_TRUE(running.wait_for_parts(12));
  const common::Heartbeat* last = nullptr;
  for (const auto& message : running.worker.messages)
    if (const auto* beat = std::get_if<common::Heartbeat>(&message)) last = beat;
  ASSERT_NE(last, nullptr);
  EXPECT_GT(last->parts, 3u);
  EXPECT_GT(last->frames_encoded, 0u);
  EXPECT_GT(last->frames_captured, 0u);
  EXPECT_GT(last->last_pts, 0);
  EXPECT_GT(last->rss_kb, 1000u);
  EXPECT_GT(last->bitrate_kbps, 0);
  EXPECT_EQ(last->encoder.empty(), false);
  EXPECT_EQ(last->input, 0);
}

TEST(Life, the_end_of_stdin_ends_it_at_once_even_while_it_publishes) {
  Running running;
  ASSERT_TRUE(running.worker.wait_for_ready());
  running.activate(now_pts(running.settings.grid));
  ASSERT_TRUE(running.wait_for_parts(2));
  running.worker.close_stdin();
  EXPECT_TRUE(running.worker.wait_for_end(400ms).has_value());
}

TEST(Life, the_end_of_stdin_ends_it_while_it_starts) {
  Running running;
  running.worker.close_stdin();
  EXPECT_TRUE(running.worker.wait_for_end(3s).has_value());
}

TEST(Life, quit_is_answered_with_bye_and_zero) {
  Running running;
  ASSERT_TRUE(running.worker.wait_for_ready());
  running.worker.command(common::Quit{});
  EXPECT_EQ(running.worker.wait_for_end(3s), 0);
  ASSERT_NE(running.worker.find<common::Bye>(), nullptr);
  EXPECT_EQ(running.worker.find<common::Bye>()->reason, "ok");
}

TEST(Life, a_line_that_is_no_command_is_ignored_and_a_flood_of_them_is_the_end) {
  Running running;
  ASSERT_TRUE(running.worker.wait_for_ready());
  running.worker.write("rubbish\n{\"type\":\"dance\"}\n" + std::string(10'000, 'x') + "\n");
  running.activate(now_pts(running.settings.grid));
  ASSERT_TRUE(running.wait_for_parts(1));
  for (int i = 0; i < 20; ++i) running.worker.write("rubbish\n");
  EXPECT_EQ(running.worker.wait_for_end(3s), static_cast<int>(common::ExitReason::Protocol));
  EXPECT_EQ(running.worker.find<common::Bye>()->reason, "protocol");
}

TEST(Life, a_supervisor_that_reads_no_messages_does_not_stop_the_media) {
  Running running;
  ASSERT_TRUE(running.worker.wait_for_ready());
  running.worker.ignore_messages();
  // More log lines than the pipe holds: each ignored command is answered with one.
  for (int i = 0; i < 16; ++i) running.worker.write("{\"type\":\"" + std::string(1000, 'x') + "\"}\n");
  running.activate(now_pts(running.settings.grid));
  EXPECT_TRUE(running.wait_for_parts(10));
  EXPECT_FALSE(running.worker.wait_for_end(0ms).has_value());
}

TEST(Life, a_closed_media_socket_ends_it_with_output) {
  Running running;
  ASSERT_TRUE(running.worker.wait_for_ready());
  running.worker.read_media(false);
  running.worker.close_media();
  running.activate(now_pts(running.settings.grid));
  EXPECT_EQ(running.worker.wait_for_end(3s), static_cast<int>(common::ExitReason::Output));
}

TEST(Life, settings_that_cannot_work_end_it_with_config_and_the_rule) {
  auto settings = pattern_settings();
  settings.video.width = 321;
  WorkerProcess odd(common::format_worker_settings(settings));
  EXPECT_EQ(odd.wait_for_end(10s), static_cast<int>(common::ExitReason::Config));
  ASSERT_NE(odd.find<common::Bye>(), nullptr);
  EXPECT_NE(odd.find<common::Bye>()->text.find("even"), std::string::npos);
  WorkerProcess rubbish("{");
  EXPECT_EQ(rubbish.wait_for_end(10s), static_cast<int>(common::ExitReason::Config));
}

TEST(CommandLine, wrong_arguments_are_usage) {
  EXPECT_EQ(tests::run_worker({}), 64);
  EXPECT_EQ(tests::run_worker({"dance"}), 64);
  EXPECT_EQ(tests::run_worker({"stream"}), 64);
  EXPECT_EQ(tests::run_worker({"stream", "--config-fd", "x", "--nonce", "1"}), 64);
  EXPECT_EQ(tests::run_worker({"--help"}), 0);
  EXPECT_EQ(tests::run_worker({"--version"}), 0);
}
