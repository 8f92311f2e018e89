#include "worker/receive/frame_painter.h"

#include <libyuv/rotate.h>

#include <cmath>
#include <utility>

#include "worker/picture/convert.h"
#include "worker/receive/colour_matrix.h"

extern "C" {
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

namespace worker {
namespace {

bool is_full_range(const AVFrame& frame) {
  if (frame.color_range != AVCOL_RANGE_UNSPECIFIED) return frame.color_range == AVCOL_RANGE_JPEG;
  switch (frame.format) {
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ444P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ411P:
      return true;
    default:
      return false;
  }
}

bool has_rgb(const AVFrame& frame) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  return format != nullptr && (format->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) != 0;
}

// The width that shows the frame in its shape with square pixels.
int shown_width(const AVFrame& frame, const AVRational& stream_pixel) {
  const AVRational pixel = stream_pixel.num > 0 ? stream_pixel : frame.sample_aspect_ratio;
  if (pixel.num <= 0 || pixel.den <= 0) return frame.width;
  const double width = frame.width * av_q2d(pixel);
  return width >= 1 && width <= FramePainter::side_max ? static_cast<int>(std::lround(width)) : frame.width;
}

void turn(const Picture& from, int quarter_turns, const Rectangle& place, Picture& to) {
  const auto at = [&](int plane) {
    const int shift = plane == 0 ? 0 : 1;
    return to.plane(plane) + static_cast<std::ptrdiff_t>(to.stride(plane)) * (place.y >> shift) +
           (place.x >> shift);
  };
  libyuv::I420Rotate(from.plane(0), from.stride(0), from.plane(1), from.stride(1), from.plane(2),
                     from.stride(2), at(0), to.stride(0), at(1), to.stride(1), at(2), to.stride(2),
                     from.width(), from.height(), static_cast<libyuv::RotationMode>(quarter_turns * 90));
}

}  // namespace

FramePainter::~FramePainter() {
  sws_freeContext(context_);
}

common::Result<std::shared_ptr<const Picture>> FramePainter::paint(const AVFrame& frame,
                                                                   const FrameShape& shape) {
  if (frame.width < 1 || frame.height < 1 || frame.width > side_max || frame.height > side_max)
    return common::error("its pictures are " + std::to_string(frame.width) + "x" +
                         std::to_string(frame.height) + "; possible is 1x1 to 16384x16384");
  int width = shown_width(frame, shape.pixel);
  int height = frame.height;
  const bool across = shape.quarter_turns % 2 != 0;
  if (across) std::swap(width, height);
  const Rectangle image = letterbox(width, height, width_, height_);
  auto picture = Picture::make(width_, height_);
  if (shape.quarter_turns == 0) {
    if (const auto scaled = scale(frame, image, *picture); !scaled) return scaled.error();
  } else {
    const int lying_width = across ? image.height : image.width;
    const int lying_height = across ? image.width : image.height;
    const auto lying = Picture::make(lying_width, lying_height);
    if (const auto scaled = scale(frame, {0, 0, lying_width, lying_height}, *lying); !scaled)
      return scaled.error();
    turn(*lying, shape.quarter_turns, image, *picture);
  }
  // After it: libswscale writes whole vectors, a few pixels over the right edge.
  paint_around(*picture, image);
  if (!has_rgb(frame)) convert_to_bt601(*picture, image, luma_weights(frame.colorspace, frame.height));
  return std::shared_ptr<const Picture>(std::move(picture));
}

common::Result<void> FramePainter::scale(const AVFrame& frame, const Rectangle& place, Picture& to) {
  context_ = sws_getCachedContext(context_, frame.width, frame.height,
                                  static_cast<AVPixelFormat>(frame.format), place.width, place.height,
                                  AV_PIX_FMT_YUV420P, SWS_BILINEAR, nullptr, nullptr, nullptr);
  if (context_ == nullptr) {
    const char* format = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format));
    return common::error("libswscale cannot make " + std::to_string(place.width) + "x" +
                         std::to_string(place.height) + " of " + std::to_string(frame.width) + "x" +
                         std::to_string(frame.height) + " " + (format == nullptr ? "pictures" : format));
  }
  // The same matrix on both sides: another one would send every picture through RGB.
  const int* matrix = sws_getCoefficients(SWS_CS_ITU601);
  constexpr int limited = 0;
  constexpr int unchanged = 1 << 16;
  sws_setColorspaceDetails(context_, matrix, is_full_range(frame) ? 1 : 0, matrix, limited, 0, unchanged,
                           unchanged);
  std::uint8_t* planes[4] = {};
  int strides[4] = {};
  for (int plane = 0; plane < 3; ++plane) {
    const int shift = plane == 0 ? 0 : 1;
    strides[plane] = to.stride(plane);
    planes[plane] = to.plane(plane) + static_cast<std::ptrdiff_t>(strides[plane]) * (place.y >> shift) +
                    (place.x >> shift);
  }
  if (sws_scale(context_, frame.data, frame.linesize, 0, frame.height, planes, strides) < 0)
    return common::error("libswscale refused a picture");
  return {};
}

int quarter_turns_of(const std::uint8_t* display_matrix) {
  if (display_matrix == nullptr) return 0;
  const double degrees = -av_display_rotation_get(reinterpret_cast<const std::int32_t*>(display_matrix));
  if (std::isnan(degrees)) return 0;
  return (static_cast<int>(std::lround(degrees / 90)) % 4 + 4) % 4;
}

}  // namespace worker
