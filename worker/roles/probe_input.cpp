#include "worker/roles/probe_input.h"

#include <memory>

#include "common/time_grid.h"
#include "worker/av/av_devices.h"
#include "worker/av/av_owners.h"
#include "worker/display/monitors.h"
#include "worker/source/input_plan.h"

namespace worker {
namespace {

using common::InputSettings;
using common::Result;
using std::chrono::steady_clock;

constexpr int trial_width = 640;
constexpr int trial_height = 360;
constexpr std::chrono::milliseconds retry_unused{1000};

struct CloseInput {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};
using InputPtr = std::unique_ptr<AVFormatContext, CloseInput>;

int is_late(void* deadline) {
  return steady_clock::now() > *static_cast<common::MonoTime*>(deadline) ? 1 : 0;
}

// One picture by the way the stream takes it.
Result<void> take_picture(const InputSettings& input, const CanvasSize& canvas) {
  const InputPlan plan = plan_input(input, canvas, retry_unused);
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

Result<std::string> address_of(const InputSettings& input) {
  const std::string& address =
      input.type == "url" ? input.url : (input.type == "file" ? input.path : input.device);
  if (!address.empty()) return address;
  const char* key = input.type == "url" ? "url" : (input.type == "file" ? "path" : "device");
  return common::error("input: \"" + std::string(key) + "\" is missing");
}

// Without the user and password that an address may carry.
std::string shown(const std::string& address) {
  const std::size_t begin = address.find("://");
  const std::size_t at = address.find('@', begin == std::string::npos ? 0 : begin);
  if (begin == std::string::npos || at == std::string::npos || at > address.find('/', begin + 3))
    return address;
  return address.substr(0, begin + 3) + address.substr(at + 1);
}

Result<const AVInputFormat*> format_of(const InputSettings& input) {
  if (input.type != "device") return nullptr;
  if (const auto devices = load_devices(); !devices) return common::error("input: " + devices.error().reason);
  const AVInputFormat* format = av_find_input_format(input.format.c_str());
  if (format == nullptr)
    return common::error("input: libavdevice knows no format \"" + input.format + "\"; for example v4l2");
  return format;
}

Result<InputTrial> describe_video(AVFormatContext& context) {
  const AVCodec* decoder = nullptr;
  const int index = av_find_best_stream(&context, AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0);
  if (index == AVERROR_STREAM_NOT_FOUND) return common::error("input: there is no video in it");
  if (index == AVERROR_DECODER_NOT_FOUND || decoder == nullptr)
    return common::error("input: its video is of a kind that libavcodec cannot decode");
  if (index < 0) return av_error("input", index);
  const AVStream& stream = *context.streams[index];
  if (stream.codecpar->width <= 0 || stream.codecpar->height <= 0)
    return common::error("input: its pictures have no size");
  const AVRational rate = stream.avg_frame_rate.num > 0 ? stream.avg_frame_rate : stream.r_frame_rate;
  return InputTrial{.width = stream.codecpar->width,
                    .height = stream.codecpar->height,
                    .fps = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0,
                    .codec = avcodec_get_name(stream.codecpar->codec_id),
                    .monitor = {}};
}

Result<InputTrial> try_libav(const InputSettings& input, std::chrono::milliseconds limit) {
  const auto address = address_of(input);
  if (!address) return address.error();
  const auto format = format_of(input);
  if (!format) return format.error();
  common::MonoTime deadline = steady_clock::now() + limit;
  AVFormatContext* context = avformat_alloc_context();
  if (context == nullptr) return common::error("input: out of memory");
  context->interrupt_callback = {is_late, &deadline};
  const auto refused = [&](int code) -> common::Error {
    if (is_late(&deadline) != 0)
      return common::error("input: " + shown(*address) + " did not answer within " +
                           std::to_string(limit.count()) + " ms");
    return av_error("input: " + shown(*address), code);
  };
  if (const int code = avformat_open_input(&context, address->c_str(), *format, nullptr); code < 0)
    return refused(code);
  const InputPtr owner(context);
  if (const int code = avformat_find_stream_info(context, nullptr); code < 0) return refused(code);
  const PacketPtr packet(av_packet_alloc());
  if (const int code = av_read_frame(context, packet.get()); code < 0) return refused(code);
  return describe_video(*context);
}

}  // namespace

Result<InputTrial> try_input(const InputSettings& input, std::chrono::milliseconds limit) {
  if (input.type == "x11") return try_x11(input);
  if (input.type == "pattern" || input.type == "slate") return try_own(input);
  if (input.type == "url" || input.type == "file" || input.type == "device") return try_libav(input, limit);
  return common::error("input: there is no type \"" + input.type +
                       "\"; one of x11, pattern, slate, url, file, device");
}

}  // namespace worker
