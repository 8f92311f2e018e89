#include "supervisor/daemon/incident_desk.h"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <cmath>
#include <mutex>

#include "supervisor/report/event_json.h"
#include "supervisor/report/incident_json.h"
#include "supervisor/report/status_json.h"

namespace supervisor {
namespace {

using namespace std::chrono_literals;
using common::MonoTime;

constexpr auto tick_interval = 1s;
constexpr int ticks_between_saves = 10;  // what a crash of this process may count too much as an outage
constexpr auto drill_sample = 20ms;
constexpr std::string_view disk_full = "diskfull";  // the one fault that is not the worker's

MonoTime now() {
  return std::chrono::steady_clock::now();
}
WallTime wall_now() {
  return std::chrono::system_clock::now();
}

std::chrono::milliseconds part_target(const StreamRunner& runner) {
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(runner.plan().settings.grid.part_target_seconds() * 1000));
}

AvailabilityCondition condition_of(const StreamSnapshot& stream, std::chrono::milliseconds part_target) {
  AvailabilityCondition condition;
  condition.desired = !stream.paused && (is_delivering(stream) || is_failing(stream));
  condition.picture = is_delivering(stream);
  condition.stream =
      stream.last_part_age_ms && *stream.last_part_age_ms <= DrillWatch::parts_held * part_target.count();
  return condition;
}

// `input`: priority of the one that was on air at the fault.
DrillFacts facts_of(const StreamSnapshot& stream, int input) {
  using OnAir = StreamSnapshot::OnAir;
  DrillFacts facts{stream.parts_bridged,
                   stream.last_part_age_ms,
                   stream.on_air == OnAir::Slate || stream.on_air == OnAir::Nothing,
                   {}};
  for (const InputSnapshot& candidate : stream.inputs) {
    if (candidate.priority != input) continue;
    facts.disturbed = facts.disturbed || candidate.status == "degraded" || candidate.status == "probing";
    if (!candidate.errors.empty()) {
      facts.input_error = candidate.errors.front().at + " " + candidate.errors.front().message;
    }
  }
  return facts;
}

bool is_drill_fault(std::string_view fault) {
  return std::find(drill_faults.begin(), drill_faults.end(), fault) != drill_faults.end();
}

std::string fault_names() {
  std::string names;
  for (const std::string_view fault : drill_faults) names.append(names.empty() ? "" : ", ").append(fault);
  return names;
}

}  // namespace

// The thread of the files may outlive the loop when its disk hangs: it must not reach it then.
struct IncidentDesk::Gate {
  std::mutex mutex;
  boost::asio::io_context* loop = nullptr;

  void post(std::function<void()> call) {
    const std::lock_guard lock(mutex);
    if (loop) boost::asio::post(*loop, std::move(call));
  }
};

IncidentDesk::IncidentDesk(boost::asio::io_context& loop, EventHub& events, IncidentDeskPlan plan)
    : events_(events),
      plan_(std::move(plan)),
      gate_(std::make_shared<Gate>()),
      tick_timer_(loop),
      drill_timer_(loop) {
  gate_->loop = &loop;
  if (!plan_.folder.empty()) {
    IncidentFileSettings settings;
    settings.folder = plan_.folder;
    files_ = std::make_unique<IncidentFiles>(
        settings, [gate = gate_](std::function<void()> call) { gate->post(std::move(call)); });
  }
  tick();
}

IncidentDesk::~IncidentDesk() {
  files_.reset();
  const std::lock_guard lock(gate_->mutex);
  gate_->loop = nullptr;
}

void IncidentDesk::add_stream(StreamRunner& runner, DiskMirror* mirror) {
  entries_.push_back(std::make_unique<Entry>(
      Entry{&runner, mirror, IncidentBook(runner.name()), AvailabilityTally(), false, nullptr}));
  Entry& entry = *entries_.back();
  runner.on_incident([this, &entry](const Action& action) { take(entry, action); });
  observe(entry);
  if (!files_) return;
  files_->load(runner.name(),
               [this, &entry](IncidentFolder::Loaded loaded) { take_loaded(entry, std::move(loaded)); });
}

void IncidentDesk::take_loaded(Entry& entry, IncidentFolder::Loaded loaded) {
  for (const std::string& warning : loaded.warnings) spdlog::warn("{}", warning);
  for (const IncidentRecord& record : entry.book.restore(std::move(loaded.records), wall_now())) {
    files_->write(record, nullptr);
  }
  if (loaded.availability) entry.tally.restore(*loaded.availability, wall_now());
  entry.loaded = true;
}

