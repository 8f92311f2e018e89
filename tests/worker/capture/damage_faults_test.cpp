// Servers that cannot tell what changed, or do not; and memory that must not be left behind.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "pixels.h"
#include "worker/source/screen_grabber.h"
#include "worker/source/x11_source.h"
#include "x_server.h"

namespace worker {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using test::near;
using test::Painter;
using test::pixel;
using test::rgb;
using test::XServer;

constexpr CanvasSize canvas{XServer::width, XServer::height};
constexpr Rectangle first_monitor{0, 0, XServer::width, XServer::height};

common::InputSettings input(const XServer& server) {
  common::InputSettings settings;
  settings.display = server.display();
  settings.region = common::Region{0, 0, XServer::width, XServer::height};
  settings.cursor = false;
  return settings;
}

bool says(const std::vector<common::Message>& messages, const std::string& words) {
  return std::any_of(messages.begin(), messages.end(), [&](const common::Message& message) {
    const auto* line = std::get_if<common::LogLine>(&message);
    return line != nullptr && line->text.find(words) != std::string::npos;
  });
}

std::shared_ptr<const Picture> shot(Source& source) {
  EXPECT_TRUE(source.check());
  return source.capture(0).value();
}

TEST(DamageFaults, a_server_that_stops_telling_is_found_out_and_compared_from_then_on) {
  const XServer server;
  Painter painter(server.display());
  const auto settings = input(server);
  MonitorMemory memory;
  const auto source = open_x11_source(settings, canvas, memory).value();
  shot(*source);
  ASSERT_TRUE(source->drill("deaf"));
  painter.show(100, 300, 40, 40, rgb(0, 0, 255));
  const auto changed = steady_clock::now();
  while (!near(pixel(*shot(*source), 120, 320), yuv_of(0, 0, 255))) {
    ASSERT_LT(steady_clock::now() - changed, 4s) << "stale for ever";
    std::this_thread::sleep_for(10ms);
  }
  const auto found = steady_clock::now() - changed;
  std::printf("found after %d ms\n", static_cast<int>(found / 1ms));
  EXPECT_LT(found, 3s);
  EXPECT_EQ(source->signs().capture_mode, common::by_comparing);
  EXPECT_TRUE(says(source->take_messages(), "capture mode: compare"));
  for (int i = 0; i < 10; ++i) {
    const std::uint32_t colour = i % 2 == 0 ? rgb(255, 0, 0) : rgb(0, 255, 0);
    painter.show(10 * i, 10, 8, 8, colour);
    EXPECT_TRUE(
        near(pixel(*shot(*source), 10 * i + 4, 14), i % 2 == 0 ? yuv_of(255, 0, 0) : yuv_of(0, 255, 0)))
        << "in the next picture";
  }
  const auto reopened = open_x11_source(settings, canvas, memory).value();
  EXPECT_EQ(reopened->signs().capture_mode, common::by_comparing) << "the same server";
}

TEST(DamageFaults, a_server_without_DAMAGE_is_compared) {
  const XServer server("--without DAMAGE");
  Painter painter(server.display());
  const auto settings = input(server);
  MonitorMemory memory;
  const auto source = open_x11_source(settings, canvas, memory).value();
  EXPECT_EQ(source->signs().capture_mode, common::by_comparing);
  EXPECT_FALSE(source->signs().damage_events);
  const auto first = shot(*source);
  EXPECT_EQ(shot(*source), first);
  painter.show(100, 300, 40, 40, rgb(0, 0, 255));
  EXPECT_TRUE(near(pixel(*shot(*source), 120, 320), yuv_of(0, 0, 255)));
}

TEST(DamageFaults, a_healthy_server_is_believed_while_everything_moves) {
  const XServer server;
  Painter painter(server.display());
  const auto settings = input(server);
  MonitorMemory memory;
  const auto source = open_x11_source(settings, canvas, memory).value();
  const auto window = painter.show(0, 0, 640, 360, rgb(0, 0, 255));
  const auto small = painter.show(0, 0, 20, 20, rgb(255, 0, 0));
  const auto end = steady_clock::now() + 2500ms;
  for (unsigned i = 0; steady_clock::now() < end; ++i) {
    painter.move(small, static_cast<int>(i % 600), static_cast<int>(i % 340));
    if (i % 3 == 0) painter.recolour(window, rgb(i % 256, 0, 0));
    ASSERT_TRUE(source->capture(0));
    std::this_thread::sleep_for(2ms);
  }
  EXPECT_EQ(source->signs().capture_mode, common::by_damage);
}

// Of the whole machine: those that nobody is attached to any more, or that wait for their end.
int sysv_segments() {
  std::ifstream list("/proc/sysvipc/shm");
  std::string line;
  int count = -1;  // the head
  while (std::getline(list, line)) ++count;
  return count;
}

class Memory : public testing::TestWithParam<GrabMemory::Way> {};

TEST_P(Memory, grabs_are_the_same_and_pieces_are_taken_over) {
  const XServer server;
  Painter painter(server.display());
  const auto window = painter.show(0, 0, 640, 360, rgb(0, 0, 255));
  const auto connection = XConnection::open(server.display(), "").value();
  ScreenGrabber grabber(connection.get(), connection.screen().root, first_monitor, GetParam());
  const auto grab = [&](std::vector<Rectangle> pieces) {
    grabber.request(pieces);
    return grabber.receive().value();
  };
  EXPECT_EQ(grab({grabber.everything()}), std::vector<Rectangle>{grabber.everything()});
  EXPECT_EQ(grab({grabber.everything()}), std::vector<Rectangle>{{}});
  painter.show(101, 51, 7, 5, rgb(0, 255, 0));
  EXPECT_EQ(grab({{0, 0, 50, 50}, {90, 50, 31, 9}}), (std::vector<Rectangle>{{}, {101, 51, 7, 5}}));
  EXPECT_EQ(grab({grabber.everything()}), std::vector<Rectangle>{{}}) << "the copy is as the screen";
  painter.recolour(window, rgb(255, 0, 0));
  EXPECT_EQ(grab({grabber.everything()}), std::vector<Rectangle>{grabber.everything()});
  EXPECT_EQ(grabber.screen().row(200)[2], 255);
}

TEST_P(Memory, a_refused_piece_makes_the_copy_blank) {
  const XServer server;
  const auto connection = XConnection::open(server.display(), "").value();
  ScreenGrabber grabber(connection.get(), connection.screen().root, {5000, 5000, 64, 64}, GetParam());
  const Rectangle piece{0, 0, 8, 8};
  grabber.request({&piece, 1});
  const auto refused = grabber.receive();
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().reason.find("refused a grab") != std::string::npos) << refused.error().reason;
  EXPECT_TRUE(grabber.is_blank());
  EXPECT_TRUE(connection.answers());
}

