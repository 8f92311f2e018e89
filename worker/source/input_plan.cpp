#include "worker/source/input_plan.h"

#include "worker/display/cookie.h"
#include "worker/display/x_connection.h"
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

}  // namespace

InputPlan plan_input(const common::InputSettings& settings, const CanvasSize& canvas,
                     std::chrono::milliseconds display_retry) {
  if (settings.type == "x11") return plan_x11(settings, canvas, display_retry);
  InputPlan plan;
  plan.name = settings.type;
  plan.hang_error = "input: " + settings.type + " does not answer";
  if (settings.type == "slate") {
    plan.slate = true;
    plan.text = settings.text;
  } else if (settings.type == "pattern") {
    plan.open = [canvas](std::vector<common::Message>&) -> Opened { return make_pattern_source(canvas); };
  } else {
    plan.open = [type = settings.type](std::vector<common::Message>&) -> Opened {
      return common::error("input: the type \"" + type +
                           "\" is not supported yet; use x11, pattern or slate");
    };
  }
  return plan;
}

}  // namespace worker
