#include "supervisor/report/incident_book.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace supervisor {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t id_bytes = 20;
constexpr std::int64_t stamps_per_second = 10'000;  // the four digits of an id
constexpr std::size_t first_steps_kept = 16;

std::string_view step_name(NoteIncident::Step step) {
  switch (step) {
    case NoteIncident::Step::Killed:
      return "killed";
    case NoteIncident::Step::Reaped:
      return "reaped";
    case NoteIncident::Step::Spawned:
      return "spawned";
    case NoteIncident::Step::Promoted:
      return "promoted";
    case NoteIncident::Step::Delayed:
      return "delayed";
    case NoteIncident::Step::Quarantined:
      return "quarantined";
  }
  return "killed";
}

// "2026-11-21T04:32:11.000Z" -> "20261121T043211", and back.
std::string compact(WallTime second) {
  std::string text = format_rfc3339(second);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text.substr(0, 15);
}

std::string id_of(std::int64_t stamp) {
  std::array<char, 8> digits{};
  std::snprintf(digits.data(), digits.size(), "-%04d", static_cast<int>(stamp % stamps_per_second));
  return compact(WallTime(seconds(stamp / stamps_per_second))) + digits.data();
}

std::int64_t stamp_of(std::string_view id) {
  const std::string text(id);
  const std::string time = text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 5) + ":" +
                           text.substr(11, 2) + ":" + text.substr(13, 2) + "Z";
  const auto wall = parse_rfc3339(time);
  if (!wall) return 0;
  int order = 0;
  std::from_chars(id.data() + 16, id.data() + id_bytes, order);
  return duration_cast<seconds>(wall->time_since_epoch()).count() * stamps_per_second + order;
}

std::int64_t ms_between(common::MonoTime from, common::MonoTime to) {
  return std::max<std::int64_t>(0, duration_cast<milliseconds>(to - from).count());
}

// What was done, in words, from the steps so far.
std::string action_of(const IncidentRecord& record) {
  std::string left_behind, done;
  int tries = 0;
  for (const IncidentStep& step : record.timeline) {
    const std::string worker = std::to_string(step.generation);
    if (step.step == "quarantined") left_behind = "worker " + worker + " left behind: it cannot be killed";
    if (step.step == "promoted") done = "standby " + worker + " promoted";
    if (step.step == "spawned") {
      ++tries;
      done = "worker " + worker + " started after " + std::to_string(step.at_ms) + " ms";
    }
    if (step.step == "delayed" && done.empty()) done = "waiting: " + step.text;
  }
  if (record.steps_left_out > 0) {
    done += " (many workers started)";
  } else if (tries > 1) {
    done += " (" + std::to_string(tries) + " workers started)";
  }
  return left_behind + (left_behind.empty() || done.empty() ? "" : "; ") + done;
}

}  // namespace

bool is_incident_id(std::string_view text) {
  if (text.size() != id_bytes || text[8] != 'T' || text[15] != '-') return false;
  for (std::size_t i = 0; i < id_bytes; ++i) {
    if (i != 8 && i != 15 && (text[i] < '0' || text[i] > '9')) return false;
  }
  return true;
}

IncidentBook::IncidentBook(std::string stream, IncidentBounds bounds)
    : stream_(std::move(stream)), bounds_(bounds) {}

std::optional<IncidentBook::Change> IncidentBook::take(const Action& action, common::MonoTime now,
                                                       WallTime wall, const IncidentScene& scene) {
  if (const auto* opened = std::get_if<OpenIncident>(&action)) {
    if (!is_open_) {
      opened_at_ = now;
      return open_new(*opened, wall, scene);
    }
    const std::string text = std::string(failure_class_name(opened->failure)) + ": " + opened->text;
    add_step(records_.back(), {"detected", ms_between(opened_at_, now), opened->generation, cut(text)});
    return Change{Change::Kind::Noted, &records_.back()};
  }
  if (!is_open_) return std::nullopt;
  IncidentRecord& record = records_.back();
  if (const auto* noted = std::get_if<NoteIncident>(&action)) {
    add_step(record, {std::string(step_name(noted->step)), ms_between(opened_at_, now), noted->generation,
                      cut(noted->text)});
    return Change{Change::Kind::Noted, &record};
  }
  if (const auto* closed = std::get_if<CloseIncident>(&action)) {
    close(record, *closed, now, wall);
    return Change{Change::Kind::Closed, &record};
  }
  return std::nullopt;
}