TEST_P(Memory, a_killed_worker_leaves_nothing_behind) {
  const XServer server;
  const int before = sysv_segments();
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto connection = XConnection::open(server.display(), "").value();
    ScreenGrabber grabber(connection.get(), connection.screen().root, first_monitor, GetParam());
    const Rectangle all = grabber.everything();
    grabber.request({&all, 1});
    const bool received = static_cast<bool>(grabber.receive());
    [[maybe_unused]] const auto told = write(ready[1], received ? "y" : "n", 1);
    pause();
    _exit(1);
  }
  char grabbed = 'n';
  ASSERT_EQ(read(ready[0], &grabbed, 1), 1);
  EXPECT_EQ(grabbed, 'y');
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
  const auto limit = steady_clock::now() + 2s;
  while (sysv_segments() > before && steady_clock::now() < limit) std::this_thread::sleep_for(10ms);
  EXPECT_LE(sysv_segments(), before);
}

std::string name_of(const testing::TestParamInfo<GrabMemory::Way>& instance) {
  const char* const names[] = {"File", "SysV", "Own"};
  return names[static_cast<int>(instance.param)];
}
INSTANTIATE_TEST_SUITE_P(, Memory,
                         testing::Values(GrabMemory::Way::File, GrabMemory::Way::SysV, GrabMemory::Way::Own),
                         name_of);

}  // namespace
}  // namespace worker
