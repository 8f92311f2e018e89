// A real worker that shows the second monitor of a real X server.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <memory>

#include "tests/worker/capture/x_server.h"
#include "tests/worker/encode/decoded.h"
#include "tests/worker/encode/worker_process.h"

namespace tests {

using std::chrono::steady_clock;
using worker::test::Painter;
using worker::test::rgb;
using worker::test::XServer;

inline common::WorkerSettings x11_settings(const XServer& server, int width = XServer::width,
                                           int height = XServer::height) {
  common::WorkerSettings settings = pattern_settings();
  settings.inputs[0].type = "x11";
  settings.inputs[0].display = server.display();
  settings.inputs[0].cursor = false;
  settings.video.width = width;
  settings.video.height = height;
  return settings;
}

class Desktop : public testing::Test {
 protected:
  void SetUp() override {
    if (server.is_xvfb()) GTEST_SKIP() << "Xorg does not start here, and one screen is not enough";
    paint();
    start();
  }
  void paint() {
    painter = std::make_unique<Painter>(server.display());
    window = painter->show(640, 0, 640, 360, rgb(0, 255, 0));
  }
  void start() {
    settings = x11_settings(server);
    worker = std::make_unique<WorkerProcess>(common::format_worker_settings(settings));
    ASSERT_TRUE(worker->wait_for_ready());
  }
  void activate() {
    worker->command(common::Activate{settings.grid.pts(settings.grid.slot_at(steady_clock::now()))});
    ASSERT_TRUE(worker->read_until([this] { return worker->parts().size() >= 2; }));
  }
  bool wait_for_status(const std::string& status, std::chrono::milliseconds patience) {
    return worker->read_until(
        [&] { return !worker->statuses(0).empty() && worker->statuses(0).back() == status; }, patience);
  }
  void live(std::chrono::milliseconds time) {
    worker->read_until([] { return false; }, time);
  }
  int count_status(const std::string& status) const {
    const auto all = worker->statuses(0);
    return static_cast<int>(std::count(all.begin(), all.end(), status));
  }

  // Whether the display was on air in every heartbeat since the first part.
  bool never_on_slate() const {
    return std::all_of(worker->messages.begin(), worker->messages.end(), [](const auto& message) {
      const auto* beat = std::get_if<common::Heartbeat>(&message);
      return beat == nullptr || beat->parts == 0 || beat->input == 0;
    });
  }

  XServer server;
  std::unique_ptr<Painter> painter;
  xcb_window_t window = 0;
  common::WorkerSettings settings;
  std::unique_ptr<WorkerProcess> worker;
};

}  // namespace tests
