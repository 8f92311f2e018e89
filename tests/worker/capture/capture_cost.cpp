// What one picture costs at full size: CPU of our thread and of the X server, and wall time; quiet, with
// small changes, with the pointer moving, and when all changes. pieces: what a piece of the screen costs,
// from which the constants of damage_plan.h and dirty_area.h come.
//   capture_cost [width height [x11grab]]      capture_cost pieces [width height]
#include <time.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "artist.h"
#include "worker/source/av_source.h"
#include "worker/source/screen_grabber.h"
#include "worker/source/x11_source.h"
#include "x_server.h"

namespace {

using worker::Rectangle;
using worker::test::rgb;

// So far apart come pictures in truth: caches and clocks cool down as they do there.
constexpr std::chrono::milliseconds pause_between{5};

double own_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double server_ms(const worker::test::XServer& server) {
  std::ifstream schedstat("/proc/" + std::to_string(server.pid()) + "/schedstat");
  double ns = 0;
  schedstat >> ns;
  return ns / 1e6;
}

// `call` is measured, `before` is not.
void measure(const char* name, const worker::test::XServer& server, const std::function<void(int)>& before,
             const std::function<void()>& call) {
  constexpr int rounds = 100;
  double own = 0;
  double theirs = 0;
  double wall = 0;
  for (int i = 0; i < rounds; ++i) {
    before(i);
    std::this_thread::sleep_for(pause_between);
    const double own_before = own_ms();
    const double theirs_before = server_ms(server);
    const auto start = std::chrono::steady_clock::now();
    call();
    wall += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    own += own_ms() - own_before;
    theirs += server_ms(server) - theirs_before;
  }
  std::printf("%-28s cpu %.3f ms, X server %.3f ms, wall %.3f ms a picture\n", name, own / rounds,
              theirs / rounds, wall / rounds);
}

void pictures(const worker::test::XServer& server, int width, int height, bool x11grab) {
  worker::test::Painter painter(server.display());
  worker::test::Artist artist(server.display(), width * 2, height, 1);
  const auto whole = painter.show(width, 0, width, height, rgb(0, 128, 0));
  const auto terminal = artist.open({width + 300, 300, 800, 600});
  const auto small = painter.show(width + 100, 100, 64, 64, rgb(0, 0, 255));
  common::InputSettings settings;
  settings.display = server.display();
  const auto cost = [&](worker::CanvasSize canvas, const std::string& title) {
    worker::MonitorMemory memory;
    const auto source = x11grab ? worker::open_x11grab_source(settings, canvas, memory).value()
                                : worker::open_x11_source(settings, canvas, memory).value();
    std::printf("%dx%d to %dx%d%s\n", width, height, canvas.width, canvas.height, title.c_str());
    source->capture(0).value();
    const auto scene = [&](const char* name, const std::function<void(int)>& change) {
      measure(name, server, change, [&] { source->capture(0).value(); });
    };
    scene("quiet", [](int) {});
    scene("small window moves", [&](int i) { painter.move(small, width + 100 + i * 8, 100); });
    scene("pointer moves", [&](int i) { painter.move_pointer(width + 50 + i * 8, 500); });
    scene("somebody types", [&](int i) {
      artist.write(terminal, 10 + i * 6, 100, "x");
      artist.fill(terminal, {16 + i * 6, 90, 6, 13});
      artist.finish();
    });
    scene("a terminal scrolls", [&](int) {
      artist.scroll(terminal, {0, 0, 800, 600}, 13);
      artist.write(terminal, 2, 598, "The quick brown fox jumps over the lazy dog");
      artist.finish();
    });
    scene("everything changes",
          [&](int i) { painter.recolour(whole, rgb(static_cast<unsigned>(i) * 2, 128, 0)); });
  };
  cost({width, height}, "");
  cost({width * 2 / 3 & ~1, height * 2 / 3 & ~1}, " (scaled)");
}

// All pixels of the pieces are new ones, so that they are copied, too.
void pieces(const worker::test::XServer& server, int width, int height) {
  worker::test::Painter painter(server.display());
  const auto window = painter.show(width, 0, width, height, rgb(0, 128, 0));
  const auto connection = worker::XConnection::open(server.display(), "").value();
  worker::ScreenGrabber grabber(connection.get(), connection.screen().root, {width, 0, width, height});
  const auto grab = [&](const std::vector<Rectangle>& asked) {
    grabber.request(asked);
    grabber.receive().value();
  };
  grab({grabber.everything()});
  const auto change = [&](int i) { painter.recolour(window, rgb(static_cast<unsigned>(i) * 2, 128, 0)); };
  const auto cost = [&](const char* name, const std::vector<Rectangle>& asked) {
    measure(name, server, change, [&] { grab(asked); });
  };
  measure("a round trip", server, change, [&] { connection.answers(); });
  const auto many = [](int count, int side) {
    std::vector<Rectangle> list;
    for (int i = 0; i < count; ++i) list.push_back({i % 2 * side, i / 2 * side, side, side});
    return list;
  };
  cost("1 piece of 16x16", many(1, 16));
  cost("8 pieces of 16x16", many(8, 16));
  cost("1 piece of 64x64", many(1, 64));
  cost("8 pieces of 64x64", many(8, 64));
  cost("1 piece of 256x256", many(1, 256));
  for (const int percent : {10, 25, 40, 50, 60, 75, 99})
    cost((std::to_string(percent) + " % in a piece").c_str(), {{0, 0, width, height * percent / 100}});
  cost("the whole", {grabber.everything()});
}

}  // namespace

int main(int count, char** words) {
  const bool only_pieces = count > 1 && words[1] == std::string("pieces");
  const int first = only_pieces ? 2 : 1;
  const int width = count > first + 1 ? std::atoi(words[first]) : 1920;
  const int height = count > first + 1 ? std::atoi(words[first + 1]) : 1080;
  const bool x11grab = count > first + 2 && words[first + 2] == std::string("x11grab");
  const worker::test::XServer server("", width, height);
  if (only_pieces) {
    pieces(server, width, height);
  } else {
    pictures(server, width, height, x11grab);
  }
}
