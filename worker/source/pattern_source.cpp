#include "worker/source/pattern_source.h"

#include <algorithm>
#include <array>

#include "worker/picture/convert.h"

namespace worker {
namespace {

constexpr int white_luma_min = 180;
constexpr int black_luma_max = 72;
constexpr int block_steps = 120;  // slots for one way across

Rectangle even(int left, int top, int right, int bottom) {
  return {left & ~1, top & ~1, (right & ~1) - (left & ~1), (bottom & ~1) - (top & ~1)};
}

std::shared_ptr<Picture> paint_bars(const CanvasSize& canvas) {
  constexpr std::array<std::array<int, 3>, bar_count> colours{{{255, 255, 255},
                                                               {255, 255, 0},
                                                               {0, 255, 255},
                                                               {0, 255, 0},
                                                               {255, 0, 255},
                                                               {255, 0, 0},
                                                               {0, 0, 255},
                                                               {0, 0, 0}}};
  auto picture = Picture::make(canvas.width, canvas.height);
  fill(*picture, {0, 0, canvas.width, canvas.height}, yuv_of(48, 48, 48));
  for (int i = 0; i < bar_count; ++i) {
    const auto& [red, green, blue] = colours[static_cast<std::size_t>(i)];
    fill(*picture,
         even(canvas.width * i / bar_count, 0, canvas.width * (i + 1) / bar_count, canvas.height / 2),
         yuv_of(red, green, blue));
  }
  return picture;
}

class PatternSource : public Source {
 public:
  explicit PatternSource(const CanvasSize& canvas) : canvas_(canvas), bars_(paint_bars(canvas)) {}

  common::Result<std::shared_ptr<const Picture>> capture(common::Slot slot) override {
    auto picture = Picture::make(canvas_.width, canvas_.height);
    copy(*bars_, *picture);
    paint_block(slot, *picture);
    paint_number(static_cast<std::uint32_t>(slot), *picture);
    return std::shared_ptr<const Picture>(std::move(picture));
  }

 private:
  void paint_block(common::Slot slot, Picture& picture) const {
    const int step = static_cast<int>(slot % (2 * block_steps));
    const int forth = step < block_steps ? step : 2 * block_steps - step;
    const int size = std::max(2, canvas_.height / 8);
    const int x = (canvas_.width - size) * forth / block_steps;
    fill(picture, even(x, canvas_.height * 9 / 16, x + size, canvas_.height * 9 / 16 + size),
         yuv_of(255, 140, 0));
  }

  void paint_number(std::uint32_t number, Picture& picture) const {
    for (int i = 0; i < slot_cells; ++i) {
      const bool one = ((number >> (slot_cells - 1 - i)) & 1) != 0;
      fill(picture,
           even(canvas_.width * i / slot_cells, canvas_.height * 3 / 4, canvas_.width * (i + 1) / slot_cells,
                canvas_.height * 7 / 8),
           one ? yuv_of(255, 255, 255) : black);
    }
  }

  CanvasSize canvas_;
  std::shared_ptr<const Picture> bars_;
};

}  // namespace

std::unique_ptr<Source> make_pattern_source(const CanvasSize& canvas) {
  return std::make_unique<PatternSource>(canvas);
}

std::optional<std::uint32_t> read_slot(const std::uint8_t* luma, int stride, int width, int height) {
  const std::uint8_t* row = luma + static_cast<std::ptrdiff_t>(stride) * (height * 13 / 16);
  std::uint32_t number = 0;
  for (int i = 0; i < slot_cells; ++i) {
    const int value = row[width * (2 * i + 1) / (2 * slot_cells)];
    if (value > black_luma_max && value < white_luma_min) return std::nullopt;
    number = (number << 1) | (value >= white_luma_min ? 1u : 0u);
  }
  return number;
}

}  // namespace worker
