#include "supervisor/report/incident_json.h"

#include <algorithm>

#include "supervisor/report/incident_book.h"
#include "supervisor/report/json_parts.h"

namespace supervisor {
namespace {

constexpr std::size_t entries_max = 256;  // of a list on disk
constexpr std::size_t text_bytes_max = 4096;
constexpr std::int64_t run_max = 1'000'000;
constexpr int depth_max = 8;

std::string text_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return {};
  if (!found->is_string()) throw std::invalid_argument(std::string(name) + " is not a text");
  return found->get<std::string>().substr(0, text_bytes_max);
}

template <typename Number>
Number number_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end()) return 0;
  if (!found->is_number_integer()) throw std::invalid_argument(std::string(name) + " is not a whole number");
  return found->get<Number>();
}

bool flag_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end()) return false;
  if (!found->is_boolean()) throw std::invalid_argument(std::string(name) + " is not true or false");
  return found->get<bool>();
}

const Json& list_of(const Json& json, const char* name, std::size_t most) {
  static const Json none = Json::array();
  const auto found = json.find(name);
  if (found == json.end()) return none;
  if (!found->is_array()) throw std::invalid_argument(std::string(name) + " is not a list");
  if (found->size() > most) throw std::invalid_argument(std::string(name) + " is too long");
  return *found;
}

// Every text of ours is shallow: what is deeper is not ours, and is not walked.
Json parse_object(const std::string& text) {
  bool too_deep = false;
  const auto watch = [&too_deep](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > depth_max;
    return !too_deep;
  };
  Json json = Json::parse(text, watch, false, false);
  if (too_deep || !json.is_object()) throw std::invalid_argument("not a JSON object of this program");
  return json;
}

template <typename Read>
auto guarded(const Read& read) -> common::Result<decltype(read())> {
  try {
    return read();
  } catch (const std::exception& failure) {
    return common::error(failure.what());
  }
}

Json summary_of(const IncidentRecord& incident) {
  Json json;
  json["id"] = incident.id;
  json["stream"] = incident.stream;
  json["class"] = incident.failure_class;
  json["generation"] = incident.generation;
  json["reason"] = incident.reason;
  json["detected_at"] = incident.detected_at;
  json["closed_at"] = incident.closed_at.empty() ? Json(nullptr) : Json(incident.closed_at);
  json["recovered"] = incident.recovered;
  json["recovery_ms"] = or_null(incident.recovery_ms);
  json["action"] = incident.action;
  json["has_picture"] = incident.has_picture;
  return json;
}

IncidentRecord read_incident(const std::string& text) {
  const Json json = parse_object(text);
  IncidentRecord incident;
  incident.id = text_of(json, "id");
  if (!is_incident_id(incident.id)) throw std::invalid_argument("id is not of an incident");
  incident.stream = text_of(json, "stream");
  incident.failure_class = text_of(json, "class");
  incident.generation = number_of<std::uint64_t>(json, "generation");
  incident.reason = text_of(json, "reason");
  incident.evidence = text_of(json, "evidence");
  incident.detected_at = text_of(json, "detected_at");
  if (!parse_rfc3339(incident.detected_at)) throw std::invalid_argument("detected_at is not a time");
  incident.closed_at = text_of(json, "closed_at");
  incident.recovered = flag_of(json, "recovered");
  if (const auto took = json.find("recovery_ms"); took != json.end() && !took->is_null()) {
    incident.recovery_ms = number_of<std::int64_t>(json, "recovery_ms");
  }
  incident.action = text_of(json, "action");
  for (const Json& step : list_of(json, "timeline", entries_max)) {
    if (!step.is_object()) throw std::invalid_argument("timeline has an entry that is not an object");
    incident.timeline.push_back({text_of(step, "step"), number_of<std::int64_t>(step, "at_ms"),
                                 number_of<std::uint64_t>(step, "generation"), text_of(step, "text")});
  }
  incident.steps_left_out = number_of<std::uint64_t>(json, "steps_left_out");
  for (const Json& line : list_of(json, "log", entries_max)) {
    incident.log.push_back(line.get<std::string>().substr(0, text_bytes_max));
  }
  incident.has_picture = flag_of(json, "has_picture");
  return incident;
}

