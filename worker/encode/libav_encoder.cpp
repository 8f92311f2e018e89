#include "worker/encode/libav_encoder.h"

#include <algorithm>
#include <array>
#include <limits>

#include "worker/av/av_owners.h"
#include "worker/encode/h264_bits.h"

extern "C" {
#include <libavutil/hwcontext.h>
#include <libavutil/opt.h>
}

namespace worker {
namespace {

constexpr int vaapi_surfaces = 4;
// Finer than this nobody sees, and a quiet desktop would spend the whole bitrate on it.
constexpr int quantizer_min = 14;
constexpr double credit_max = 0.9;     // of the buffer
constexpr double x264_rate_max = 2e9;  // its int

// Everything that would otherwise differ between the presets and reach SPS or PPS, and everything that would
// place key frames without being asked. force-cfr: with variable frame rate x264 waits for the next picture
// to know the duration of this one, which costs a whole picture of delay; skipped slots only make its VBV
// more careful.
constexpr const char* x264_pinned =
    "ref=1:cabac=1:8x8dct=1:weightp=0:weightb=0:bframes=0:b-pyramid=0:interlaced=0:constrained-intra=0:"
    "chroma-qp-offset=0:"
    "force-cfr=1:scenecut=0:keyint=infinite:open-gop=0:intra-refresh=0:sliced-threads=0:slices=1:rc-"
    "lookahead=0:"
    "sync-lookahead=0:mbtree=0:nal-hrd=none:aud=0:filler=0:sps-id=0:stitchable=0";

void set_colour(AVCodecContext& codec) {
  codec.color_range = picture_range;
  codec.color_primaries = picture_primaries;
  codec.color_trc = picture_transfer;
  codec.colorspace = picture_matrix;
  codec.chroma_sample_location = AVCHROMA_LOC_LEFT;
}

void set_common(AVCodecContext& codec, const EncoderSettings& settings) {
  codec.width = settings.width;
  codec.height = settings.height;
  codec.pix_fmt = AV_PIX_FMT_YUV420P;
  codec.sample_aspect_ratio = {1, 1};
  // One tick is one slot; the container has its own, finer clock.
  codec.time_base = {1, settings.fps};
  codec.framerate = {settings.fps, 1};
  codec.max_b_frames = 0;
  codec.refs = 1;
  codec.profile = FF_PROFILE_H264_HIGH;
  codec.level = h264_level(settings.width, settings.height, settings.fps);
  // One second of VBV: a key frame of a busy desktop fits, and a viewer's buffer of three parts is never
  // outrun.
  codec.bit_rate = static_cast<std::int64_t>(settings.bitrate_kbps) * 1000;
  codec.rc_max_rate = codec.bit_rate;
  codec.rc_buffer_size = static_cast<int>(codec.bit_rate);
  codec.qmin = quantizer_min;
  codec.flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_CLOSED_GOP;
  codec.thread_count = settings.threads;
  set_colour(codec);
}

// Side data AV_PKT_DATA_QUALITY_STATS: lambda in 4 bytes, little-endian.
int mean_quantizer(const AVPacket& packet) {
  std::size_t size = 0;
  const std::uint8_t* stats = av_packet_get_side_data(&packet, AV_PKT_DATA_QUALITY_STATS, &size);
  if (stats == nullptr || size < 4) return 0;
  const int lambda = stats[0] | stats[1] << 8 | stats[2] << 16 | stats[3] << 24;
  return lambda / FF_QP2LAMBDA;
}

class LibavEncoder final : public Encoder {
 public:
  LibavEncoder(CodecPtr codec, BufferPtr frames)
      : codec_(std::move(codec)),
        frames_(std::move(frames)),
        frame_(av_frame_alloc()),
        packet_(av_packet_alloc()),
        name_(codec_->codec->name),
        bit_rate_(codec_->bit_rate) {}

  common::Result<AccessUnit> encode(const Picture& picture, common::Slot slot, bool force_key) override;
  const std::string& name() const override { return name_; }
  std::span<const std::uint8_t> config() const override { return config_; }

  common::Result<void> read_config();

 private:
  common::Result<void> fill_frame(const Picture& picture);
  void credit(std::int64_t slots);
  common::Result<AccessUnit> take_packet();

