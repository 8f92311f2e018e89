#include "common/protocol.h"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "common/monitor_json.h"
#include "common/printable.h"

namespace common {
namespace {

using nlohmann::json;

// One text field; tried in turn until the line fits, because the escapes of JSON can multiply a text.
constexpr std::size_t text_bytes_max[] = {1500, 300, 30};
constexpr std::size_t monitors_max = 16;
constexpr int depth_max = 4;
constexpr int priority_max = 255;
constexpr int pixel_max = 1 << 20;
constexpr std::int64_t extend_ms_max = 3'600'000;
constexpr int inputs_max = priority_max + 1;
constexpr std::array<std::string_view, 5> input_states = {"closed", "opening", "giving", "failed", "hung"};
constexpr std::int64_t content_ms_max = 1'000'000'000'000;  // its nanoseconds fit
constexpr std::int64_t number_max = std::numeric_limits<std::int64_t>::max();

json object(const char* type) {
  return json{{"type", type}};
}

json to_object(const Hello& m, std::size_t) {
  json o = object("hello");
  o["version"] = m.version;
  return o;
}
json to_object(const Ready&, std::size_t) {
  return object("ready");
}
json to_object(const Heartbeat& m, std::size_t limit) {
  return {{"type", "heartbeat"},
          {"frames_captured", m.frames_captured},
          {"frames_encoded", m.frames_encoded},
          {"frames_dropped", m.frames_dropped},
          {"parts", m.parts},
          {"last_pts", m.last_pts},
          {"last_frame_age_ms", m.last_frame_age_ms},
          {"damage_events", m.damage_events},
          {"input", m.input},
          {"revision", m.revision},
          {"encoder", printable(m.encoder, limit)},
          {"fps", m.fps},
          {"bitrate_kbps", m.bitrate_kbps},
          {"rss_kb", m.rss_kb},
          {"black", m.black},
          {"display_asleep", m.display_asleep},
          {"display_locked", m.display_locked},
          {"capture_mode", printable(m.capture_mode, limit)}};
}
json to_object(const InputReport& m, std::size_t limit) {
  return {{"type", "input"},
          {"revision", m.revision},
          {"priority", m.priority},
          {"state", input_state_name(m.state)},
          {"error", printable(m.error, limit)},
          {"stuck", m.stuck}};
}
json to_object(const InputFigures& m, std::size_t) {
  return {{"type", "figures"},
          {"revision", m.revision},
          {"priority", m.priority},
          {"fps", m.fps},
          {"bitrate_kbps", m.bitrate_kbps},
          {"packet_loss", m.packet_loss},
          {"last_picture_age_ms", m.last_picture_age_ms},
          {"last_sign_age_ms", m.last_sign_age_ms},
          {"frozen_ms", m.content[ContentFault::Frozen].count()},
          {"black_ms", m.content[ContentFault::Black].count()},
          {"corrupt_ms", m.content[ContentFault::Corrupt].count()}};
}
json to_object(const Monitors& m, std::size_t limit) {
  json list = json::array();
  for (const Monitor& monitor : m.monitors) {
    if (list.size() == monitors_max) break;
    Monitor bounded = monitor;
    bounded.name = printable(monitor.name, std::min<std::size_t>(limit, 32));
    bounded.edid = printable(monitor.edid, std::min<std::size_t>(limit, 64));
    list.push_back(json(monitor_json(bounded)));
  }
  return {{"type", "monitors"}, {"monitors", std::move(list)}, {"priority", m.priority}};
}
json to_object(const LogLine& m, std::size_t limit) {
  return {{"type", "log"}, {"level", m.level}, {"text", printable(m.text, limit)}};
}
json to_object(const EncoderReport& m, std::size_t limit) {
  return {{"type", "encoder"},
          {"encoder", printable(m.encoder, limit)},
          {"fallback_reason", printable(m.fallback_reason, limit)},
          {"degraded", m.degraded}};
}
json to_object(const Extend& m, std::size_t limit) {
  return {{"type", "extend"}, {"by_ms", m.by_ms}, {"why", printable(m.why, limit)}};
}
json to_object(const Trouble& m, std::size_t limit) {
  return {{"type", "trouble"}, {"reason", m.reason}, {"text", printable(m.text, limit)}};
}
json to_object(const Bye& m, std::size_t limit) {
  return {{"type", "bye"}, {"reason", m.reason}, {"text", printable(m.text, limit)}};
}

// Bounded before it is built: depth by the callback, size by the line limit of the reader.
json parse_bounded(std::string_view line) {
  return json::parse(line, [](int depth, json::parse_event_t, json&) {
    if (depth > depth_max) throw std::invalid_argument("nested too deeply");
    return true;
  });
}

Message message_of(const std::string& type, const json& o);

// Numbers are checked before they are converted: nlohmann would turn -1 into 2^64-1 and 1e300 into anything.
std::uint64_t counter_of(const json& o, const char* key) {
  const json& value = o.at(key);
  if (!value.is_number_unsigned()) throw std::invalid_argument(std::string(key) + " is no counter");
  return value.get<std::uint64_t>();
}

std::int64_t integer_of(const json& o, const char* key, std::int64_t least, std::int64_t most) {
  const json& value = o.at(key);
  const bool fits = value.is_number_unsigned()
                        ? value.get<std::uint64_t>() <= static_cast<std::uint64_t>(most)
                        : value.is_number_integer() && value.get<std::int64_t>() <= most;
  if (!fits || value.get<std::int64_t>() < least)
    throw std::invalid_argument(std::string(key) + " is out of range");
  return value.get<std::int64_t>();
}

int small_of(const json& o, const char* key, int least, int most) {
  return static_cast<int>(integer_of(o, key, least, most));
}

double figure_of(const json& o, const char* key, double figure_max = 1e9) {
  const json& value = o.at(key);
  if (!value.is_number()) throw std::invalid_argument(std::string(key) + " is no number");
  const double figure = value.get<double>();
  if (!(figure >= 0 && figure <= figure_max))
    throw std::invalid_argument(std::string(key) + " is out of range");
  return figure;
}

// Absent is false.
bool flag_of(const json& o, const char* key) {
  const auto found = o.find(key);
  return found != o.end() && found->get<bool>();
}

Heartbeat heartbeat_of(const json& o) {
  Heartbeat m;
  m.frames_captured = counter_of(o, "frames_captured");
  m.frames_encoded = counter_of(o, "frames_encoded");
  m.frames_dropped = counter_of(o, "frames_dropped");
  m.parts = counter_of(o, "parts");
  m.last_pts = integer_of(o, "last_pts", -1, number_max);
  m.last_frame_age_ms = integer_of(o, "last_frame_age_ms", -1, number_max);
  m.damage_events = counter_of(o, "damage_events");
  m.input = small_of(o, "input", -1, priority_max);
  m.revision = counter_of(o, "revision");
  o.at("encoder").get_to(m.encoder);
  m.fps = figure_of(o, "fps");
  m.bitrate_kbps = figure_of(o, "bitrate_kbps");
  m.rss_kb = counter_of(o, "rss_kb");
  m.black = flag_of(o, "black");
  m.display_asleep = flag_of(o, "display_asleep");
  m.display_locked = flag_of(o, "display_locked");
  m.capture_mode = o.value("capture_mode", "");
  return m;
}

InputReport input_of(const json& o) {
  InputReport m;
  m.revision = counter_of(o, "revision");
  m.priority = small_of(o, "priority", 0, priority_max);
  const auto found = std::find(input_states.begin(), input_states.end(), o.at("state").get<std::string>());
  if (found == input_states.end())
    throw std::invalid_argument("state is none of closed, opening, giving, failed, hung");
  m.state = static_cast<InputState>(found - input_states.begin());
  o.at("error").get_to(m.error);
  m.stuck = flag_of(o, "stuck");
  return m;
}

InputFigures figures_of(const json& o) {
  constexpr double percent_max = 100;
  InputFigures m;
  m.revision = counter_of(o, "revision");
  m.priority = small_of(o, "priority", 0, priority_max);
  m.fps = figure_of(o, "fps");
  m.bitrate_kbps = figure_of(o, "bitrate_kbps");
  m.packet_loss = figure_of(o, "packet_loss", percent_max);
  m.last_picture_age_ms = integer_of(o, "last_picture_age_ms", -1, number_max);
  m.last_sign_age_ms = integer_of(o, "last_sign_age_ms", -1, number_max);
  const auto time = [&](const char* key) {
    return std::chrono::milliseconds(integer_of(o, key, 0, content_ms_max));
  };
  m.content[ContentFault::Frozen] = time("frozen_ms");
  m.content[ContentFault::Black] = time("black_ms");
  m.content[ContentFault::Corrupt] = time("corrupt_ms");
  return m;
}

Monitors monitors_of(const json& o) {
  Monitors m;
  for (const json& entry : o.at("monitors")) {
    if (m.monitors.size() == monitors_max) break;
    m.monitors.push_back(
        {entry.at("name").get<std::string>(), entry.at("edid").get<std::string>(),
         small_of(entry, "x", -pixel_max, pixel_max), small_of(entry, "y", -pixel_max, pixel_max),
         small_of(entry, "width", -pixel_max, pixel_max), small_of(entry, "height", -pixel_max, pixel_max),
         entry.at("primary").get<bool>(), entry.at("captured").get<bool>()});
  }
  m.priority = small_of(o, "priority", -1, priority_max);
  return m;
}

Message message_of(const std::string& type, const json& o) {
  if (type == "hello") return Hello{o.at("version").get<std::string>()};
  if (type == "ready") return Ready{};
  if (type == "heartbeat") return heartbeat_of(o);
  if (type == "input") return input_of(o);
  if (type == "figures") return figures_of(o);
  if (type == "monitors") return monitors_of(o);
  if (type == "log") return LogLine{o.at("level").get<std::string>(), o.at("text").get<std::string>()};
  if (type == "encoder") {
    return EncoderReport{o.at("encoder").get<std::string>(), o.at("fallback_reason").get<std::string>(),
                         flag_of(o, "degraded")};
  }
  if (type == "extend")
    return Extend{integer_of(o, "by_ms", 0, extend_ms_max), o.at("why").get<std::string>()};
  if (type == "trouble") return Trouble{o.at("reason").get<std::string>(), o.at("text").get<std::string>()};
  if (type == "bye") return Bye{o.at("reason").get<std::string>(), o.at("text").get<std::string>()};
  throw std::invalid_argument("unknown type");
}

SwitchInput switch_of(const json& o) {
  SwitchInput c{counter_of(o, "revision"), small_of(o, "priority", 0, priority_max), {}};
  for (const json& entry : o.at("open")) {
    if (!entry.is_number_unsigned() || entry.get<std::uint64_t>() > priority_max)
      throw std::invalid_argument("open is no list of priorities");
    c.open.push_back(entry.get<int>());
  }
  return c;
}

EditInput edit_of(const json& o) {
  const int count = small_of(o, "count", 1, inputs_max);
  auto input = parse_input_settings(o.at("input").dump());
  if (!input) throw std::invalid_argument(input.error().reason);
  return {counter_of(o, "revision"), small_of(o, "priority", 0, count - 1), count, std::move(*input)};
}

Command command_of(const std::string& type, const json& o) {
  if (type == "activate" || type == "resume") return Activate{integer_of(o, "continue_at", 0, number_max)};
  if (type == "switch") return switch_of(o);
  if (type == "edit") return edit_of(o);
  if (type == "keyframe") return KeyFrame{};
  if (type == "pause") return Pause{o.at("on").get<bool>()};
  if (type == "snapshot") return SnapshotNow{};
  if (type == "drill") return Drill{o.at("fault").get<std::string>()};
  if (type == "quit") return Quit{};
  throw std::invalid_argument("unknown type");
}

}  // namespace

std::string_view input_state_name(InputState state) {
  return input_states[static_cast<std::size_t>(state)];
}

std::string format_message(const Sender& sender, const Message& message) {
  std::string line;
  for (const std::size_t limit : text_bytes_max) {
    json o = std::visit([limit](const auto& m) { return to_object(m, limit); }, message);
    o["g"] = sender.generation;
    o["nonce"] = sender.nonce;
    line = o.dump(-1, ' ', false, json::error_handler_t::replace);
    if (line.size() < line_bytes_max) break;
  }
  line += '\n';
  return line;
}

Result<Message> parse_message(const Sender& expected, std::string_view line) {
  if (line.empty() || line.front() != '{') return error("not a JSON object");
  if (line.size() > line_bytes_max) return error("longer than a line may be");
  try {
    const json o = parse_bounded(line);
    if (counter_of(o, "g") != expected.generation) return error("of another generation");
    if (o.at("nonce").get<std::string>() != expected.nonce) return error("without the nonce of this worker");
    return message_of(o.at("type").get<std::string>(), o);
  } catch (const std::exception& failure) {
    return error(failure.what());
  }
}

std::string format_command(const Command& command) {
  struct Visitor {
    json operator()(const Activate& c) const {
      return {{"type", "activate"}, {"continue_at", c.continue_at}};
    }
    json operator()(const SwitchInput& c) const {
      return {{"type", "switch"}, {"revision", c.revision}, {"priority", c.priority}, {"open", c.open}};
    }
    json operator()(const EditInput& c) const {
      return {{"type", "edit"},
              {"revision", c.revision},
              {"priority", c.priority},
              {"count", c.count},
              {"input", json::parse(format_input_settings(c.input))}};
    }
    json operator()(const KeyFrame&) const { return object("keyframe"); }
    json operator()(const Pause& c) const { return {{"type", "pause"}, {"on", c.on}}; }
    json operator()(const SnapshotNow&) const { return object("snapshot"); }
    json operator()(const Drill& c) const { return {{"type", "drill"}, {"fault", c.fault}}; }
    json operator()(const Quit&) const { return object("quit"); }
  };
  return std::visit(Visitor{}, command).dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<Command> parse_command(std::string_view line) {
  if (line.empty() || line.front() != '{') return error("not a JSON object");
  if (line.size() > line_bytes_max) return error("longer than a line may be");
  try {
    const json o = parse_bounded(line);
    return command_of(o.at("type").get<std::string>(), o);
  } catch (const std::exception& failure) {
    return error(failure.what());
  }
}

}  // namespace common
