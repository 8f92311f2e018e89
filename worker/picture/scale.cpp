#include "worker/picture/scale.h"

#include "worker/picture/convert.h"

extern "C" {
#include <libswscale/swscale.h>
}

namespace worker {
common::Result<std::unique_ptr<Scaler>> Scaler::make(int source_width, int source_height, int canvas_width,
                                                     int canvas_height) {
  const Rectangle image = letterbox(source_width, source_height, canvas_width, canvas_height);
  SwsContext* context =
      sws_getContext(source_width, source_height, AV_PIX_FMT_BGR0, image.width, image.height,
                     AV_PIX_FMT_YUV420P, SWS_BILINEAR, nullptr, nullptr, nullptr);
  if (context == nullptr)
    return common::error("libswscale cannot scale " + std::to_string(source_width) + "x" +
                         std::to_string(source_height) + " to " + std::to_string(image.width) + "x" +
                         std::to_string(image.height));
  const int* matrix = sws_getCoefficients(SWS_CS_ITU601);
  constexpr int limited = 0;
  constexpr int full = 1;
  constexpr int unchanged = 1 << 16;
  sws_setColorspaceDetails(context, matrix, full, matrix, limited, 0, unchanged, unchanged);
  return std::unique_ptr<Scaler>(new Scaler(context, image));
}

Scaler::~Scaler() {
  sws_freeContext(context_);
}

void Scaler::scale(const Bgra& source, Picture& picture) const {
  std::uint8_t* planes[4] = {};
  int strides[4] = {};
  for (int plane = 0; plane < 3; ++plane) {
    const int shift = plane == 0 ? 0 : 1;
    strides[plane] = picture.stride(plane);
    planes[plane] = picture.plane(plane) + static_cast<std::ptrdiff_t>(strides[plane]) * (image_.y >> shift) +
                    (image_.x >> shift);
  }
  const std::uint8_t* pixels[4] = {source.pixels, nullptr, nullptr, nullptr};
  const int source_strides[4] = {source.stride, 0, 0, 0};
  sws_scale(context_, pixels, source_strides, 0, source.height, planes, strides);
  // After it: libswscale writes whole vectors, up to 16 pixels over the right edge.
  paint_around(picture, image_);
}

}  // namespace worker