  CodecPtr codec_;
  BufferPtr frames_;  // GPU surfaces; null for software
  FramePtr frame_;
  PacketPtr packet_;
  std::string name_;
  Bytes config_;
  std::int64_t last_pts_ = -1;
  const std::int64_t bit_rate_;  // as configured
};

common::Result<void> LibavEncoder::fill_frame(const Picture& picture) {
  if (picture.width() != codec_->width || picture.height() != codec_->height)
    return common::error("picture is not of the encoder's size");
  av_frame_unref(frame_.get());
  if (!frames_) {
    const int code = av_frame_ref(frame_.get(), picture.frame());
    if (code < 0) return av_error("reference to a picture", code);
  } else {
    int code = av_hwframe_get_buffer(frames_.get(), frame_.get(), 0);
    if (code < 0) return av_error("GPU surface", code);
    code = av_hwframe_transfer_data(frame_.get(), picture.frame(), 0);
    if (code < 0) return av_error("upload to the GPU", code);
  }
  frame_->color_range = codec_->color_range;
  frame_->colorspace = codec_->colorspace;
  frame_->color_primaries = codec_->color_primaries;
  frame_->color_trc = codec_->color_trc;
  return {};
}

// x264 knows of no time but pictures (force-cfr): a quiet desktop, a key frame every two seconds, would get
// the bits of one picture's time for each and end in mud. So the time of the slots that were left out is paid
// with the next picture: one late, never too much. Its buffer is more than that, or it would plan for nothing
// else.
void LibavEncoder::credit(std::int64_t slots) {
  const auto rate = static_cast<double>(bit_rate_);
  const double paid_max =
      std::min(credit_max * codec_->rc_buffer_size * codec_->framerate.num, x264_rate_max);
  codec_->bit_rate =
      bit_rate_ * std::clamp<std::int64_t>(slots, 1, std::max(1, static_cast<int>(paid_max / rate)));
  codec_->rc_max_rate = codec_->bit_rate;
}

common::Result<AccessUnit> LibavEncoder::encode(const Picture& picture, common::Slot slot, bool force_key) {
  const auto filled = fill_frame(picture);
  if (!filled) return filled.error();
  // A resume may open at a slot that was encoded before; rate control needs a clock that rises.
  const std::int64_t before = std::exchange(last_pts_, std::max(last_pts_ + 1, slot));
  credit(last_pts_ - before);
  frame_->pts = last_pts_;
  frame_->pict_type = force_key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  const int code = avcodec_send_frame(codec_.get(), frame_.get());
  av_frame_unref(frame_.get());
  if (code < 0) return av_error(name_, code);
  auto access_unit = take_packet();
  if (access_unit && !access_unit->bytes.empty() && access_unit->key != force_key)
    return common::error(name_ + ": a key frame came unasked, or did not come when asked");
  return access_unit;
}

common::Result<AccessUnit> LibavEncoder::take_packet() {
  const int code = avcodec_receive_packet(codec_.get(), packet_.get());
  if (code == AVERROR(EAGAIN)) return AccessUnit{};
  if (code < 0) return av_error(name_, code);
  AccessUnit access_unit;
  access_unit.bytes.reserve(static_cast<std::size_t>(packet_->size) + 16);
  for (const ByteView nal : split_annexb({packet_->data, static_cast<std::size_t>(packet_->size)})) {
    const NalType type = nal_type(nal);
    if (type == NalType::IdrSlice) access_unit.key = true;
    if (type == NalType::Slice || type == NalType::IdrSlice) append_prefixed(access_unit.bytes, nal);
  }
  access_unit.quantizer = mean_quantizer(*packet_);
  av_packet_unref(packet_.get());
  if (access_unit.bytes.empty()) return common::error(name_ + ": a packet without a picture");
  return access_unit;
}

common::Result<void> LibavEncoder::read_config() {
  ByteView sps;
  ByteView pps;
  const auto nals = split_annexb({codec_->extradata, static_cast<std::size_t>(codec_->extradata_size)});
  for (const ByteView nal : nals) {
    if (nal_type(nal) == NalType::Sps) sps = nal;
    if (nal_type(nal) == NalType::Pps) pps = nal;
  }
  auto config = make_avc_config(sps, pps);
  if (!config) return config.error();
  config_ = std::move(*config);
  return {};
}

common::Result<BufferPtr> open_vaapi_frames(const EncoderSettings& settings) {
  AVBufferRef* raw_device = nullptr;
  int code = av_hwdevice_ctx_create(&raw_device, AV_HWDEVICE_TYPE_VAAPI, nullptr, nullptr, 0);
  if (code < 0) return av_error("no VAAPI device", code);
  const BufferPtr device(raw_device);
  BufferPtr frames(av_hwframe_ctx_alloc(device.get()));
  if (!frames) return common::error("VAAPI: out of memory");
  auto& context = *reinterpret_cast<AVHWFramesContext*>(frames->data);
  context.format = AV_PIX_FMT_VAAPI;
  context.sw_format = AV_PIX_FMT_YUV420P;
  context.width = settings.width;
  context.height = settings.height;
  context.initial_pool_size = vaapi_surfaces;
  code = av_hwframe_ctx_init(frames.get());
  if (code < 0) return av_error("VAAPI surfaces", code);
  return frames;
}

void set_x264_options(AvOptions& options, const EncoderSettings& settings) {
  options.set("preset", settings.preset);
  options.set("tune", "zerolatency");
  options.set("forced-idr", "1");
  options.set("x264-params", x264_pinned);
}

}  // namespace

int h264_level(int width, int height, int fps) {
  struct Row {
    int level;
    std::int64_t macroblocks_per_second;
    std::int64_t macroblocks;
  };
  constexpr std::array<Row, 10> table = {{{30, 40'500, 1'620},
                                          {31, 108'000, 3'600},
                                          {32, 216'000, 5'120},
                                          {40, 245'760, 8'192},
                                          {42, 522'240, 8'704},
                                          {50, 589'824, 22'080},
                                          {51, 983'040, 36'864},
                                          {52, 2'073'600, 36'864},
                                          {60, 4'177'920, 139'264},
                                          {62, 16'711'680, 139'264}}};
  const std::int64_t macroblocks = static_cast<std::int64_t>((width + 15) / 16) * ((height + 15) / 16);
  for (const Row& row : table)
    if (macroblocks <= row.macroblocks && macroblocks * fps <= row.macroblocks_per_second) return row.level;
  return table.back().level;
}

std::span<const char* const> cheaper_presets(const std::string& preset) {
  static constexpr std::array<const char*, 4> equal = {"faster", "veryfast", "superfast", "ultrafast"};
  const auto found = std::ranges::find(equal, preset);
  return found == equal.end() ? std::span<const char* const>() : std::span(found + 1, equal.end());
}

EncoderSettings encoder_settings(const common::VideoSettings& video) {
  return {video.width, video.height, video.fps, video.bitrate, video.preset, 1};
}

common::Result<std::unique_ptr<Encoder>> open_libav_encoder(const std::string& name,
                                                            const EncoderSettings& settings) {
  if (name != "libx264" && name != "h264_vaapi")
    return common::error("unknown encoder, known: libx264 h264_vaapi");
  const AVCodec* codec = avcodec_find_encoder_by_name(name.c_str());
  if (codec == nullptr) return common::error("not part of this libavcodec");
  CodecPtr context(avcodec_alloc_context3(codec));
  if (!context) return common::error("out of memory");
  set_common(*context, settings);
  AvOptions options;
  BufferPtr frames;
  if (name == "libx264") {
    set_x264_options(options, settings);
  } else {
    auto opened = open_vaapi_frames(settings);
    if (!opened) return opened.error();
    frames = std::move(*opened);
    context->pix_fmt = AV_PIX_FMT_VAAPI;
    context->gop_size = std::numeric_limits<int>::max();
    context->hw_frames_ctx = av_buffer_ref(frames.get());
    options.set("async_depth", "1");
  }
  const int code = avcodec_open2(context.get(), codec, options.get());
  if (code < 0) return av_error("open", code);
  if (const std::string left = options.unknown(); !left.empty())
    return common::error("refused option " + left);
  auto encoder = std::make_unique<LibavEncoder>(std::move(context), std::move(frames));
  const auto config = encoder->read_config();
  if (!config) return config.error();
  return std::unique_ptr<Encoder>(std::move(encoder));
}

}  // namespace worker
