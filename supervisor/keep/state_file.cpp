#include "supervisor/keep/state_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "supervisor/supervise/input_history.h"

namespace supervisor {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr std::int64_t number_max = std::int64_t{1} << 60;
constexpr std::int64_t wait_max_ms = 24 * 3'600'000;  // no timer of ours is longer
constexpr std::size_t streams_max = 1000;
constexpr std::size_t inputs_max = 64;
constexpr std::size_t text_bytes_max = 2048;
constexpr std::int64_t penalty_max = 1'000'000'000;

// A number within its range, or the value it has anyway.
template <typename Number>
void read(const json& object, const char* key, Number& value, std::int64_t max = number_max) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return;
  if (found->is_number_unsigned() && found->get<std::uint64_t>() > static_cast<std::uint64_t>(max)) return;
  const auto number = found->get<std::int64_t>();
  if (number >= 0) value = static_cast<Number>(number);
}

void read(const json& object, const char* key, bool& value) {
  const auto found = object.find(key);
  if (found != object.end() && found->is_boolean()) value = found->get<bool>();
}

void read(const json& object, const char* key, milliseconds& value) {
  std::int64_t count = value.count();
  read(object, key, count, wait_max_ms);
  value = milliseconds(count);
}

json inputs_json(const SavedInputs& saved) {
  json inputs = json::array(), switches = json::array(), monitors = json::object();
  for (const SavedSelection::Input& input : saved.selection.inputs) {
    inputs.push_back({{"name", input.name},
                      {"penalty", static_cast<std::int64_t>(input.penalty)},
                      {"suppressed", input.suppressed}});
  }
  for (const SwitchSnapshot& one : saved.switches) {
    switches.push_back(
        {{"at", one.at}, {"from", one.from}, {"to", one.to}, {"reason", one.reason}, {"detail", one.detail}});
  }
  for (const auto& [name, monitor] : saved.monitors) {
    monitors[name] = {{"name", monitor.name}, {"edid", monitor.edid}};
  }
  json object = {{"list", std::move(inputs)},
                 {"selected", saved.selection.selected},
                 {"exhausted", saved.selection.exhausted},
                 {"switches", std::move(switches)},
                 {"monitors", std::move(monitors)}};
  if (saved.selection.override_input) object["override"] = *saved.selection.override_input;
  return object;
}

json supervision_json(const SavedSupervision& s) {
  json object = {{"desired", s.desired_up ? "up" : "down"},
                 {"paused", s.paused},
                 {"generation", s.generation},
                 {"waiting", s.waiting},
                 {"wait_left_ms", s.wait_left.count()},
                 {"failures", s.failures},
                 {"delay_ms", s.delay.count()},
                 {"score_milli", s.score_milli},
                 {"holds", s.holds},
                 {"software_encoder", s.software_encoder},
                 {"hardware_retry_left_ms", s.hardware_retry_left.count()},
                 {"hardware_failures", s.hardware_failures},
                 {"reduced", s.reduced},
                 {"spawns", s.spawns},
                 {"exits", s.exits},
                 {"exit_codes", s.exit_codes}};
  if (s.last_recovery) object["last_recovery_ms"] = s.last_recovery->count();
  if (s.inputs) object["inputs"] = inputs_json(*s.inputs);
  return object;
}

// A text of at most text_bytes_max bytes; a longer one is none of ours.
void read(const json& object, const char* key, std::string& value) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return;
  const auto text = found->get<std::string>();
  if (text.size() <= text_bytes_max) value = text;
}

// The objects of a list, at most `count_max` of them.
template <typename Use>
void each_object(const json& object, const char* key, std::size_t count_max, Use use) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return;
  for (const json& one : *found) {
    if (count_max-- == 0) return;
    use(one.is_object() ? one : json::object());
  }
}

