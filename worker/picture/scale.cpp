#include "worker/picture/scale.h"

#include <algorithm>
#include <iterator>
#include <new>
#include <vector>

#include "worker/av/av_owners.h"
#include "worker/picture/convert.h"

extern "C" {
#include <libswscale/swscale.h>
}

namespace worker {
namespace {

// From where to where, along one side.
struct Stretch {
  int from = 0;
  int to = 0;
};

// The part of an image of `image` pixels that is made from `part` of its `source` pixels, even edges.
Stretch reach_along(const Stretch& part, int source, int image) {
  // The filter of SWS_BILINEAR sees as far as one pixel of the coarser side; of colour, one of 2x2. Two more
  // for what is rounded.
  const std::int64_t sight = 2 * std::max(1, (source + image - 1) / image) + 2;
  const std::int64_t from = (part.from - sight) * image / source - 1;
  const std::int64_t to = (part.to + sight) * image / source + 1;
  return {static_cast<int>(std::max<std::int64_t>(from, 0) & ~1),
          static_cast<int>(std::min<std::int64_t>((to + 1) & ~1, image))};
}

// The rows of the areas, joined where they meet, from top to bottom.
std::vector<Stretch> rows_of(std::span<const Rectangle> areas) {
  std::vector<Stretch> rows;
  for (const Rectangle& area : areas)
    if (!area.empty()) rows.push_back({area.y, area.bottom()});
  std::ranges::sort(rows, {}, &Stretch::from);
  std::vector<Stretch> joined;
  for (const Stretch& more : rows) {
    if (!joined.empty() && more.from <= joined.back().to)
      joined.back().to = std::max(joined.back().to, more.to);
    else
      joined.push_back(more);
  }
  return joined;
}

// One plane of a picture, from a pixel of luma on.
FramePtr plane_of(const Picture& picture, int plane, int x, int y) {
  FramePtr only(av_frame_clone(picture.frame()));
  if (!only) throw std::bad_alloc();
  const int shift = plane == 0 ? 0 : 1;
  std::uint8_t* start =
      only->data[plane] + static_cast<std::ptrdiff_t>(only->linesize[plane]) * (y >> shift) + (x >> shift);
  const int stride = only->linesize[plane];
  std::fill(std::begin(only->data), std::end(only->data), nullptr);
  std::fill(std::begin(only->linesize), std::end(only->linesize), 0);
  only->data[0] = start;
  only->linesize[0] = stride;
  only->format = AV_PIX_FMT_GRAY8;
  return only;
}

}  // namespace

common::Result<std::unique_ptr<Scaler>> Scaler::make(int source_width, int source_height, int canvas_width,
                                                     int canvas_height) {
  const Rectangle image = letterbox(source_width, source_height, canvas_width, canvas_height);
  std::unique_ptr<Scaler> scaler(new Scaler(source_width, source_height, image));
  for (int shift = 0; shift < 2; ++shift) {
    SwsContext* context = sws_getContext((source_width + shift) >> shift, (source_height + shift) >> shift,
                                         AV_PIX_FMT_GRAY8, image.width >> shift, image.height >> shift,
                                         AV_PIX_FMT_GRAY8, SWS_BILINEAR, nullptr, nullptr, nullptr);
    if (context == nullptr)
      return common::error("libswscale cannot scale " + std::to_string(source_width) + "x" +
                           std::to_string(source_height) + " to " + std::to_string(image.width) + "x" +
                           std::to_string(image.height));
    scaler->contexts_[shift] = context;
  }
  return scaler;
}

Scaler::~Scaler() {
  for (SwsContext* context : contexts_) sws_freeContext(context);
}

Rectangle Scaler::reach(const Rectangle& area) const {
  if (area.empty()) return {};
  const Stretch across = reach_along({area.x, area.right()}, source_width_, image_.width);
  const Stretch down = reach_along({area.y, area.bottom()}, source_height_, image_.height);
  return Rectangle{across.from, down.from, across.to - across.from, down.to - down.from}.moved(image_.x,
                                                                                               image_.y);
}

void Scaler::scale(const Picture& source, std::span<const Rectangle> areas, Picture& picture) const {
  const std::vector<Stretch> stretches = rows_of(areas);
  // Each by itself: of a slice of all, libswscale 6 puts the luma into the wrong rows.
  for (int plane = 0; plane < 3; ++plane) {
    const int shift = plane == 0 ? 0 : 1;
    SwsContext* context = contexts_[shift];
    const FramePtr from = plane_of(source, plane, 0, 0);
    const FramePtr to = plane_of(picture, plane, image_.x, image_.y);
    if (sws_frame_start(context, to.get(), from.get()) < 0) throw std::bad_alloc();
    sws_send_slice(context, 0, static_cast<unsigned>((source_height_ + shift) >> shift));
    const int height = image_.height >> shift;
    const int step = static_cast<int>(sws_receive_slice_alignment(context));
    for (const Stretch& rows : stretches) {
      const int first = (std::max(rows.from - image_.y, 0) >> shift) / step * step;
      const int last = std::min((((rows.to - image_.y) >> shift) + step - 1) / step * step, height);
      if (first < last)
        sws_receive_slice(context, static_cast<unsigned>(first), static_cast<unsigned>(last - first));
    }
    sws_frame_end(context);
  }
  // After it: libswscale writes whole vectors, some pixels over the right edge, which may be in the next row.
  for (const Stretch& rows : stretches)
    paint_around(picture, image_, {0, rows.from, picture.width(), rows.to + 2 - rows.from});
}

}  // namespace worker
