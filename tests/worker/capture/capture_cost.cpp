// What one picture costs at full size: own thread's CPU and wall time, quiet, with a small change, and when
// all changes.
//   capture_cost [width height [x11grab]]
#include <time.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "worker/source/av_source.h"
#include "worker/source/x11_source.h"
#include "x_server.h"

namespace {

using worker::test::rgb;

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

template <typename Change>
void measure(const char* name, worker::Source& source, Change change) {
  constexpr int rounds = 100;
  double cpu = 0;
  double wall = 0;
  for (int i = 0; i < rounds; ++i) {
    change(i);
    const double before = cpu_ms();
    const auto start = std::chrono::steady_clock::now();
    source.capture(i).value();
    wall += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    cpu += cpu_ms() - before;
  }
  std::printf("%-28s cpu %.2f ms, wall %.2f ms a picture\n", name, cpu / rounds, wall / rounds);
}

}  // namespace

int main(int count, char** words) {
  const int width = count > 2 ? std::atoi(words[1]) : 1920;
  const int height = count > 2 ? std::atoi(words[2]) : 1080;
  const bool x11grab = count > 3 && words[3] == std::string("x11grab");
  const worker::test::XServer server("", width, height);
  worker::test::Painter painter(server.display());
  const auto whole = painter.show(width, 0, width, height, rgb(0, 128, 0));
  const auto small = painter.show(width + 100, 100, 64, 64, rgb(0, 0, 255));
  common::InputSettings settings;
  settings.display = server.display();
  const auto cost = [&](worker::CanvasSize canvas, const std::string& title) {
    worker::MonitorMemory memory;
    const auto source = x11grab ? worker::open_x11grab_source(settings, canvas, memory).value()
                                : worker::open_x11_source(settings, canvas, memory).value();
    std::printf("%dx%d to %dx%d%s\n", width, height, canvas.width, canvas.height, title.c_str());
    source->capture(0).value();
    measure("quiet", *source, [](int) {});
    measure("small window moves", *source, [&](int i) { painter.move(small, width + 100 + i * 8, 100); });
    measure("pointer moves", *source, [&](int i) { painter.move_pointer(width + 50 + i * 8, 500); });
    measure("everything changes", *source,
            [&](int i) { painter.recolour(whole, rgb(static_cast<unsigned>(i) * 2, 128, 0)); });
  };
  cost({width, height}, "");
  cost({width * 2 / 3 & ~1, height * 2 / 3 & ~1}, " (scaled)");
}
