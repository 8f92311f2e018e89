#include "worker/receive/frame_decoder.h"

#include <new>
#include <utility>

namespace worker {
namespace {

// Above it one thread may not be enough; threads cost pictures of delay, which the play clock finds out.
constexpr std::int64_t pixels_of_one_thread = 1920 * 1088;
constexpr int threads_max = 4;
constexpr std::int64_t pixels_max = std::int64_t{8192} * 8192;
constexpr AVRational nanoseconds{1, 1'000'000'000};
constexpr std::chrono::nanoseconds usual_duration = std::chrono::milliseconds(40);

}  // namespace

common::Result<std::unique_ptr<FrameDecoder>> FrameDecoder::open(const AVCodecParameters& parameters) {
  const AVCodec* decoder = avcodec_find_decoder(parameters.codec_id);
  if (decoder == nullptr)
    return common::error(std::string("libavcodec cannot decode ") + avcodec_get_name(parameters.codec_id));
  CodecPtr codec(avcodec_alloc_context3(decoder));
  if (!codec) throw std::bad_alloc();
  if (const int code = avcodec_parameters_to_context(codec.get(), &parameters); code < 0)
    return av_error(decoder->name, code);
  codec->pkt_timebase = nanoseconds;
  codec->max_pixels = pixels_max;
  const bool large = std::int64_t{parameters.width} * parameters.height > pixels_of_one_thread;
  codec->thread_count = large ? threads_max : 1;
  if (const int code = avcodec_open2(codec.get(), decoder, nullptr); code < 0)
    return av_error(decoder->name, code);
  return std::unique_ptr<FrameDecoder>(new FrameDecoder(std::move(codec)));
}

void FrameDecoder::send(const AVPacket* packet) {
  if (packet != nullptr) {
    ++unanswered_;
    broken_packet_ = broken_packet_ || (packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
  }
  const int code = avcodec_send_packet(codec_.get(), packet);
  if (code < 0 && code != AVERROR_EOF) note_broken_packet();
}

std::optional<DecodedFrame> FrameDecoder::receive() {
  FramePtr frame(av_frame_alloc());
  if (!frame) throw std::bad_alloc();
  const int code = avcodec_receive_frame(codec_.get(), frame.get());
  if (code == AVERROR_EOF) begin_anew();
  if (code < 0) {
    if (code != AVERROR_EOF && code != AVERROR(EAGAIN)) note_broken_packet();
    return std::nullopt;
  }
  unanswered_ = 0;
  const bool errors = frame->decode_error_flags != 0 || (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0;
  if (errors) ++broken_;
  const bool broken = std::exchange(broken_packet_, false) || errors;
  last_ = frame->best_effort_timestamp == AV_NOPTS_VALUE
              ? last_ + usual_duration
              : std::chrono::nanoseconds(frame->best_effort_timestamp);
  return DecodedFrame{std::move(frame), last_, broken};
}

void FrameDecoder::note_broken_packet() {
  ++broken_;
  broken_packet_ = true;
}

void FrameDecoder::begin_anew() {
  broken_packet_ = false;
  avcodec_flush_buffers(codec_.get());
}

}  // namespace worker
