#include "worker/source/input_plan.h"

#include "worker/display/cookie.h"
#include "worker/display/x_connection.h"
#include "worker/receive/address.h"
#include "worker/receive/received_source.h"
#include "worker/source/av_source.h"
#include "worker/source/monitor_watch.h"
#include "worker/source/pattern_source.h"
#include "worker/source/x11_source.h"

namespace worker {
namespace {

using Opened = common::Result<std::unique_ptr<Source>>;

// What all openings of one x11 input share; belongs to the input's thread.
struct X11Input {
  common::InputSettings settings;
  MonitorMemory memory;
  CookieStamp cookie;  // as it was before the last opening
};

InputPlan plan_x11(const common::InputSettings& settings, const CanvasSize& canvas,
                   std::chrono::milliseconds retry) {
  InputPlan plan;
  plan.name = display_name(settings.display);
  plan.hang_error = "display_lost: the X server of " + plan.name + " does not answer";
  auto input = std::make_shared<X11Input>(X11Input{settings, {}, {}});
  plan.retry_after = retry;
  plan.cause_changed = [input] { return stamp_of_cookie(input->settings.xauthority) != input->cookie; };
  plan.open = [input, canvas](std::vector<common::Message>& messages) -> Opened {
    input->cookie = stamp_of_cookie(input->settings.xauthority);
    auto source = input->settings.capture == "x11grab"
                      ? open_x11grab_source(input->settings, canvas, input->memory)
                      : open_x11_source(input->settings, canvas, input->memory);
    messages = std::exchange(input->memory.messages, {});
    return source;
  };
  return plan;
}

// url, file, device.
InputPlan plan_received(const common::InputSettings& settings, const PlanContext& context) {
  constexpr std::chrono::seconds retry{1};
  InputPlan plan;
  plan.name = shown_address(settings);
  plan.hang_error = "input: " + plan.name + " does not answer";
  plan.retry_after = retry;
  plan.open = [settings, canvas = context.canvas, leftovers = context.leftovers](auto&) -> Opened {
    return open_received_source(settings, canvas, leftovers);
  };
  return plan;
}

}  // namespace

InputPlan plan_input(const common::InputSettings& settings, const PlanContext& context) {
  if (settings.type == "x11") return plan_x11(settings, context.canvas, context.display_retry);
  if (settings.type != "pattern") return plan_received(settings, context);
  InputPlan plan;
  plan.name = settings.type;
  plan.hang_error = "input: " + settings.type + " does not answer";
  plan.open = [canvas = context.canvas](std::vector<common::Message>&) -> Opened {
    return make_pattern_source(canvas);
  };
  return plan;
}

}  // namespace worker