Json runs_of(const AvailabilityBuckets& buckets) {
  Json runs = Json::array();
  std::int64_t next = -1;
  const AvailabilitySums* former = nullptr;
  for (const auto& [index, sums] : buckets) {
    if (former && index == next && sums == *former) {
      runs.back()[1] = runs.back()[1].get<std::int64_t>() + 1;
    } else {
      runs.push_back({index, 1, sums.desired_ms, sums.picture_ms, sums.stream_ms, sums.failures,
                      sums.recoveries, sums.recovery_ms});
    }
    former = &sums;
    next = index + 1;
  }
  return runs;
}

AvailabilityBuckets read_runs(const Json& runs, std::size_t most) {
  AvailabilityBuckets buckets;
  for (const Json& run : runs) {
    if (!run.is_array() || run.size() != 8) throw std::invalid_argument("a run does not have 8 numbers");
    std::array<std::int64_t, 8> n{};
    for (std::size_t i = 0; i < n.size(); ++i) {
      if (!run[i].is_number_integer()) throw std::invalid_argument("a run has something but whole numbers");
      n[i] = run[i].get<std::int64_t>();
      if (n[i] < 0 || n[i] > 1'000'000'000'000) throw std::invalid_argument("a number is out of range");
    }
    if (n[1] > run_max || buckets.size() + static_cast<std::size_t>(n[1]) > most) {
      throw std::invalid_argument("more buckets than are ever kept");
    }
    for (std::int64_t i = 0; i < n[1]; ++i) buckets[n[0] + i] = {n[2], n[3], n[4], n[5], n[6], n[7]};
  }
  return buckets;
}

SavedAvailability read_availability(const std::string& text) {
  const Json json = parse_object(text);
  if (number_of<int>(json, "version") != 1) throw std::invalid_argument("version is not 1");
  SavedAvailability saved;
  saved.saved_at_ms = number_of<std::int64_t>(json, "saved_at_ms");
  saved.desired = flag_of(json, "desired");
  saved.minutes =
      read_runs(list_of(json, "minutes", AvailabilityTally::minutes_kept), AvailabilityTally::minutes_kept);
  saved.hours =
      read_runs(list_of(json, "hours", AvailabilityTally::hours_kept), AvailabilityTally::hours_kept);
  return saved;
}

}  // namespace

Json incident_summary(const IncidentRecord& incident) {
  return summary_of(incident);
}

std::string incident_json(const IncidentRecord& incident) {
  Json json = summary_of(incident);
  json["evidence"] = incident.evidence;
  Json steps = Json::array();
  for (const IncidentStep& step : incident.timeline) {
    steps.push_back(
        {{"step", step.step}, {"at_ms", step.at_ms}, {"generation", step.generation}, {"text", step.text}});
  }
  json["timeline"] = std::move(steps);
  json["steps_left_out"] = incident.steps_left_out;
  json["log"] = incident.log;
  return dump(json);
}

common::Result<IncidentRecord> parse_incident(const std::string& text) {
  return guarded([&text] { return read_incident(text); });
}

std::string incident_list_json(const std::string& stream, const std::deque<IncidentRecord>& records,
                               std::size_t limit) {
  Json list = Json::array();
  for (auto record = records.rbegin(); record != records.rend() && list.size() < limit; ++record) {
    list.push_back(summary_of(*record));
  }
  return dump({{"stream", stream}, {"incidents", std::move(list)}, {"total", records.size()}});
}

std::string availability_json(const SavedAvailability& saved) {
  return dump({{"version", 1},
               {"saved_at_ms", saved.saved_at_ms},
               {"desired", saved.desired},
               {"minutes", runs_of(saved.minutes)},
               {"hours", runs_of(saved.hours)}});
}

common::Result<SavedAvailability> parse_availability(const std::string& text) {
  return guarded([&text] { return read_availability(text); });
}

}  // namespace supervisor
