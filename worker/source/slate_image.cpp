#include "worker/source/slate_image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "common/threads.h"
#include "common/unique_fd.h"
#include "worker/av/av_owners.h"
#include "worker/picture/canvas.h"

extern "C" {
#include <libswscale/swscale.h>
}

namespace worker {
namespace {

using Bytes = std::vector<std::uint8_t>;

common::Result<Bytes> read_file(const std::string& path) {
  // Not blocked by a fifo without a writer, which is then refused.
  const common::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about = {};
  if (!file || ::fstat(file.get(), &about) != 0) return common::error(std::strerror(errno));
  if (!S_ISREG(about.st_mode)) return common::error("not a regular file");
  const auto size = static_cast<std::size_t>(about.st_size);
  if (size > image_bytes_max)
    return common::error("it has " + std::to_string(size) + " bytes, " + std::to_string(image_bytes_max) +
                         " are allowed");
  Bytes bytes(size + AV_INPUT_BUFFER_PADDING_SIZE);
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t got = ::read(file.get(), bytes.data() + filled, size - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return common::error(std::strerror(errno));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

common::Result<AVCodecID> kind_of(const Bytes& bytes) {
  constexpr std::array<std::uint8_t, 8> png{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  constexpr std::array<std::uint8_t, 3> jpeg{0xff, 0xd8, 0xff};
  const auto begins_with = [&](const auto& magic) {
    return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
  };
  if (begins_with(png)) return AV_CODEC_ID_PNG;
  if (begins_with(jpeg)) return AV_CODEC_ID_MJPEG;
  return common::error("neither PNG nor JPEG");
}

common::Result<FramePtr> decode(Bytes bytes, AVCodecID kind) {
  const AVCodec* codec = avcodec_find_decoder(kind);
  if (codec == nullptr) return common::error("this libavcodec has no decoder for it");
  const CodecPtr context(avcodec_alloc_context3(codec));
  const PacketPtr packet(av_packet_alloc());
  FramePtr frame(av_frame_alloc());
  if (!context || !packet || !frame) return common::error("out of memory");
  context->max_pixels = image_pixels_max;
  context->thread_count = 1;
  context->err_recognition = AV_EF_EXPLODE;
  int code = avcodec_open2(context.get(), codec, nullptr);
  if (code < 0) return av_error("cannot decode it", code);
  const std::size_t size = bytes.size();
  bytes.resize(size + AV_INPUT_BUFFER_PADDING_SIZE);
  packet->data = bytes.data();
  packet->size = static_cast<int>(size);
  code = avcodec_send_packet(context.get(), packet.get());
  if (code >= 0) code = avcodec_send_packet(context.get(), nullptr);
  if (code >= 0) code = avcodec_receive_frame(context.get(), frame.get());
  if (code < 0)
    return av_error("damaged, or of more than " + std::to_string(image_pixels_max) + " pixels", code);
  return frame;
}

// What is transparent shows the black of the bars.
void blend_over_black(Bytes& pixels) {
  for (std::size_t i = 0; i + 3 < pixels.size(); i += 4)
    for (std::size_t part = 0; part < 3; ++part)
      pixels[i + part] = static_cast<std::uint8_t>(pixels[i + part] * pixels[i + 3] / 255);
}

// JPEG's own formats of libav are the plain ones in full range; libswscale wants to be told so.
AVPixelFormat plain_format(int format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
      return AV_PIX_FMT_YUV444P;
    default:
      return static_cast<AVPixelFormat>(format);
  }
}

common::Result<std::shared_ptr<const Picture>> to_picture(const AVFrame& frame, const CanvasSize& canvas) {
  const Rectangle image = letterbox(frame.width, frame.height, canvas.width, canvas.height);
  SwsContext* scaler = sws_getContext(frame.width, frame.height, plain_format(frame.format), image.width,
                                      image.height, AV_PIX_FMT_BGRA, SWS_AREA, nullptr, nullptr, nullptr);
  if (scaler == nullptr) return common::error("libswscale does not know its pixels");
  const int* matrix = sws_getCoefficients(SWS_CS_ITU601);  // JPEG's; RGB has none
  constexpr int full = 1;
  constexpr int unchanged = 1 << 16;
  sws_setColorspaceDetails(scaler, matrix, full, matrix, full, 0, unchanged, unchanged);
  constexpr int slack_rows = 1;  // libswscale writes whole vectors
  Bytes pixels(static_cast<std::size_t>(image.width) * 4 *
               static_cast<std::size_t>(image.height + slack_rows));
  std::uint8_t* planes[4] = {pixels.data(), nullptr, nullptr, nullptr};
  const int strides[4] = {image.width * 4, 0, 0, 0};
  sws_scale(scaler, frame.data, frame.linesize, 0, frame.height, planes, strides);
  sws_freeContext(scaler);
  blend_over_black(pixels);
  Canvas painter(canvas.width, canvas.height);
  const Rectangle everything{0, 0, image.width, image.height};
  return painter.paint({pixels.data(), strides[0], image.width, image.height}, {&everything, 1});
}

common::Result<std::shared_ptr<const Picture>> load(const std::string& path, const CanvasSize& canvas) {
  auto bytes = read_file(path);
  if (!bytes) return bytes.error();
  const auto kind = kind_of(*bytes);
  if (!kind) return kind.error();
  const auto frame = decode(std::move(*bytes), *kind);
  if (!frame) return frame.error();
  return to_picture(**frame, canvas);
}

}  // namespace

common::Result<std::shared_ptr<const Picture>> load_image(const std::string& path, const CanvasSize& canvas) {
  auto loaded = load(path, canvas);
  if (!loaded) return common::error("slate image " + path + ": " + loaded.error().reason);
  return loaded;
}

SlateImage::SlateImage(const std::string& path, const CanvasSize& canvas)
    : shared_(std::make_shared<Shared>()) {
  std::thread thread;
  const auto started = common::start_thread(thread, [shared = shared_, path, canvas] {
    auto loaded = load_image(path, canvas);
    const std::lock_guard lock(shared->mutex);
    if (loaded)
      shared->picture = *loaded;
    else
      shared->error = loaded.error().reason;
  });
  if (started)
    thread.detach();
  else
    shared_->error = "slate image " + path + ": " + started.error().reason;
}

std::shared_ptr<const Picture> SlateImage::picture() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->picture;
}

std::string SlateImage::take_error() {
  const std::lock_guard lock(shared_->mutex);
  return std::exchange(shared_->error, {});
}

}  // namespace worker