IncidentDesk::Entry* IncidentDesk::find(std::string_view name) const {
  for (const auto& entry : entries_) {
    if (entry->runner->name() == name) return entry.get();
  }
  return nullptr;
}

void IncidentDesk::take(Entry& entry, const Action& action) {
  const MonoTime at = now();
  const WallTime wall = wall_now();
  IncidentScene scene;
  if (std::holds_alternative<OpenIncident>(action)) {
    scene.log = entry.runner->recent_log();
    if (const auto& last = entry.runner->last_picture()) scene.picture = last->jpeg;
  }
  const auto change = entry.book.take(action, at, wall, scene);
  if (!change) return;
  const IncidentRecord& record = *change->record;
  using Kind = IncidentBook::Change::Kind;
  if (change->kind == Kind::Opened) entry.tally.count_failure(wall);
  if (change->kind == Kind::Closed && record.recovery_ms) {
    entry.tally.count_recovery(*record.recovery_ms, wall);
  }
  if (change->kind != Kind::Noted) events_.publish("incident", incident_event_json(record));
  if (files_) files_->write(record, entry.book.picture(record.id));
  if (entry.drill) {
    entry.drill->watch.take(action, at);
    if (change->kind == Kind::Opened) entry.drill->watch.belongs_to(record.id);
  }
}

void IncidentDesk::observe(const StreamRunner& runner) {
  if (Entry* entry = find(runner.name())) observe(*entry);
}

void IncidentDesk::observe(Entry& entry) {
  const MonoTime at = now();
  entry.tally.observe(condition_of(entry.runner->snapshot(at), part_target(*entry.runner)), at, wall_now());
}

void IncidentDesk::tick() {
  for (const auto& entry : entries_) observe(*entry);
  if (++ticks_ % ticks_between_saves == 0) {
    for (const auto& entry : entries_) save(*entry, false);
  }
  tell_disk_error();
  tick_timer_.expires_after(tick_interval);
  tick_timer_.async_wait([this](boost::system::error_code failure) {
    if (!failure) tick();
  });
}

void IncidentDesk::tell_disk_error() {
  if (!files_) return;
  std::string error = files_->facts().error;
  if (error == disk_error_) return;
  if (error.empty()) {
    spdlog::info("incidents are written to disk again");
  } else {
    spdlog::warn("incidents are not written to disk: {}", error);
  }
  disk_error_ = std::move(error);
}

void IncidentDesk::save(const Entry& entry, bool goodbye) {
  if (!files_ || !entry.loaded) return;
  files_->write_availability(entry.runner->name(), entry.tally.save(wall_now(), goodbye));
}

void IncidentDesk::say_goodbye() {
  tick_timer_.cancel();
  for (const auto& entry : entries_) {
    observe(*entry);
    save(*entry, true);
  }
}

void IncidentDesk::fill(StreamSnapshot& stream) const {
  const Entry* entry = find(stream.name);
  if (entry && entry->book.last()) stream.last_incident = entry->book.last()->id;
}

Reliability IncidentDesk::reliability() const {
  Reliability all;
  const WallTime wall = wall_now();
  for (const auto& entry : entries_) {
    StreamReliability& stream = all[entry->runner->name()];
    stream.hour = entry->tally.last_hour(wall);
    stream.day = entry->tally.last_day(wall);
    stream.month = entry->tally.last_month(wall);
    const auto& records = entry->book.records();
    const std::size_t count = std::min(records.size(), StreamReliability::last_max);
    stream.last.assign(records.rbegin(), records.rbegin() + static_cast<std::ptrdiff_t>(count));
    stream.incidents_by_class = entry->book.opened_by_class();
    stream.recoveries = entry->book.recoveries();
  }
  return all;
}

void IncidentDesk::fill(Services& services) {
  services.incidents_json = [this](std::string_view stream, int limit) -> std::optional<std::string> {
    const Entry* entry = find(stream);
    if (!entry) return std::nullopt;
    return incident_list_json(entry->runner->name(), entry->book.records(), static_cast<std::size_t>(limit));
  };
  services.incident_json = [this](std::string_view stream,
                                  std::string_view id) -> std::optional<std::string> {
    const Entry* entry = find(stream);
    const IncidentRecord* record = entry ? entry->book.find(id) : nullptr;
    return record ? std::optional(incident_json(*record)) : std::nullopt;
  };
  services.incident_picture = [this](std::string_view stream, std::string_view id, auto done) {
    picture(stream, id, std::move(done));
  };
  services.last_picture = [this](std::string_view stream) -> PictureBytes {
    const Entry* entry = find(stream);
    if (!entry || !entry->runner->last_picture()) return nullptr;
    return std::make_shared<const std::string>(entry->runner->last_picture()->jpeg);
  };
  services.drill = [this](std::string_view stream, std::string_view fault, auto done) {
    begin_drill(stream, fault, std::move(done));
  };
}

