#include "worker/encode/x264_encoder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "worker/encode/h264_bits.h"
#include "worker/encode/macroblocks.h"
#include "worker/encode/rate_control.h"

extern "C" {
#include <x264.h>
}

namespace worker {
namespace {

static_assert(Macroblocks::constant_block == X264_MBINFO_CONSTANT);

// With a constant quantizer x264 takes none further from it than its factors for other types of pictures are:
// 20 with the greatest ones. It reaches the parameter sets.
constexpr int constant_quantizer = 40;
constexpr float factor_max = 10;
constexpr int quantizer_distance = 20;
static_assert(RateControl::finest >= constant_quantizer - quantizer_distance);
static_assert(RateControl::coarsest <= constant_quantizer + quantizer_distance);

// Share of the detail up to which a change is small.
constexpr double small_change = 0.05;

struct CloseX264 {
  void operator()(x264_t* encoder) const { x264_encoder_close(encoder); }
};
using X264Pointer = std::unique_ptr<x264_t, CloseX264>;

// x264 says why in a log line and returns -1.
void keep_line(void* into, int, const char* format, va_list arguments) {
  std::array<char, 256> line{};
  std::vsnprintf(line.data(), line.size(), format, arguments);
  auto& text = *static_cast<std::string*>(into);
  text = line.data();
  while (!text.empty() && text.back() == '\n') text.pop_back();
}

void set_format(x264_param_t& param, const EncoderSettings& settings) {
  param.i_width = settings.width;
  param.i_height = settings.height;
  param.i_csp = X264_CSP_I420;
  param.i_level_idc = h264_level(settings);
  param.i_fps_num = param.i_timebase_den = static_cast<std::uint32_t>(settings.fps);
  param.i_fps_den = param.i_timebase_num = 1;
  // With a variable rate x264 waits for the next picture to know the duration of this one.
  param.b_vfr_input = 0;
  param.vui.i_sar_width = param.vui.i_sar_height = 1;
  param.vui.b_fullrange = picture_range == AVCOL_RANGE_JPEG ? 1 : 0;
  param.vui.i_colorprim = picture_primaries;  // the numbers of libavutil are those of the standard
  param.vui.i_transfer = picture_transfer;
  param.vui.i_colmatrix = picture_matrix;
  param.vui.i_chroma_loc = 0;  // left
  param.b_annexb = 0;
  param.b_repeat_headers = 0;
}

// What differs between the presets and would reach SPS or PPS, and what would place key frames without being
// asked.
void pin(x264_param_t& param) {
  param.i_threads = 1;  // more than one adds a picture of delay each
  param.b_sliced_threads = 0;
  param.i_slice_count = 1;
  param.i_frame_reference = 1;
  param.i_dpb_size = 1;
  param.b_cabac = 1;
  param.b_interlaced = 0;
  param.b_constrained_intra = 0;
  param.i_bframe = 0;
  param.i_bframe_pyramid = X264_B_PYRAMID_NONE;
  param.analyse.b_transform_8x8 = 1;
  param.analyse.i_weighted_pred = X264_WEIGHTP_NONE;
  param.analyse.b_weighted_bipred = 0;
  param.analyse.i_chroma_qp_offset = 0;
  param.i_keyint_max = X264_KEYINT_MAX_INFINITE;
  param.i_scenecut_threshold = 0;
  param.b_intra_refresh = 0;
  param.b_open_gop = 0;
  param.i_sync_lookahead = 0;
  param.rc.i_lookahead = 0;
  param.rc.b_mb_tree = 0;
  param.i_nal_hrd = X264_NAL_HRD_NONE;
  param.b_aud = 0;
  param.i_sps_id = 0;
  param.b_stitchable = 0;
}

// The rate control is ours. That of x264 would search each picture in half size; what it finds there helps
// the search proper, which has to look further without it.
void set_rate(x264_param_t& param) {
  if (param.analyse.i_me_method == X264_ME_HEX) param.analyse.i_me_method = X264_ME_UMH;
  param.rc.i_rc_method = X264_RC_CQP;
  param.rc.i_qp_constant = constant_quantizer;
  param.rc.f_ip_factor = param.rc.f_pb_factor = factor_max;
  param.analyse.b_mb_info = 1;
}

x264_picture_t picture_of(const Picture& source) {
  x264_picture_t picture;
  x264_picture_init(&picture);
  picture.img.i_csp = X264_CSP_I420;
  picture.img.i_plane = 3;
  for (int plane = 0; plane < 3; ++plane) {
    picture.img.plane[plane] = const_cast<std::uint8_t*>(source.plane(plane));  // x264 copies from it
    picture.img.i_stride[plane] = source.stride(plane);
  }
  return picture;
}

class X264Encoder final : public Encoder {
 public:
  explicit X264Encoder(const EncoderSettings& settings)
      : width_(settings.width),
        height_(settings.height),
        macroblocks_(settings.width, settings.height),
        rate_(settings.bitrate_kbps, settings.fps, settings.key_distance) {}

  common::Result<void> open(const EncoderSettings& settings);
  common::Result<AccessUnit> encode(const Picture& picture, common::Slot slot, bool force_key) override;
  bool refines(common::Slot slot) override;
  void leave_nothing_out() override { leaves_out_ = false; }
  void go_on_from(const Encoder& former) override;
  const std::string& name() const override { return name_; }
  std::span<const std::uint8_t> config() const override { return config_; }

