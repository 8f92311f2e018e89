#include "worker/encode/vaapi_encoder.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "worker/av/av_owners.h"
#include "worker/encode/h264_bits.h"

extern "C" {
#include <libavutil/hwcontext.h>
#include <libavutil/opt.h>
}

namespace worker {
namespace {

constexpr const char* codec_name = "h264_vaapi";
constexpr int surfaces = 4;

void set_colour(AVCodecContext& codec) {
  codec.color_range = picture_range;
  codec.color_primaries = picture_primaries;
  codec.color_trc = picture_transfer;
  codec.colorspace = picture_matrix;
  codec.chroma_sample_location = AVCHROMA_LOC_LEFT;
}

void set_format(AVCodecContext& codec, const EncoderSettings& settings) {
  codec.width = settings.width;
  codec.height = settings.height;
  codec.pix_fmt = AV_PIX_FMT_VAAPI;
  codec.sample_aspect_ratio = {1, 1};
  // One tick is one slot; the container has its own, finer clock.
  codec.time_base = {1, settings.fps};
  codec.framerate = {settings.fps, 1};
  codec.max_b_frames = 0;
  codec.refs = 1;
  codec.profile = FF_PROFILE_H264_HIGH;
  codec.level = h264_level(settings);
  // One second of VBV: a key frame of a busy desktop fits, and a viewer's buffer of three parts is never
  // outrun.
  codec.bit_rate = static_cast<std::int64_t>(settings.bitrate_kbps) * 1000;
  codec.rc_max_rate = codec.bit_rate;
  codec.rc_buffer_size = static_cast<int>(codec.bit_rate);
  codec.flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_CLOSED_GOP;
  codec.gop_size = std::numeric_limits<int>::max();
  set_colour(codec);
}

class VaapiEncoder final : public Encoder {
 public:
  VaapiEncoder(CodecPtr codec, BufferPtr frames)
      : codec_(std::move(codec)),
        frames_(std::move(frames)),
        frame_(av_frame_alloc()),
        packet_(av_packet_alloc()),
        name_(codec_name) {}

  common::Result<AccessUnit> encode(const Picture& picture, common::Slot slot, bool force_key) override;
  bool refines(common::Slot) override { return false; }  // it does not say how fine a picture became
  void leave_nothing_out() override {}                   // it never does
  void go_on_from(const Encoder&) override {}
  const std::string& name() const override { return name_; }
  std::span<const std::uint8_t> config() const override { return config_; }

  common::Result<void> read_config();

 private:
  common::Result<void> fill_frame(const Picture& picture);
  common::Result<AccessUnit> take_packet();

  CodecPtr codec_;
  BufferPtr frames_;  // GPU surfaces
  FramePtr frame_;
  PacketPtr packet_;
  const std::string name_;
  Bytes config_;
  std::int64_t last_pts_ = -1;
};

common::Result<void> VaapiEncoder::fill_frame(const Picture& picture) {
  if (picture.width() != codec_->width || picture.height() != codec_->height)
    return common::error("picture is not of the encoder's size");
  av_frame_unref(frame_.get());
  int code = av_hwframe_get_buffer(frames_.get(), frame_.get(), 0);
  if (code < 0) return av_error("GPU surface", code);
  code = av_hwframe_transfer_data(frame_.get(), picture.frame(), 0);
  if (code < 0) return av_error("upload to the GPU", code);
  frame_->color_range = codec_->color_range;
  frame_->colorspace = codec_->colorspace;
  frame_->color_primaries = codec_->color_primaries;
  frame_->color_trc = codec_->color_trc;
  return {};
}

common::Result<AccessUnit> VaapiEncoder::encode(const Picture& picture, common::Slot slot, bool force_key) {
  const auto filled = fill_frame(picture);
  if (!filled) return filled.error();
  // A resume may open at a slot that was encoded before; rate control needs a clock that rises.
  last_pts_ = std::max(last_pts_ + 1, slot);
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

common::Result<AccessUnit> VaapiEncoder::take_packet() {
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
  av_packet_unref(packet_.get());
  if (access_unit.bytes.empty()) return common::error(name_ + ": a packet without a picture");
  return access_unit;
}

common::Result<void> VaapiEncoder::read_config() {
  const auto nals = split_annexb({codec_->extradata, static_cast<std::size_t>(codec_->extradata_size)});
  auto config = make_avc_config(nals);
  if (!config) return config.error();
  config_ = std::move(*config);
  return {};
}

common::Result<BufferPtr> open_frames(const EncoderSettings& settings) {
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
  context.initial_pool_size = surfaces;
  code = av_hwframe_ctx_init(frames.get());
  if (code < 0) return av_error("VAAPI surfaces", code);
  return frames;
}

}  // namespace

common::Result<std::unique_ptr<Encoder>> open_vaapi_encoder(const EncoderSettings& settings) {
  const AVCodec* codec = avcodec_find_encoder_by_name(codec_name);
  if (codec == nullptr) return common::error("not part of this libavcodec");
  CodecPtr context(avcodec_alloc_context3(codec));
  if (!context) return common::error("out of memory");
  auto frames = open_frames(settings);
  if (!frames) return frames.error();
  set_format(*context, settings);
  context->hw_frames_ctx = av_buffer_ref(frames->get());
  AvOptions options;
  options.set("async_depth", "1");
  const int code = avcodec_open2(context.get(), codec, options.get());
  if (code < 0) return av_error("open", code);
  if (const std::string left = options.unknown(); !left.empty())
    return common::error("refused option " + left);
  auto encoder = std::make_unique<VaapiEncoder>(std::move(context), std::move(*frames));
  const auto config = encoder->read_config();
  if (!config) return config.error();
  return std::unique_ptr<Encoder>(std::move(encoder));
}

}  // namespace worker
