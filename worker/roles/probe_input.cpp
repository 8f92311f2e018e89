#include "worker/roles/probe_input.h"

#include <memory>

#include "common/time_grid.h"
#include "worker/display/monitors.h"
#include "worker/receive/demuxer.h"
#include "worker/receive/frame_decoder.h"
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

// Until a picture comes out of the decoder: packets alone prove nothing.
Result<void> decode_picture(Demuxer& demuxer, const std::string& where, common::MonoTime until) {
  auto decoder = FrameDecoder::open(*demuxer.video().codecpar);
  if (!decoder) return common::error(where + ": " + decoder.error().reason);
  for (;;) {
    if ((*decoder)->receive()) return {};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
    if (left.count() <= 0) return common::error(where + ": no picture of it could be decoded in time");
    auto packet = demuxer.read(left);
    if (!packet) return packet.error();
    (*decoder)->send(packet->get());
    if (*packet) continue;
    if ((*decoder)->receive()) return {};
    return common::error(where + ": it ended, and no picture of it could be decoded");
  }
}

Result<InputTrial> try_libav(const InputSettings& input, std::chrono::milliseconds limit) {
  const common::MonoTime until = steady_clock::now() + limit;
  auto address = address_of(input);
  if (!address) return address.error();
  address->open_time = limit;
  auto opened = Demuxer::open(*address, std::make_shared<CallLimit>());
  if (!opened) return opened.error();
  Demuxer& demuxer = **opened;
  const AVCodecParameters& video = *demuxer.video().codecpar;
  const auto decoded = decode_picture(demuxer, "input: " + address->shown, until);
  if (!decoded) return decoded.error();
  return InputTrial{.width = video.width,
                    .height = video.height,
                    .fps = demuxer.fps(),
                    .codec = avcodec_get_name(video.codec_id),
                    .monitor = {}};
}

}  // namespace

Result<InputTrial> try_input(const InputSettings& input, std::chrono::milliseconds limit) {
  if (input.type == "x11") return try_x11(input);
  if (input.type == "pattern" || input.type == "slate") return try_own(input);
  return try_libav(input, limit);
}

}  // namespace worker