 private:
  common::Error failure(const char* what) const;
  common::Result<void> read_config();
  void search(bool wide);

  const std::string name_ = "libx264";
  const int width_, height_;
  std::string said_;  // by x264, last
  X264Pointer x264_;
  x264_param_t wide_{};  // as opened
  bool searches_wide_ = true;
  Bytes config_;
  Macroblocks macroblocks_;
  RateControl rate_;
  std::uint64_t serial_ = 0;  // of the picture last seen
  DirtyArea uncoded_;         // changes up to it, since the one last coded
  std::int64_t pictures_ = 0;
  bool coarse_ = false;  // some of what stands
  bool leaves_out_ = true;
};

common::Error X264Encoder::failure(const char* what) const {
  return common::Error(name_ + ": " + what + (said_.empty() ? "" : ": " + said_),
                       errno == ENOMEM ? ENOMEM : 0);
}

common::Result<void> X264Encoder::open(const EncoderSettings& settings) {
  x264_param_t param;
  if (x264_param_default_preset(&param, settings.preset.c_str(), "zerolatency") < 0)
    return common::error(name_ + ": there is no preset \"" + settings.preset + '"');
  set_format(param, settings);
  pin(param);
  set_rate(param);
  param.pf_log = keep_line;
  param.p_log_private = &said_;
  param.i_log_level = X264_LOG_ERROR;
  x264_param_apply_profile(&param, "high");
  errno = 0;
  x264_.reset(x264_encoder_open(&param));
  if (!x264_) return failure("not opened");
  x264_encoder_parameters(x264_.get(), &wide_);
  return read_config();
}

common::Result<void> X264Encoder::read_config() {
  x264_nal_t* nals = nullptr;
  int count = 0;
  if (x264_encoder_headers(x264_.get(), &nals, &count) < 0) return failure("no parameter sets");
  Bytes all;
  for (const x264_nal_t& nal : std::span(nals, static_cast<std::size_t>(count)))
    all.insert(all.end(), nal.p_payload, nal.p_payload + nal.i_payload);
  auto config = make_avc_config(split_prefixed(all));
  if (!config) return config.error();
  config_ = std::move(*config);
  return {};
}

// What is typed was nowhere before, and what is refined has not moved: there is no movement to look for.
// Saves a third of such a picture, half where it is refined.
void X264Encoder::search(bool wide) {
  if (std::exchange(searches_wide_, wide) == wide) return;
  x264_param_t param = wide_;
  if (!wide) {
    param.analyse.inter = 0;
    param.analyse.intra = X264_ANALYSE_I8x8;
    param.analyse.i_me_method = X264_ME_DIA;
    param.analyse.i_subpel_refine = std::min(param.analyse.i_subpel_refine, 1);
  }
  x264_encoder_reconfig(x264_.get(), &param);
}

common::Result<AccessUnit> X264Encoder::encode(const Picture& picture, common::Slot slot, bool force_key) {
  if (picture.width() != width_ || picture.height() != height_)
    return common::error("picture is not of the encoder's size");
  uncoded_.add(picture.changes_since(serial_));
  serial_ = picture.serial();
  const Detail detail = macroblocks_.look_at(picture, uncoded_);
  const auto quantizer = rate_.quantizer({slot, force_key, detail, leaves_out_});
  if (!quantizer) return AccessUnit{{}, false, true};
  search(force_key || detail.changed > small_change * detail.whole());
  x264_picture_t input = picture_of(picture);
  input.i_pts = pictures_++;
  input.i_type = force_key ? X264_TYPE_IDR : X264_TYPE_P;
  input.i_qpplus1 = *quantizer + 1;
  input.prop.mb_info = macroblocks_.map().data();
  x264_picture_t coded;
  x264_nal_t* nals = nullptr;
  int count = 0;
  errno = 0;
  const int size = x264_encoder_encode(x264_.get(), &nals, &count, &input, &coded);
  if (size < 0) return failure("a picture was refused");
  AccessUnit access_unit;
  access_unit.bytes.reserve(static_cast<std::size_t>(size));
  for (const x264_nal_t& nal : std::span(nals, static_cast<std::size_t>(count))) {
    if (nal.i_type != NAL_SLICE && nal.i_type != NAL_SLICE_IDR) continue;
    access_unit.key |= nal.i_type == NAL_SLICE_IDR;
    access_unit.bytes.insert(access_unit.bytes.end(), nal.p_payload, nal.p_payload + nal.i_payload);
  }
  if (access_unit.bytes.empty()) return failure("held a picture back");
  if (access_unit.key != force_key) return failure("a key frame came unasked, or did not come when asked");
  rate_.coded(access_unit.bytes.size());
  macroblocks_.coded(*quantizer, force_key);
  uncoded_.clear();
  coarse_ = *quantizer > RateControl::good;
  return access_unit;
}

bool X264Encoder::refines(common::Slot slot) {
  return coarse_ && rate_.refines(slot, macroblocks_.standing());
}

void X264Encoder::go_on_from(const Encoder& former) {
  if (const auto* x264 = dynamic_cast<const X264Encoder*>(&former)) rate_ = x264->rate_;
}

}  // namespace

common::Result<std::unique_ptr<Encoder>> open_x264_encoder(const EncoderSettings& settings) {
  auto encoder = std::make_unique<X264Encoder>(settings);
  const auto opened = encoder->open(settings);
  if (!opened) return opened.error();
  return std::unique_ptr<Encoder>(std::move(encoder));
}

}  // namespace worker
