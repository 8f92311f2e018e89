#include "worker/roles/probe.h"

#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "common/exit_reason.h"
#include "worker/display/monitors.h"
#include "worker/encode/encoder_chain.h"
#include "worker/source/input_set.h"

namespace worker {
namespace {

using nlohmann::json;
using Options = std::map<std::string, std::string>;

constexpr int trial_width = 640;
constexpr int trial_height = 360;

int answer(const json& text, common::ExitReason code) {
  std::puts(text.dump(2, ' ', false, json::error_handler_t::replace).c_str());
  return static_cast<int>(code);
}

int usage(const std::string& wrong) {
  return answer(
      {{"error", wrong + "; usage: probe monitors [--display :N] [--xauthority FILE] [--monitor X] | "
                         "probe encoders"}},
      common::ExitReason::Usage);
}

json to_json(const common::Monitor& monitor) {
  return {{"name", monitor.name},
          {"edid", monitor.edid},
          {"x", monitor.x},
          {"y", monitor.y},
          {"width", monitor.width},
          {"height", monitor.height},
          {"primary", monitor.primary},
          {"captured", monitor.captured}};
}

int probe_monitors(Options options) {
  auto monitors = list_monitors(options["--display"], options["--xauthority"]);
  if (!monitors) return answer({{"error", monitors.error().reason}}, common::ExitReason::Input);
  json text;
  if (!options["--monitor"].empty()) {
    const auto chosen = choose_monitor(*monitors, options["--monitor"]);
    if (!chosen) text["error"] = chosen.error().reason;
    for (auto& monitor : *monitors)
      monitor.captured = chosen && (chosen->name == monitor.name || chosen->name == "all");
  }
  text["monitors"] = json::array();
  for (const auto& monitor : *monitors) text["monitors"].push_back(to_json(monitor));
  return answer(text, text.contains("error") ? common::ExitReason::Input : common::ExitReason::Ok);
}

int probe_encoders() {
  std::puts(list_encoders_json(*make_slate(trial_width, trial_height, {"Trial"})).c_str());
  return static_cast<int>(common::ExitReason::Ok);
}

}  // namespace

int run_probe(std::span<const std::string> args) {
  if (args.empty()) return usage("what to probe is missing");
  if (args[0] != "monitors" && args[0] != "encoders") return usage("\"" + args[0] + "\" cannot be probed");
  Options options;
  for (std::size_t i = 1; i < args.size(); i += 2) {
    const bool known = args[i] == "--display" || args[i] == "--xauthority" || args[i] == "--monitor";
    if (!known || args[0] != "monitors") return usage("unknown option \"" + args[i] + "\"");
    if (i + 1 == args.size()) return usage("the value of " + args[i] + " is missing");
    options[args[i]] = args[i + 1];
  }
  return args[0] == "monitors" ? probe_monitors(options) : probe_encoders();
}

}  // namespace worker
