// What a picture costs on its way from the X server's pixels to the encoder's, 1920x1080: libswscale as
// ffmpeg uses it, ours for the whole picture, ours for a rectangle of 3 % of it, and a copy of the pixels.
// Prints medians as JSON, in us.
extern "C" {
#include <libswscale/swscale.h>
}

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <iostream>
#include <memory>
#include <vector>

#include "worker/picture/convert.h"

namespace {

constexpr int width = 1920, height = 1080, turns = 60;
constexpr worker::Rectangle small_area{640, 400, 352, 176};  // 2.99 %

std::vector<std::uint8_t> make_pixels() {
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) * height * 4);
  unsigned state = 1;
  for (std::uint8_t& byte : pixels) {
    state = state * 1664525u + 1013904223u;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
  return pixels;
}

double median_us(std::vector<double>& all) {
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2), all.end());
  return all[all.size() / 2];
}

}  // namespace

int main() {
  const std::vector<std::uint8_t> pixels = make_pixels();
  std::vector<std::uint8_t> copied(pixels.size());
  const auto picture = worker::Picture::make(width, height), theirs = worker::Picture::make(width, height);
  const worker::Bgra source{pixels.data(), width * 4, width, height};
  const std::unique_ptr<SwsContext, void (*)(SwsContext*)> scaler(
      sws_getContext(width, height, AV_PIX_FMT_BGRA, width, height, AV_PIX_FMT_YUV420P, SWS_BICUBIC, nullptr,
                     nullptr, nullptr),
      sws_freeContext);
  if (!scaler) return 70;
  const auto swscale = [&] {
    const std::uint8_t* from[] = {pixels.data()};
    const int strides[] = {width * 4};
    std::uint8_t* to[] = {theirs->plane(0), theirs->plane(1), theirs->plane(2)};
    const int to_strides[] = {theirs->stride(0), theirs->stride(1), theirs->stride(2)};
    sws_scale(scaler.get(), from, strides, 0, height, to, to_strides);
  };
  struct Work {
    const char* name;
    std::function<void()> once;
    std::vector<double> took_us;
  };
  std::vector<Work> all{{"swscale", swscale, {}},
                        {"whole",
                         [&] {
                           worker::convert(source, {0, 0, width, height}, *picture);
                         },
                         {}},
                        {"small", [&] { worker::convert(source, small_area, *picture); }, {}},
                        {"memcpy", [&] { std::memcpy(copied.data(), pixels.data(), pixels.size()); }, {}}};
  for (int turn = 0; turn < turns; ++turn) {
    for (Work& work : all) {
      const auto began = std::chrono::steady_clock::now();
      work.once();
      work.took_us.push_back(
          std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began).count());
    }
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::cout << (i == 0 ? "{" : ", ") << '"' << all[i].name << "\": " << median_us(all[i].took_us);
  }
  std::cout << "}\n";
  return 0;
}