void IncidentDesk::picture(std::string_view stream, std::string_view id,
                           std::function<void(PictureBytes)> done) const {
  const Entry* entry = find(stream);
  const IncidentRecord* record = entry ? entry->book.find(id) : nullptr;
  if (!record || !record->has_picture) return done(nullptr);
  if (PictureBytes held = entry->book.picture(id); held || !files_) return done(std::move(held));
  files_->read_picture(record->stream, record->id, std::move(done));
}

// What a full disk disturbs is the copies: the picture is not looked at.
DrillFacts IncidentDesk::drill_facts(const Entry& entry, std::string_view fault, int input) const {
  DrillFacts facts = facts_of(entry.runner->snapshot(now()), input);
  if (fault != disk_full || !entry.mirror) return facts;
  facts.disturbed = !entry.mirror->facts().error.empty();
  facts.input_error.clear();
  return facts;
}

common::Result<void> IncidentDesk::cause(const Entry& entry, std::string_view fault) const {
  if (fault != disk_full) return entry.runner->drill(fault);
  if (!entry.mirror) {
    return common::error(
        "hls.output_dir of this stream is not set: nothing is written to a disk that could be full.");
  }
  if (const std::string error = entry.mirror->facts().error; !error.empty()) {
    return common::error("output_dir is not written as it is: " + error + ".");
  }
  const double segment = entry.runner->plan().settings.grid.segment_seconds();
  entry.mirror->fail_for(disk_full_time + std::chrono::milliseconds(std::llround(segment * 1000)));
  return {};
}

void IncidentDesk::begin_drill(std::string_view stream, std::string_view fault,
                               std::function<void(DrillOutcome)> done) {
  using Kind = DrillOutcome::Kind;
  const auto refuse = [&done](Kind kind, const std::string& reason) { done({kind, {}, reason}); };
  Entry* entry = find(stream);
  if (!plan_.drill) {
    return refuse(
        Kind::SwitchedOff,
        "Drills are off. Set server.drill to true in the configuration and start the service anew.");
  }
  if (!entry) return refuse(Kind::UnknownStream, {});
  if (!is_drill_fault(fault)) {
    return refuse(Kind::UnknownFault, "There is no such fault. One of: " + fault_names() + ".");
  }
  if (entry->drill) return refuse(Kind::Refused, "A drill of this stream is running. Wait until it is over.");
  const StreamSnapshot before = entry->runner->snapshot(now());
  if (!is_delivering(before)) {
    return refuse(Kind::Refused, "The stream does not show its picture now, so no recovery can be measured.");
  }
  entry->drill = std::make_unique<Drill>(
      Drill{DrillWatch(std::string(fault), drill_facts(*entry, fault, before.active_input),
                       part_target(*entry->runner), now()),
            before.active_input, std::move(done)});
  spdlog::warn("{}drill: {}", log_prefix(entry->runner->name(), before.generation), fault);
  if (const auto begun = cause(*entry, fault); !begun) {
    const auto drill = std::move(entry->drill);
    return drill->done({Kind::Refused, {}, begun.error().reason});
  }
  watch_drills();
}

// Also learns what no event tells: how old the last part became.
void IncidentDesk::watch_drills() {
  bool any = false;
  for (const auto& entry : entries_) {
    if (!entry->drill) continue;
    const MonoTime at = now();
    entry->drill->watch.observe(drill_facts(*entry, entry->drill->watch.fault(), entry->drill->input), at);
    if (entry->drill->watch.is_over(at)) {
      end_drill(*entry);
    } else {
      any = true;
    }
  }
  if (!any) return;
  drill_timer_.expires_after(drill_sample);
  drill_timer_.async_wait([this](boost::system::error_code failure) {
    if (!failure) watch_drills();
  });
}

void IncidentDesk::end_drill(Entry& entry) {
  const auto drill = std::move(entry.drill);
  const DrillReport report = drill->watch.report();
  spdlog::warn("{}drill: {}: {}", log_prefix(entry.runner->name(), 0), report.fault, report.verdict);
  drill->done({DrillOutcome::Kind::Measured, drill_json(report), {}});
}

}  // namespace supervisor
