#include "worker/snapshot/jpeg.h"

#include <libyuv/scale.h>

#include <algorithm>
#include <array>

#include "worker/av/av_owners.h"

namespace worker {
namespace {

constexpr int quantizer = 5;  // mjpeg scale 2..31: fair, about 10 KiB for a desktop

std::shared_ptr<Picture> shrunk(const Picture& picture) {
  const int width = std::min(picture.width(), snapshot_width_max) & ~1;
  const int height = std::max(2, (picture.height() * width / picture.width()) & ~1);
  auto small = Picture::make(width, height);
  libyuv::I420Scale(picture.plane(0), picture.stride(0), picture.plane(1), picture.stride(1),
                    picture.plane(2), picture.stride(2), picture.width(), picture.height(), small->plane(0),
                    small->stride(0), small->plane(1), small->stride(1), small->plane(2), small->stride(2),
                    width, height, libyuv::kFilterBox);
  return small;
}

// JPEG knows the full range only.
void widen_range(Picture& picture) {
  std::array<std::uint8_t, 256> luma{};
  std::array<std::uint8_t, 256> chroma{};
  for (int i = 0; i < 256; ++i) {
    const auto index = static_cast<std::size_t>(i);
    luma[index] = static_cast<std::uint8_t>(std::clamp((i - 16) * 255 / 219, 0, 255));
    chroma[index] = static_cast<std::uint8_t>(std::clamp((i - 128) * 255 / 224 + 128, 0, 255));
  }
  for (int plane = 0; plane < 3; ++plane) {
    const auto& table = plane == 0 ? luma : chroma;
    const int rows = plane == 0 ? picture.height() : picture.height() / 2;
    const int columns = plane == 0 ? picture.width() : picture.width() / 2;
    for (int y = 0; y < rows; ++y) {
      std::uint8_t* row = picture.plane(plane) + static_cast<std::ptrdiff_t>(picture.stride(plane)) * y;
      std::transform(row, row + columns, row, [&](std::uint8_t value) { return table[value]; });
    }
  }
}

common::Result<CodecPtr> open_mjpeg(int width, int height) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
  if (codec == nullptr) return common::error("no mjpeg in this libavcodec");
  CodecPtr context(avcodec_alloc_context3(codec));
  if (!context) return common::error("mjpeg: out of memory");
  context->width = width;
  context->height = height;
  context->pix_fmt = AV_PIX_FMT_YUVJ420P;
  context->time_base = {1, 1};
  context->color_range = AVCOL_RANGE_JPEG;
  context->flags |= AV_CODEC_FLAG_QSCALE;
  context->global_quality = quantizer * FF_QP2LAMBDA;
  context->thread_count = 1;
  const int code = avcodec_open2(context.get(), codec, nullptr);
  if (code < 0) return av_error("mjpeg", code);
  return context;
}

}  // namespace

common::Result<Bytes> make_jpeg(const Picture& picture) {
  const auto small = shrunk(picture);
  widen_range(*small);
  auto codec = open_mjpeg(small->width(), small->height());
  if (!codec) return codec.error();
  const FramePtr frame(av_frame_alloc());
  const PacketPtr packet(av_packet_alloc());
  if (!frame || !packet || av_frame_ref(frame.get(), small->frame()) < 0)
    return common::error("mjpeg: out of memory");
  frame->format = AV_PIX_FMT_YUVJ420P;
  frame->color_range = AVCOL_RANGE_JPEG;
  frame->quality = (*codec)->global_quality;
  int code = avcodec_send_frame(codec->get(), frame.get());
  if (code >= 0) code = avcodec_send_frame(codec->get(), nullptr);
  if (code >= 0) code = avcodec_receive_packet(codec->get(), packet.get());
  if (code < 0) return av_error("mjpeg", code);
  return Bytes(packet->data, packet->data + packet->size);
}

}  // namespace worker
