#include "common/protocol.h"

#include <algorithm>
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
          {"encoder", printable(m.encoder, limit)},
          {"fps", m.fps},
          {"bitrate_kbps", m.bitrate_kbps},
          {"rss_kb", m.rss_kb},
          {"black", m.black},
          {"display_asleep", m.display_asleep}};
}
json to_object(const InputReport& m, std::size_t limit) {
  return {{"type", "input"},
          {"priority", m.priority},
          {"status", m.status},
          {"error", printable(m.error, limit)}};
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
  return {{"type", "monitors"}, {"monitors", std::move(list)}};
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

double figure_of(const json& o, const char* key) {
  constexpr double figure_max = 1e9;
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
  o.at("encoder").get_to(m.encoder);
  m.fps = figure_of(o, "fps");
  m.bitrate_kbps = figure_of(o, "bitrate_kbps");
  m.rss_kb = counter_of(o, "rss_kb");
  m.black = flag_of(o, "black");
  m.display_asleep = flag_of(o, "display_asleep");
  return m;
}

InputReport input_of(const json& o) {
  InputReport m{small_of(o, "priority", 0, priority_max), o.at("status").get<std::string>(),
                o.at("error").get<std::string>()};
  if (m.status != "idle" && m.status != "active" && m.status != "degraded" && m.status != "probing") {
    throw std::invalid_argument("status is none of idle, active, degraded, probing");
  }
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
  return m;
}

Message message_of(const std::string& type, const json& o) {
  if (type == "hello") return Hello{o.at("version").get<std::string>()};
  if (type == "ready") return Ready{};
  if (type == "heartbeat") return heartbeat_of(o);
  if (type == "input") return input_of(o);
  if (type == "monitors") return monitors_of(o);
  if (type == "log") return LogLine{o.at("level").get<std::string>(), o.at("text").get<std::string>()};
  if (type == "encoder") {
    return EncoderReport{o.at("encoder").get<std::string>(), o.at("fallback_reason").get<std::string>(),
                         flag_of(o, "degraded")};
  }
  if (type == "extend")
    return Extend{integer_of(o, "by_ms", 0, extend_ms_max), o.at("why").get<std::string>()};
  if (type == "bye") return Bye{o.at("reason").get<std::string>(), o.at("text").get<std::string>()};
  throw std::invalid_argument("unknown type");
}

Command command_of(const std::string& type, const json& o) {
  if (type == "activate" || type == "resume") return Activate{integer_of(o, "continue_at", 0, number_max)};
  if (type == "switch") return SwitchInput{small_of(o, "input", 0, priority_max)};
  if (type == "keyframe") return KeyFrame{};
  if (type == "pause") return Pause{o.at("on").get<bool>()};
  if (type == "snapshot") return SnapshotNow{};
  if (type == "drill") return Drill{o.at("fault").get<std::string>()};
  if (type == "quit") return Quit{};
  throw std::invalid_argument("unknown type");
}

}  // namespace

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
    json operator()(const SwitchInput& c) const { return {{"type", "switch"}, {"input", c.priority}}; }
    json operator()(const KeyFrame&) const { return object("keyframe"); }
    json operator()(const Pause& c) const { return {{"type", "pause"}, {"on", c.on}}; }
    json operator()(const SnapshotNow&) const { return object("snapshot"); }
    json operator()(const Drill& c) const { return {{"type", "drill"}, {"fault", c.fault}}; }
    json operator()(const Quit&) const { return object("quit"); }
  };
  return std::visit(Visitor{}, command).dump() + "\n";
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