IncidentBook::Change IncidentBook::open_new(const OpenIncident& opened, WallTime wall,
                                            const IncidentScene& scene) {
  IncidentRecord record;
  record.id = next_id(wall);
  record.stream = stream_;
  record.failure_class = failure_class_name(opened.failure);
  record.generation = opened.generation;
  record.reason = cut(opened.text);
  record.evidence = cut(opened.evidence);
  record.detected_at = format_rfc3339(wall);
  record.timeline = {{"detected", 0, opened.generation, record.reason}};
  const std::size_t lines = std::min(scene.log.size(), bounds_.log_lines);
  for (auto line = scene.log.end() - static_cast<std::ptrdiff_t>(lines); line != scene.log.end(); ++line) {
    record.log.push_back(cut(*line));
  }
  record.has_picture = !scene.picture.empty() && scene.picture.size() <= bounds_.picture_bytes;
  if (record.has_picture) pictures_[record.id] = std::make_shared<const std::string>(scene.picture);
  while (pictures_.size() > bounds_.pictures) pictures_.erase(pictures_.begin());
  ++opened_by_class_[record.failure_class];
  records_.push_back(std::move(record));
  is_open_ = true;
  forget_oldest();
  return {Change::Kind::Opened, &records_.back()};
}

void IncidentBook::close(IncidentRecord& record, const CloseIncident& closed, common::MonoTime now,
                         WallTime wall) {
  is_open_ = false;
  record.closed_at = format_rfc3339(wall);
  record.recovered = closed.recovery.has_value();
  if (!closed.recovery) {
    add_step(record, {"stopped", ms_between(opened_at_, now), record.generation, "the stream was stopped"});
    return;
  }
  record.recovery_ms = closed.recovery->count();
  std::uint64_t generation = record.generation;
  for (const IncidentStep& step : record.timeline) generation = std::max(generation, step.generation);
  add_step(record, {"first_part", *record.recovery_ms, generation, {}});
  recoveries_.add(*record.recovery_ms);
}

std::vector<IncidentRecord> IncidentBook::restore(std::vector<IncidentRecord> records, WallTime wall) {
  std::vector<IncidentRecord> changed;
  for (IncidentRecord& record : records) {
    if (!is_incident_id(record.id) || find(record.id)) continue;
    record.stream = stream_;
    if (record.closed_at.empty()) {
      record.closed_at = format_rfc3339(wall);
      const std::int64_t at_ms = record.timeline.empty() ? 0 : record.timeline.back().at_ms;
      add_step(record, {"supervisor_ended", at_ms, record.generation,
                        "the supervisor itself ended while this incident was open"});
      changed.push_back(record);
    }
    last_stamp_ = std::max(last_stamp_, stamp_of(record.id));
    records_.push_back(std::move(record));
  }
  std::sort(records_.begin(), records_.end(),
            [](const IncidentRecord& a, const IncidentRecord& b) { return a.id < b.id; });
  // The open one is of this process; a wall clock that was set back must not hide it among the old ones.
  const auto open = std::find_if(records_.begin(), records_.end(),
                                 [](const IncidentRecord& record) { return record.closed_at.empty(); });
  if (open != records_.end()) std::rotate(open, open + 1, records_.end());
  forget_oldest();
  return changed;
}

const IncidentRecord* IncidentBook::find(std::string_view id) const {
  const auto found = std::find_if(records_.begin(), records_.end(),
                                  [id](const IncidentRecord& record) { return record.id == id; });
  return found == records_.end() ? nullptr : &*found;
}

const IncidentRecord* IncidentBook::open() const {
  return is_open_ ? &records_.back() : nullptr;
}

const IncidentRecord* IncidentBook::last() const {
  return records_.empty() ? nullptr : &records_.back();
}

IncidentPicture IncidentBook::picture(std::string_view id) const {
  const auto found = pictures_.find(id);
  return found == pictures_.end() ? nullptr : found->second;
}

// Of an outage of hours the beginning and the end tell the story.
void IncidentBook::add_step(IncidentRecord& record, IncidentStep step) const {
  record.timeline.push_back(std::move(step));
  if (record.timeline.size() > bounds_.steps) {
    const auto victim = std::min(first_steps_kept, bounds_.steps / 2);
    record.timeline.erase(record.timeline.begin() + static_cast<std::ptrdiff_t>(victim));
    ++record.steps_left_out;
  }
  record.action = action_of(record);
}

void IncidentBook::forget_oldest() {
  while (records_.size() > std::max<std::size_t>(1, bounds_.records)) {
    if (const auto picture = pictures_.find(records_.front().id); picture != pictures_.end()) {
      pictures_.erase(picture);
    }
    records_.pop_front();
  }
}

std::string IncidentBook::next_id(WallTime wall) {
  const std::int64_t ms = duration_cast<milliseconds>(wall.time_since_epoch()).count();
  const std::int64_t stamp = ms / 1000 * stamps_per_second + ms % 1000;
  last_stamp_ = std::max(stamp, last_stamp_ + 1);
  return id_of(last_stamp_);
}

std::string IncidentBook::cut(const std::string& text) const {
  return text.substr(0, bounds_.text_bytes);
}

}  // namespace supervisor