SavedInputs read_inputs(const json& object) {
  SavedInputs saved;
  each_object(object, "list", inputs_max, [&saved](const json& one) {
    SavedSelection::Input& input = saved.selection.inputs.emplace_back();
    std::int64_t penalty = 0;
    read(one, "name", input.name);
    read(one, "penalty", penalty, penalty_max);
    read(one, "suppressed", input.suppressed);
    input.penalty = static_cast<double>(penalty);
  });
  read(object, "selected", saved.selection.selected, inputs_max);
  read(object, "exhausted", saved.selection.exhausted);
  int override_input = -1;
  read(object, "override", override_input, inputs_max);
  if (override_input >= 0) saved.selection.override_input = override_input;
  each_object(object, "switches", InputHistory::switches_max, [&saved](const json& one) {
    SwitchSnapshot& shown = saved.switches.emplace_back();
    read(one, "at", shown.at);
    read(one, "from", shown.from, inputs_max);
    read(one, "to", shown.to, inputs_max);
    read(one, "reason", shown.reason);
    read(one, "detail", shown.detail);
  });
  const auto monitors = object.find("monitors");
  if (monitors == object.end() || !monitors->is_object()) return saved;
  for (const auto& [name, one] : monitors->items()) {
    if (!one.is_object() || saved.monitors.size() >= inputs_max || name.size() > text_bytes_max) continue;
    read(one, "name", saved.monitors[name].name);
    read(one, "edid", saved.monitors[name].edid);
  }
  return saved;
}

void read_words(const json& object, SavedSupervision& s) {
  if (const auto desired = object.find("desired"); desired != object.end() && desired->is_string()) {
    s.desired_up = desired->get<std::string>() != "down";
  }
  if (const auto waiting = object.find("waiting"); waiting != object.end() && waiting->is_string()) {
    const auto word = waiting->get<std::string>();
    if (word == "backoff" || word == "hold") s.waiting = word;
  }
  const auto codes = object.find("exit_codes");
  if (codes == object.end() || !codes->is_array()) return;
  constexpr std::size_t code_bytes_max = 100;
  for (const json& code : *codes) {
    if (s.exit_codes.size() >= State::exit_codes_max || !code.is_string()) break;
    const auto text = code.get<std::string>();
    if (text.size() <= code_bytes_max) s.exit_codes.push_back(text);
  }
}

SavedSupervision read_supervision(const json& object) {
  constexpr std::int64_t count_max = 1'000'000'000;
  SavedSupervision s;
  read_words(object, s);
  read(object, "paused", s.paused);
  read(object, "generation", s.generation);
  read(object, "wait_left_ms", s.wait_left);
  read(object, "failures", s.failures, count_max);
  read(object, "delay_ms", s.delay);
  read(object, "score_milli", s.score_milli, count_max);
  read(object, "holds", s.holds, count_max);
  read(object, "software_encoder", s.software_encoder);
  read(object, "hardware_retry_left_ms", s.hardware_retry_left);
  read(object, "hardware_failures", s.hardware_failures, count_max);
  read(object, "reduced", s.reduced);
  read(object, "spawns", s.spawns);
  read(object, "exits", s.exits);
  const auto inputs = object.find("inputs");
  if (inputs != object.end() && inputs->is_object()) s.inputs = read_inputs(*inputs);
  if (object.contains("last_recovery_ms")) read(object, "last_recovery_ms", s.last_recovery.emplace());
  return s;
}

}  // namespace

std::string format_state(const SavedState& state) {
  json streams = json::object();
  for (const auto& [name, stream] : state.streams) {
    streams[name] = {{"next_msn", stream.numbers.next_msn},
                     {"discontinuity_sequence", stream.numbers.discontinuity_sequence},
                     {"supervision", supervision_json(stream.supervision)}};
  }
  const json all = {{"version", SavedState::version}, {"streams", std::move(streams)}};
  return all.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

common::Result<SavedState> parse_state(std::string_view text) {
  const json all = json::parse(text, nullptr, false);
  if (!all.is_object()) return common::error("it is not a JSON object");
  int version = 0;
  read(all, "version", version, 1'000'000);
  if (version > SavedState::version) {
    return common::error("it is of version " + std::to_string(version) + ", this program knows version " +
                         std::to_string(SavedState::version));
  }
  const auto streams = all.find("streams");
  if (version < 1 || streams == all.end() || !streams->is_object()) {
    return common::error("\"version\" or \"streams\" is missing");
  }
  SavedState state;
  for (const auto& [name, stream] : streams->items()) {
    if (!stream.is_object() || state.streams.size() >= streams_max) continue;
    SavedStream& saved = state.streams[name];
    read(stream, "next_msn", saved.numbers.next_msn);
    read(stream, "discontinuity_sequence", saved.numbers.discontinuity_sequence);
    const auto supervision = stream.find("supervision");
    if (supervision != stream.end() && supervision->is_object()) {
      saved.supervision = read_supervision(*supervision);
    }
  }
  return state;
}

}  // namespace supervisor
