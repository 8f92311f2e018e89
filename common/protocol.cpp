#include "common/protocol.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/log.h"

namespace common {
namespace {

using nlohmann::json;

// One text field; tried in turn until the line fits, because the escapes of JSON can multiply a text.
constexpr std::size_t text_bytes_max[] = {1500, 300, 30};
constexpr std::size_t monitors_max = 16;
constexpr int depth_max = 4;

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
          {"rss_kb", m.rss_kb}};
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
    list.push_back({{"name", printable(monitor.name, std::min<std::size_t>(limit, 32))},
                    {"edid", printable(monitor.edid, std::min<std::size_t>(limit, 64))},
                    {"x", monitor.x},
                    {"y", monitor.y},
                    {"width", monitor.width},
                    {"height", monitor.height},
                    {"primary", monitor.primary},
                    {"captured", monitor.captured}});
  }
  return {{"type", "monitors"}, {"monitors", std::move(list)}};
}
json to_object(const LogLine& m, std::size_t limit) {
  return {{"type", "log"}, {"level", m.level}, {"text", printable(m.text, limit)}};
}
json to_object(const EncoderReport& m, std::size_t limit) {
  return {{"type", "encoder"},
          {"encoder", printable(m.encoder, limit)},
          {"fallback_reason", printable(m.fallback_reason, limit)}};
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

Heartbeat heartbeat_of(const json& o) {
  Heartbeat m;
  o.at("frames_captured").get_to(m.frames_captured);
  o.at("frames_encoded").get_to(m.frames_encoded);
  o.at("frames_dropped").get_to(m.frames_dropped);
  o.at("parts").get_to(m.parts);
  o.at("last_pts").get_to(m.last_pts);
  o.at("last_frame_age_ms").get_to(m.last_frame_age_ms);
  o.at("damage_events").get_to(m.damage_events);
  o.at("input").get_to(m.input);
  o.at("encoder").get_to(m.encoder);
  o.at("fps").get_to(m.fps);
  o.at("bitrate_kbps").get_to(m.bitrate_kbps);
  o.at("rss_kb").get_to(m.rss_kb);
  return m;
}

InputReport input_of(const json& o) {
  InputReport m{o.at("priority").get<int>(), o.at("status").get<std::string>(),
                o.at("error").get<std::string>()};
  if (m.status != "idle" && m.status != "active" && m.status != "degraded" && m.status != "probing") {
    throw std::invalid_argument("status is none of idle, active, degraded, probing");
  }
  if (m.priority < 0 || m.priority > 255) throw std::invalid_argument("priority is not 0..255");
  return m;
}

Monitors monitors_of(const json& o) {
  Monitors m;
  for (const json& entry : o.at("monitors")) {
    if (m.monitors.size() == monitors_max) break;
    m.monitors.push_back({entry.at("name").get<std::string>(), entry.at("edid").get<std::string>(),
                          entry.at("x").get<int>(), entry.at("y").get<int>(), entry.at("width").get<int>(),
                          entry.at("height").get<int>(), entry.at("primary").get<bool>(),
                          entry.at("captured").get<bool>()});
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
    return EncoderReport{o.at("encoder").get<std::string>(), o.at("fallback_reason").get<std::string>()};
  }
  if (type == "bye") return Bye{o.at("reason").get<std::string>(), o.at("text").get<std::string>()};
  throw std::invalid_argument("unknown type");
}

Command command_of(const std::string& type, const json& o) {
  if (type == "activate" || type == "resume") return Activate{o.at("continue_at").get<std::int64_t>()};
  if (type == "switch") return SwitchInput{o.at("input").get<int>()};
  if (type == "keyframe") return KeyFrame{};
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
    if (o.at("g").get<std::uint64_t>() != expected.generation) return error("of another generation");
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
