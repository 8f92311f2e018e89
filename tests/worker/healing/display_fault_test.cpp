// Group X of the faults, seen from the supervisor's side of a real worker.
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "tests/worker/healing/desktop.h"

using namespace std::chrono_literals;

namespace tests {

class DisplayFaults : public Desktop {
 protected:
  // No part is missing, and none came late; from the part `first` on.
  void expect_part_clock(std::size_t first) {
    const auto parts = worker->parts();
    for (std::size_t i = std::max<std::size_t>(1, first); i < parts.size(); ++i)
      EXPECT_EQ(parts[i].header.pts, parts[i - 1].header.pts + parts[i - 1].header.duration);
    const auto end = parts.back().header.pts + parts.back().header.duration;
    const auto now = settings.grid.pts(settings.grid.slot_at(steady_clock::now()));
    EXPECT_GE(end, now - settings.grid.pts(3 * settings.grid.part_pictures)) << "the clock stands";
  }
};

TEST_F(DisplayFaults, X01_X02_a_killed_server_is_seen_and_a_new_one_shown_by_the_same_worker) {
  activate();
  server.kill();
  EXPECT_TRUE(wait_for_status("failed display_lost", 1s));
  live(300ms);
  server.restart();
  paint();
  const auto back = steady_clock::now();
  EXPECT_TRUE(wait_for_status("giving", 1s));
  std::printf("picture back after %d ms\n", static_cast<int>((steady_clock::now() - back) / 1ms));
  expect_part_clock(0);
}

TEST_F(DisplayFaults, X04_a_server_that_hangs_is_reported_and_the_part_clock_goes_on) {
  activate();
  server.signal(SIGSTOP);
  const auto stopped = steady_clock::now();
  EXPECT_TRUE(wait_for_status("hung display_lost", 2s));
  std::printf("hang of X seen after %d ms\n", static_cast<int>((steady_clock::now() - stopped) / 1ms));
  live(500ms);
  EXPECT_EQ(worker->last_beat().input, -1) << "the slate";
  expect_part_clock(0);
  server.signal(SIGCONT);
  EXPECT_TRUE(wait_for_status("giving", 500ms));
}

TEST_F(DisplayFaults, the_drill_xlost_is_over_within_a_second) {
  activate();
  worker->command(common::Drill{"xlost"});
  EXPECT_TRUE(wait_for_status("failed display_lost", 500ms));
  EXPECT_TRUE(wait_for_status("giving", 1s));
  expect_part_clock(0);
}

TEST_F(DisplayFaults, a_black_screen_is_told_and_is_no_fault) {
  activate();
  live(300ms);
  EXPECT_FALSE(worker->last_beat().black);
  painter->recolour(window, rgb(0, 0, 0));
  EXPECT_FALSE(worker->read_until([&] { return worker->last_beat().black; }, 1500ms));
  EXPECT_TRUE(worker->read_until([&] { return worker->last_beat().black; }, 2s));
  painter->recolour(window, rgb(0, 0, 1 << 7));
  EXPECT_TRUE(worker->read_until([&] { return !worker->last_beat().black; }, 1s));
  EXPECT_EQ(worker->statuses(0).back(), "giving");
}

TEST_F(DisplayFaults, a_sleeping_display_is_told_and_is_no_fault) {
  const std::string xset = "DISPLAY=" + server.display() + " xset ";
  if (std::system((xset + "q | grep -q 'DPMS is'").c_str()) != 0)
    GTEST_SKIP() << "this X server has no DPMS (the dummy driver and Xvfb have none)";
  EXPECT_EQ(std::system((xset + "dpms force off").c_str()), 0);
  EXPECT_TRUE(worker->read_until([&] { return worker->last_beat().display_asleep; }, 3s)) << "while parked";
  EXPECT_EQ(std::system((xset + "dpms force on").c_str()), 0);
  EXPECT_TRUE(worker->read_until([&] { return !worker->last_beat().display_asleep; }, 3s));
  EXPECT_EQ(worker->statuses(0).back(), "giving");
}

TEST_F(DisplayFaults, X11_a_server_that_is_full_is_named_and_tried_again) {
  activate();
  std::vector<worker::XConnection> crowd;
  for (;;) {
    auto client = worker::XConnection::open(server.display(), "");
    if (!client) break;
    crowd.push_back(std::move(*client));
  }
  worker->command(common::Drill{"xlost"});
  ASSERT_TRUE(wait_for_status("failed display_lost", 500ms));
  // Its own place is free now; somebody takes it.
  auto taker = worker::XConnection::open(server.display(), "");
  const auto said = [&] {
    for (const auto& message : worker->messages)
      if (const auto* report = std::get_if<common::InputReport>(&message))
        if (report->error.find("Maximum number of clients") != std::string::npos) return true;
    return false;
  };
  EXPECT_TRUE(worker->read_until(said, 2s)) << "the cause in the server's words";
  taker = common::error("gone");
  crowd.clear();
  EXPECT_TRUE(wait_for_status("giving", 1500ms));
}

TEST(DisplayFaultsAlone, X03_no_server_at_start_is_the_slate_and_the_server_is_found_when_it_comes) {
  XServer server;
  if (server.is_xvfb()) GTEST_SKIP() << "Xorg does not start here";
  server.kill();
  const auto settings = x11_settings(server);
  WorkerProcess worker(common::format_worker_settings(settings));
  ASSERT_TRUE(worker.wait_for_ready());
  worker.command(common::Activate{settings.grid.pts(settings.grid.slot_at(steady_clock::now()))});
  ASSERT_TRUE(worker.read_until([&] { return worker.parts().size() >= 3; }));
  EXPECT_EQ(worker.statuses(0).back(), "failed display_lost");
  server.restart();
  EXPECT_TRUE(worker.read_until([&] { return worker.statuses(0).back() == "giving"; }, 1500ms));
}

TEST(DisplayFaultsAlone, X08_a_new_cookie_is_used_at_once_however_long_the_pause_is) {
  const auto folder = std::filesystem::temp_directory_path() / ("cookies." + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const std::string cookie = folder / "cookie";
  const std::string used = folder / "used";
  const XServer server("--cookie " + cookie);
  if (server.is_xvfb()) GTEST_SKIP() << "Xorg does not start here";
  auto settings = x11_settings(server);
  settings.inputs[0].xauthority = used;
  settings.display_retry_ms = 30'000;
  WorkerProcess worker(common::format_worker_settings(settings));
  ASSERT_TRUE(worker.wait_for_ready());
  const auto status = [&](const std::string& wanted) {
    return worker.read_until(
        [&] { return !worker.statuses(0).empty() && worker.statuses(0).back() == wanted; }, 1s);
  };
  EXPECT_TRUE(status("failed display_auth"));
  std::filesystem::copy_file(cookie, used);
  const auto copied = steady_clock::now();
  EXPECT_TRUE(status("giving"));
  std::printf("new cookie used after %d ms\n", static_cast<int>((steady_clock::now() - copied) / 1ms));
  std::filesystem::remove_all(folder);
}

TEST(DisplayFaultsAlone, X10_without_shared_memory_it_goes_through_the_socket_and_says_so) {
  const XServer server("--without MIT-SHM");
  if (server.is_xvfb()) GTEST_SKIP() << "Xorg does not start here";
  const auto settings = x11_settings(server);
  WorkerProcess worker(common::format_worker_settings(settings));
  ASSERT_TRUE(worker.wait_for_ready());
  worker.command(common::Activate{settings.grid.pts(settings.grid.slot_at(steady_clock::now()))});
  ASSERT_TRUE(worker.read_until([&] { return worker.parts().size() >= 3; }));
  EXPECT_EQ(worker.statuses(0).back(), "giving");
  bool said = false;
  for (const auto& message : worker.messages)
    if (const auto* line = std::get_if<common::LogLine>(&message))
      said = said || line->text.find("through socket (slow)") != std::string::npos;
  EXPECT_TRUE(said);
}

TEST(DisplayFaultsAlone, E07_an_odd_screen_is_streamed_even) {
  const XServer server("--monitors 1", 1367, 769);
  if (server.is_xvfb()) GTEST_SKIP() << "Xorg does not start here";
  auto settings = x11_settings(server);
  settings.inputs[0].monitor = "primary";
  settings.video.width = 1366;
  settings.video.height = 768;
  WorkerProcess worker(common::format_worker_settings(settings));
  ASSERT_TRUE(worker.wait_for_ready());
  worker.command(common::Activate{settings.grid.pts(settings.grid.slot_at(steady_clock::now()))});
  EXPECT_TRUE(worker.read_until([&] { return worker.parts().size() >= 5; }, 5s));
  EXPECT_EQ(worker.statuses(0).back(), "giving");
}

}  // namespace tests
