#include "worker/roles/probe_input.h"

#include <memory>

#include "common/time_grid.h"
#include "worker/display/monitors.h"
#include "worker/receive/content_watch.h"
#include "worker/receive/demuxer.h"
#include "worker/receive/frame_decoder.h"
#include "worker/receive/frame_painter.h"
#include "worker/source/input_plan.h"

namespace worker {
namespace {

using common::InputSettings;
using common::Result;
using std::chrono::steady_clock;

constexpr int trial_width = 640;
constexpr int trial_height = 360;

// One picture by the way the stream takes it.
Result<void> take_picture(const InputSettings& input, const CanvasSize& canvas) {
  const InputPlan plan = plan_input(input, {.canvas = canvas, .leftovers = nullptr});
  std::vector<common::Message> unused;
  auto source = plan.open(unused);
  if (!source) return source.error();
  const auto picture = (*source)->capture(0);
  if (!picture) return picture.error();
  return {};
}

Result<InputTrial> try_x11(const InputSettings& input) {
  InputTrial trial{.codec = "rawvideo", .monitor = "region"};
  const auto monitors = list_monitors(input.display, input.xauthority);
  if (!monitors) return monitors.error();
  if (input.region) {
    trial.width = input.region->width;
    trial.height = input.region->height;
  } else {
    const auto chosen = choose_monitor(*monitors, input.monitor);
    if (!chosen) return chosen.error();
    trial.width = chosen->width;
    trial.height = chosen->height;
    trial.monitor = chosen->name;
  }
  const auto taken = take_picture(input, {trial_width, trial_height});
  if (!taken) return taken.error();
  return trial;
}

Result<InputTrial> try_own(const InputSettings& input) {
  InputTrial trial{.width = trial_width, .height = trial_height, .codec = "rawvideo", .monitor = {}};
  if (input.type == "slate") return trial;
  const auto taken = take_picture(input, {trial_width, trial_height});
  if (!taken) return taken.error();
  return trial;
}

// What the pictures of an input must show to prove that it works.
class Proof {
 public:
  explicit Proof(std::optional<common::ContentFault> disprove) : disprove_(disprove) {}

  // true: it is proved.
  bool accepts(const DecodedFrame& frame) {
    any_ = true;
    broken_ = broken_ || frame.broken;
    if (!disprove_) return true;
    const auto picture = painter_.paint(*frame.frame, {});
    if (!picture) return false;
    const Picture& shown = **picture;
    watch_.look({shown.plane(0), shown.stride(0), shown.width(), shown.height()}, frame.broken,
                steady_clock::now());
    return watch_.disproves(*disprove_);
  }
  // There are no more: what is short is proved by the whole of it.
  bool accepts_end() const { return any_ && disprove_ == common::ContentFault::Corrupt && !broken_; }
  std::string what_is_missing() const {
    if (!any_) return "no picture of it could be decoded";
    switch (*disprove_) {
      case common::ContentFault::Frozen:
        return "its picture does not change";
      case common::ContentFault::Black:
        return "its pictures are black";
      case common::ContentFault::Corrupt:
        break;
    }
    return "its pictures are broken still";
  }

 private:
  const std::optional<common::ContentFault> disprove_;
  FramePainter painter_{trial_width, trial_height};
  ContentWatch watch_;
  bool any_ = false;
  bool broken_ = false;
};

// Until pictures come out of the decoder that prove it: packets alone prove nothing.
Result<void> decode_pictures(Demuxer& demuxer, const std::string& where, common::MonoTime until,
                             Proof proof) {
  auto decoder = FrameDecoder::open(*demuxer.video().codecpar);
  if (!decoder) return common::error(where + ": " + decoder.error().reason);
  for (bool ended = false;;) {
    while (const auto frame = (*decoder)->receive())
      if (proof.accepts(*frame)) return {};
    if (ended && proof.accepts_end()) return {};
    if (ended) return common::error(where + ": it ended, and " + proof.what_is_missing());
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
    if (left.count() <= 0) return common::error(where + ": " + proof.what_is_missing() + " in time");
    auto packet = demuxer.read(left);
    if (!packet) return packet.error();
    (*decoder)->send(packet->get());
    ended = !*packet;
  }
}

Result<InputTrial> try_libav(const InputSettings& input, std::chrono::milliseconds limit,
                             std::optional<common::ContentFault> disprove) {
  const common::MonoTime until = steady_clock::now() + limit;
  auto address = address_of(input);
  if (!address) return address.error();
  address->open_time = limit;
  auto opened = Demuxer::open(*address, std::make_shared<CallLimit>());
  if (!opened) return opened.error();
  Demuxer& demuxer = **opened;
  const AVCodecParameters& video = *demuxer.video().codecpar;
  const auto decoded = decode_pictures(demuxer, "input: " + address->shown, until, Proof(disprove));
  if (!decoded) return decoded.error();
  return InputTrial{.width = video.width,
                    .height = video.height,
                    .fps = demuxer.fps(),
                    .codec = avcodec_get_name(video.codec_id),
                    .monitor = {}};
}

}  // namespace

Result<InputTrial> try_input(const InputSettings& input, std::chrono::milliseconds limit,
                             std::optional<common::ContentFault> disprove) {
  if (input.type == "x11") return try_x11(input);
  if (input.type == "pattern" || input.type == "slate") return try_own(input);
  return try_libav(input, limit, disprove);
}

}  // namespace worker
