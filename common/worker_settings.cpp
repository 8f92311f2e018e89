#include "common/worker_settings.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "common/printable.h"

namespace common {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Region, x, y, width, height)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(VideoSettings, width, height, fps, bitrate, keyframe_interval, encoder,
                                   preset)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TimeGrid, fps, part_pictures, segment_pictures, key_pictures, origin_ns)

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ChosenMonitor, name, edid)

static void to_json(nlohmann::json& json, const InputSettings& input) {
  json = {{"type", input.type},
          {"display", input.display},
          {"monitor", input.monitor},
          {"cursor", input.cursor},
          {"capture", input.capture},
          {"xauthority", input.xauthority},
          {"locked", input.locked},
          {"asleep", input.asleep},
          {"url", input.url},
          {"path", input.path},
          {"loop", input.loop},
          {"format", input.format},
          {"device", input.device},
          {"options", input.options},
          {"timeout", input.timeout},
          {"frozen_after", input.frozen_after},
          {"black_after", input.black_after},
          {"corrupt_after", input.corrupt_after},
          {"exclusive", input.exclusive},
          {"text", input.text},
          {"image", input.image},
          {"background", input.background}};
  if (input.region) json["region"] = *input.region;
  if (input.chosen_monitor) json["chosen_monitor"] = *input.chosen_monitor;
}

static void from_json(const nlohmann::json& json, InputSettings& input) {
  json.at("type").get_to(input.type);
  json.at("display").get_to(input.display);
  json.at("monitor").get_to(input.monitor);
  json.at("cursor").get_to(input.cursor);
  json.at("capture").get_to(input.capture);
  json.at("xauthority").get_to(input.xauthority);
  json.at("locked").get_to(input.locked);
  json.at("asleep").get_to(input.asleep);
  json.at("url").get_to(input.url);
  json.at("path").get_to(input.path);
  json.at("loop").get_to(input.loop);
  json.at("format").get_to(input.format);
  json.at("device").get_to(input.device);
  json.at("options").get_to(input.options);
  json.at("timeout").get_to(input.timeout);
  json.at("frozen_after").get_to(input.frozen_after);
  json.at("black_after").get_to(input.black_after);
  json.at("corrupt_after").get_to(input.corrupt_after);
  json.at("exclusive").get_to(input.exclusive);
  json.at("text").get_to(input.text);
  json.at("image").get_to(input.image);
  json.at("background").get_to(input.background);
  if (json.contains("region")) input.region = json["region"].get<Region>();
  if (json.contains("chosen_monitor")) input.chosen_monitor = json["chosen_monitor"].get<ChosenMonitor>();
}

ContentTimes content_limits(const InputSettings& input) {
  const auto time = [](double seconds) {
    return std::chrono::milliseconds(std::llround(std::max(0.0, seconds) * 1000));
  };
  ContentTimes limits;
  limits[ContentFault::Frozen] = time(input.frozen_after);
  limits[ContentFault::Black] = time(input.black_after);
  limits[ContentFault::Corrupt] = time(input.corrupt_after);
  return limits;
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(WorkerSettings, stream, inputs, revision, selected, open, standby,
                                   stuck_max, video, grid, software_encoder, reduced, paused,
                                   display_retry_ms, sandbox, network)

bool needs_network(const std::vector<InputSettings>& inputs, std::string_view environment_display) {
  const auto remote = [](std::string_view display) {
    const std::string_view host = display.substr(0, display.find(':'));
    return !host.empty() && host != "unix" && !host.starts_with('/');
  };
  return std::any_of(inputs.begin(), inputs.end(), [&](const InputSettings& input) {
    if (input.type != "x11") return input.type == "url";
    return remote(input.display.empty() ? environment_display : std::string_view(input.display));
  });
}

std::string format_worker_settings(const WorkerSettings& settings) {
  return nlohmann::json(settings).dump();
}

Result<WorkerSettings> parse_worker_settings(const std::string& text) {
  try {
    return nlohmann::json::parse(text).get<WorkerSettings>();
  } catch (const nlohmann::json::exception& failure) {
    return error(std::string("worker settings: ") + failure.what());
  }
}

std::string format_input_settings(const InputSettings& input) {
  const nlohmann::json defaults = InputSettings{};
  nlohmann::json given = nlohmann::json::object();
  const nlohmann::json whole = input;
  for (const auto& [key, value] : whole.items())
    if (!defaults.contains(key) || defaults[key] != value) given[key] = value;
  given["type"] = input.type;
  given["exclusive"] = input.exclusive;  // its default is the type's
  return given.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<InputSettings> parse_input_settings(const std::string& text) {
  try {
    const auto given = nlohmann::json::parse(text);
    if (!given.is_object()) return error(R"(an input is an object, for example {"type": "x11"})");
    nlohmann::json whole = InputSettings{};
    whole["exclusive"] = given.value("type", nlohmann::json()) == "device";
    for (const auto& [key, value] : given.items()) {
      if (key == "monitor" && value.is_object()) {
        whole["region"] = value;
      } else if (key == "monitor" && value.is_number_unsigned()) {
        whole["monitor"] = value.dump();
      } else if (whole.contains(key) || key == "region" || key == "chosen_monitor") {
        whole[key] = value;
      } else {
        return error("an input has no key \"" + printable(key, 64) + "\"");
      }
    }
    return whole.get<InputSettings>();
  } catch (const nlohmann::json::exception& failure) {
    return error(std::string("an input: ") + printable(failure.what(), 256));
  }
}

}  // namespace common
