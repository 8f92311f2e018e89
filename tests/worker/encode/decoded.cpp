#include "tests/worker/encode/decoded.h"

#include <cstring>
#include <mutex>

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
}

namespace tests {
namespace {

using worker::Bytes;

std::vector<std::string>& complaints() {
  static std::vector<std::string> lines;
  return lines;
}

void collect(void*, int level, const char* format, va_list arguments) {
  // The decoder conceals a wrong frame_num quietly; other decoders may not.
  if (level > AV_LOG_WARNING && std::strstr(format, "Frame num gap") == nullptr) return;
  char line[512];
  std::vsnprintf(line, sizeof line, format, arguments);
  complaints().push_back(line);
}

struct Input {
  const Bytes* bytes;
  std::size_t position = 0;
  static int read(void* opaque, std::uint8_t* buffer, int size) {
    auto& input = *static_cast<Input*>(opaque);
    const std::size_t left = input.bytes->size() - input.position;
    if (left == 0) return AVERROR_EOF;
    const std::size_t count = std::min(left, static_cast<std::size_t>(size));
    std::memcpy(buffer, input.bytes->data() + input.position, count);
    input.position += count;
    return static_cast<int>(count);
  }
};

void take_pictures(AVCodecContext& decoder, Decoded& decoded) {
  const worker::FramePtr frame(av_frame_alloc());
  while (avcodec_receive_frame(&decoder, frame.get()) == 0) {
    DecodedPicture picture;
    picture.pts = frame->pts;
    const int size = av_image_get_buffer_size(AV_PIX_FMT_YUV420P, frame->width, frame->height, 1);
    picture.planes.resize(static_cast<std::size_t>(size));
    av_image_copy_to_buffer(picture.planes.data(), size, frame->data, frame->linesize, AV_PIX_FMT_YUV420P,
                            frame->width, frame->height, 1);
    decoded.pictures.push_back(std::move(picture));
  }
}

worker::CodecPtr open_decoder(const AVCodecParameters& parameters) {
  const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
  worker::CodecPtr decoder(avcodec_alloc_context3(codec));
  avcodec_parameters_to_context(decoder.get(), &parameters);
  decoder->thread_count = 1;
  decoder->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_CAREFUL;
  if (avcodec_open2(decoder.get(), codec, nullptr) < 0) return nullptr;
  return decoder;
}

std::uint32_t big_endian(const std::uint8_t* bytes) {
  return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
         static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
}

}  // namespace

Decoded decode_mp4(const Bytes& file) {
  Decoded decoded;
  complaints().clear();
  av_log_set_callback(collect);
  Input input{&file};
  AVIOContext* io = avio_alloc_context(static_cast<unsigned char*>(av_malloc(4096)), 4096, 0, &input,
                                       Input::read, nullptr, nullptr);
  AVFormatContext* demuxer = avformat_alloc_context();
  demuxer->pb = io;
  if (avformat_open_input(&demuxer, nullptr, nullptr, nullptr) == 0) {
    const auto decoder = open_decoder(*demuxer->streams[0]->codecpar);
    const worker::PacketPtr packet(av_packet_alloc());
    while (decoder && av_read_frame(demuxer, packet.get()) >= 0) {
      if (avcodec_send_packet(decoder.get(), packet.get()) < 0) complaints().push_back("packet refused");
      av_packet_unref(packet.get());
      take_pictures(*decoder, decoded);
    }
    if (decoder) {
      avcodec_send_packet(decoder.get(), nullptr);
      take_pictures(*decoder, decoded);
    }
    avformat_close_input(&demuxer);
  } else {
    complaints().push_back("not opened");
  }
  av_freep(&io->buffer);
  avio_context_free(&io);
  av_log_set_callback(av_log_default_callback);
  decoded.complaints = complaints();
  return decoded;
}

std::int64_t decode_time(const Bytes& part) {
  const char type[] = {'t', 'f', 'd', 't'};
  const auto found = std::search(part.begin(), part.end(), std::begin(type), std::end(type));
  if (part.end() - found < 16) return -1;
  const std::uint8_t* body = &*found + 4;
  if (body[0] == 0) return big_endian(body + 4);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(big_endian(body + 4)) << 32 |
                                   big_endian(body + 8));
}

std::string box_types(const Bytes& bytes) {
  std::string types;
  for (std::size_t at = 0; at + 8 <= bytes.size();) {
    if (!types.empty()) types += ' ';
    types.append(reinterpret_cast<const char*>(bytes.data()) + at + 4, 4);
    const std::uint32_t size = big_endian(bytes.data() + at);
    if (size < 8) break;
    at += size;
  }
  return types;
}

}  // namespace tests
