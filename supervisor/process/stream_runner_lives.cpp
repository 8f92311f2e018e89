// The workers' side: what they are started with, what they say and deliver, how they end, and what is
// reported of them.
#include <signal.h>
#include <unistd.h>

#include <utility>

#include "common/redact.h"
#include "common/version.h"
#include "supervisor/process/orphan_sweep.h"
#include "supervisor/process/spawn.h"
#include "supervisor/process/stream_runner.h"
#include "supervisor/supervise/describe.h"

namespace supervisor {
namespace {

using common::MonoTime;

constexpr std::chrono::seconds sample_interval{1};

MonoTime now() {
  return std::chrono::steady_clock::now();
}

LimitSettings limit_settings(const WorkerLimits& limits) {
  return {static_cast<double>(limits.worker_memory_mb), static_cast<double>(limits.worker_cpu_percent),
          std::chrono::seconds(limits.for_seconds)};
}

double resident_mb(const ProcessReading& reading) {
  static const double page_bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
  return static_cast<double>(reading.rss_pages) * page_bytes / (1024.0 * 1024.0);
}

double cpu_percent(const WorkerLife::Reading& before, const WorkerLife::Reading& after) {
  static const double ticks_a_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const double seconds = std::chrono::duration<double>(after.at - before.at).count();
  if (seconds <= 0 || after.of.cpu_ticks < before.of.cpu_ticks) return 0;
  return 100 * static_cast<double>(after.of.cpu_ticks - before.of.cpu_ticks) / ticks_a_second / seconds;
}

// Nothing while there is nothing to compare with.
std::optional<std::string> sample(WorkerLife& life, MonoTime at) {
  life.memory.refresh();
  const auto reading = life.probe.read();
  if (!reading) return std::nullopt;
  const WorkerLife::Reading fresh{*reading, at};
  const auto before = std::exchange(life.at_sample, fresh);
  if (!before) return std::nullopt;
  return life.limits.sample(resident_mb(*reading), cpu_percent(*before, fresh), at);
}

}  // namespace

common::WorkerSettings StreamRunner::settings_for(const Spawn& order) const {
  common::WorkerSettings settings = plan_.settings;
  desk_.brief(settings);
  settings.standby = !lives_.empty();
  settings.software_encoder = settings.software_encoder || order.software_encoder;
  settings.reduced = settings.reduced || order.reduced;
  settings.paused = order.paused;
  return settings;
}

void StreamRunner::spawn(const Spawn& order) {
  const Generation generation = order.generation;
  const common::Sender sender{generation, make_nonce()};
  auto spawned = spawn_worker(
      loop_,
      {plan_.worker_program, common::format_worker_settings(settings_for(order)), generation, sender.nonce});
  if (!spawned) {
    log_("error", generation, spawned.error().reason);
    report_.error_line(spawned.error().reason);
    handle(SpawnFailed{generation, spawned.error().system_errno, spawned.error().reason});
    return;
  }
  const int pid = spawned->pid;
  OrphanSweep::of(loop_).know(pid);
  WorkerLife life{.process = WorkerProcess::adopt(loop_, std::move(*spawned), callbacks_for(generation)),
                  .sender = sender,
                  .started = now(),
                  .revision = desk_.revision(),
                  .flood = FloodWatch(),
                  .sampler = LineSampler(plan_.sampling),
                  .errors = ErrorWindow(plan_.errors.max_errors, plan_.errors.error_window),
                  .limits = LimitWatch(limit_settings(plan_.limits)),
                  .probe = WorkerProbe(pid),
                  .memory = MemoryEvents(pid)};
  lives_.emplace(generation, std::move(life));
  watch_lives();
  handle(Spawned{generation, pid});
}

WorkerProcess::Callbacks StreamRunner::callbacks_for(Generation generation) {
  return {[this, generation](std::string_view line, bool cut) { on_line(generation, line, cut); },
          [this, generation](common::MediaRecordReader::Item& item) { on_record(generation, item); },
          [this, generation](const std::string& why) {
            handle(ProtocolBroken{generation, why});
          },
          [this, generation](const ExitStatus& status) { on_exit(generation, status); }};
}

bool StreamRunner::send(Generation generation, const common::Command& command) {
  const auto life = lives_.find(generation);
  return life != lives_.end() && life->second.process->send(common::format_command(command));
}

void StreamRunner::signal(Generation generation, int number) {
  const auto life = lives_.find(generation);
  if (life == lives_.end()) return;
  if (number == SIGKILL) life->second.killed = true;
  life->second.process->signal(number);
}

bool StreamRunner::is_current(Generation generation) const {
  return state_.worker && state_.worker->generation == generation;
}

void StreamRunner::on_line(Generation generation, std::string_view line, bool cut) {
  const auto life = lives_.find(generation);
  if (life == lives_.end()) return;
  if (!cut) {
    if (auto message = common::parse_message(life->second.sender, line)) {
      on_message(generation, *message);
      return;
    }
  }
  on_worker_log(generation, "warn", common::outside_text(line));
}

void StreamRunner::on_message(Generation generation, const common::Message& message) {
  struct Visitor {
    StreamRunner& run;
    Generation g;
    const common::Message& message;
    void operator()(const common::Hello& m) const {
      run.handle(HelloReceived{g, m.version == common::version});
    }
    void operator()(const common::Ready&) const { run.handle(WorkerReady{g}); }
    void operator()(const common::Heartbeat& m) const { run.on_heartbeat(g, m); }
    void operator()(common::InputReport m) const {
      m.error = common::outside_text(m.error);
      run.on_report(g, m);
    }
    void operator()(const common::InputFigures& m) const {
      if (run.is_current(g)) run.desk_.figures(g, m);
    }
    void operator()(const common::Monitors&) const { run.on_report(g, message); }
    void operator()(const common::Trouble& m) const {
      run.handle(LimitExceeded{g, common::outside_text(m.reason + ": " + m.text)});
    }
    void operator()(common::EncoderReport m) const {
      m.fallback_reason = common::outside_text(m.fallback_reason);
      run.on_report(g, m);
    }
    void operator()(const common::LogLine& m) const {
      const std::string text = common::outside_text(m.text);
      run.on_worker_log(g, m.level, text);
      if (m.level == "error") run.note_error(g, text);
    }
    void operator()(const common::Extend& m) const {
      run.on_worker_log(g, "info",
                        "asks for " + std::to_string(m.by_ms) + " ms more: " + common::outside_text(m.why));
      run.handle(ExtendAsked{g, std::chrono::milliseconds(m.by_ms)});
    }
    void operator()(const common::Bye& m) const {
      run.lives_.at(g).bye_reason = common::outside_text(m.reason);
      if (m.reason != "ok") run.on_worker_log(g, "error", common::outside_text(m.reason + ": " + m.text));
    }
  };
  std::visit(Visitor{*this, generation, message}, message);
}

void StreamRunner::on_heartbeat(Generation generation, const common::Heartbeat& heartbeat) {
  WorkerLife& life = lives_.at(generation);
  const MonoTime at = now();
  if (const auto reading = life.probe.read()) life.at_heartbeat = WorkerLife::Reading{*reading, at};
  if (is_current(generation)) {
    report_.heartbeat(heartbeat, at);
    desk_.heartbeat(heartbeat);
  }
  handle(HeartbeatReceived{generation});
  judge_quality(generation);
}

// Kept for a standby, reported of the current worker, nothing of one that is ending.
void StreamRunner::on_report(Generation generation, const common::Message& report) {
  EarlyWords& words = lives_.at(generation).words;
  const bool current = is_current(generation);
  if (const auto* input = std::get_if<common::InputReport>(&report)) {
    if (words.inputs.size() < EarlyWords::inputs_max) words.inputs[input->priority] = *input;
    const std::string text = "input " + std::to_string(input->priority) + ": " +
                             std::string(common::input_state_name(input->state));
    const bool well = input->error.empty();
    on_worker_log(generation, well ? "info" : "warn", well ? text : text + ": " + input->error);
    if (current) desk_.report(generation, *input);
  } else if (const auto* monitors = std::get_if<common::Monitors>(&report)) {
    if (words.monitors.size() < EarlyWords::inputs_max) words.monitors[monitors->priority] = *monitors;
    if (current) desk_.monitors(*monitors);
  } else if (const auto* encoder = std::get_if<common::EncoderReport>(&report)) {
    words.encoder = *encoder;
    if (current) {
      report_.encoder(*encoder);
      judge_quality(generation);
    }
    on_worker_log(generation, "info",
                  "encoder " + encoder->encoder +
                      (encoder->fallback_reason.empty() ? "" : " (" + encoder->fallback_reason + ")"));
  }
}

void StreamRunner::on_worker_log(Generation generation, std::string_view level, std::string_view text) {
  const auto life = lives_.find(generation);
  if (life == lives_.end()) return;
  const MonoTime at = now();
  LineSampler& sampler = life->second.sampler;
  tell_held_back(generation, sampler.expire(at));
  const bool pass = sampler.pass(level, text, at);
  lines_held_back_ += pass ? 0 : 1;
  if (life->second.flood.line(at)) handle(ProtocolBroken{generation, "the worker floods its stderr"});
  if (!pass) return;
  log_(std::string(level), generation, std::string(text));
  recent_log_.push_back(std::to_string(generation) + " " + std::string(level) + " " + std::string(text));
  if (recent_log_.size() > recent_log_max) recent_log_.pop_front();
  const bool trouble = level == "warn" || level == "error";
  if (trouble && is_current(generation)) report_.error_line(std::string(text));
}

void StreamRunner::tell_held_back(Generation generation, const std::vector<LineSampler::Summary>& summaries) {
  for (const LineSampler::Summary& summary : summaries) log_(summary.level, generation, summary.text);
}

void StreamRunner::note_error(Generation generation, std::string_view text) {
  const auto life = lives_.find(generation);
  if (life == lives_.end() || !life->second.errors.add(now())) return;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(plan_.errors.error_window);
  handle(ErrorStorm{generation, std::to_string(plan_.errors.max_errors) + " errors in " +
                                    std::to_string(seconds.count()) + " s, the last: " + std::string(text)});
}

// The report is in the life of the current worker, whichever that is now.
void StreamRunner::follow_worker() {
  const Generation current = state_.worker ? state_.worker->generation : 0;
  const auto life = lives_.find(current);
  const Generation reported = life == lives_.end() ? 0 : current;
  if (reported == reported_) return;
  reported_ = reported;
  quality_reason_.clear();
  if (reported == 0) {
    report_.end_life();
    desk_.end();
    if (!state_.desired_up) desk_.forget();
    return;
  }
  report_.begin_life(life->second.started);
  if (life->second.words.encoder) report_.encoder(*life->second.words.encoder);
  replay(reported);
}

void StreamRunner::judge_quality(Generation generation) {
  if (!is_current(generation)) return;
  std::string reason = desk_.quality_reason();
  if (reason.empty()) reason = report_.quality_reason();
  if (reason == quality_reason_) return;
  quality_reason_ = reason;
  handle(QualityChanged{generation, !reason.empty(), reason});
}

void StreamRunner::on_record(Generation generation, common::MediaRecordReader::Item& item) {
  if (item.header.generation != generation) {
    handle(
        ProtocolBroken{generation, "a media record of generation " + std::to_string(item.header.generation)});
    return;
  }
  if (item.header.type == common::RecordType::Snapshot) {
    keep_picture(generation, item);
    return;
  }
  const Admission admission = stream_.admit(item.header, item.bytes, now());
  if (!admission) log_("debug", generation, "refused: " + admission.reason);
  if (admission.resume) resume(*admission.resume);
  if (admission.published) handle(MediaAdmitted{generation});
  arm_publisher();
}

void StreamRunner::keep_picture(Generation generation, common::MediaRecordReader::Item& item) {
  const bool is_jpeg = item.bytes.size() > 2 && item.bytes[0] == 0xff && item.bytes[1] == 0xd8;
  if (state_.paused || !is_current(generation) || !is_jpeg || item.bytes.size() > LastPicture::bytes_max)
    return;
  last_picture_ = LastPicture{std::string(item.bytes.begin(), item.bytes.end()), generation, now()};
}

void StreamRunner::on_exit(Generation generation, const ExitStatus& status) {
  const auto life = lives_.find(generation);
  if (life == lives_.end()) return;
  const Exited exited{generation, status, life->second.bye_reason,
                      status.signal == SIGKILL && !life->second.killed && life->second.memory.rose()};
  const int pid = life->second.process->pid();
  tell_held_back(generation, life->second.sampler.finish(now()));
  lives_.erase(life);
  stream_.end_life(generation, now());
  handle(exited);
  // What it left behind may wait until viewers have their successor.
  OrphanSweep::of(loop_).forget(pid);
}

void StreamRunner::watch_lives() {
  if (lives_watched_ || lives_.empty()) return;
  lives_watched_ = true;
  lives_timer_.expires_after(sample_interval);
  lives_timer_.async_wait([this](boost::system::error_code failure) {
    if (failure) return;
    lives_watched_ = false;
    sample_lives();
    watch_lives();
  });
}

void StreamRunner::sample_lives() {
  std::deque<LimitExceeded> exceeded;
  for (auto& [generation, life] : lives_) {
    tell_held_back(generation, life.sampler.expire(now()));
    if (const auto text = sample(life, now())) exceeded.push_back({generation, *text});
  }
  for (const LimitExceeded& event : exceeded) handle(event);
}

// One call for each difference that people or scripts would notice.
void StreamRunner::tell_changes() {
  const auto facts = stream_.facts(now());
  const Noticed seen{state_.phase, state_.reason, current(), standby_word(), on_air(facts), inputs_changed_};
  if (seen == noticed_) return;
  noticed_ = seen;
  if (on_state_change_) on_state_change_();
}

StreamSnapshot::OnAir StreamRunner::on_air(const PublisherFacts& facts) const {
  switch (facts.on_air) {
    case OnAir::Nothing:
      return StreamSnapshot::OnAir::Nothing;
    case OnAir::Slate:
      return StreamSnapshot::OnAir::Slate;
    case OnAir::Bridge:
      return StreamSnapshot::OnAir::Bridge;
    case OnAir::Picture:
      break;
  }
  return desk_.shows_slate() ? StreamSnapshot::OnAir::Slate : StreamSnapshot::OnAir::Picture;
}

std::string StreamRunner::standby_word() const {
  if (!state_.standby) return "off";
  switch (state_.standby->stage) {
    case Standby::Stage::Starting:
    case Standby::Stage::Warming:
      break;
    case Standby::Stage::Ready:
      return "ready";
    case Standby::Stage::TakingOver:
      return "taking_over";
  }
  return "starting";
}

StreamSnapshot StreamRunner::snapshot(MonoTime at) const {
  const Description described = describe(state_, at);
  const PublisherFacts facts = stream_.facts(at);
  StreamSnapshot s;
  s.name = plan_.name;
  s.state = described.state;
  s.reason = described.reason;
  s.desired_up = described.desired_up;
  s.paused = described.paused;
  s.on_air = on_air(facts);
  s.state_seconds = described.state_seconds;
  s.generation = current();
  s.worker_pid = described.worker_pid;
  s.unkillable = static_cast<int>(described.quarantine.size());
  s.standby_pid = state_.standby ? state_.standby->pid : 0;
  s.standby = standby_word();
  if (!state_.standby && plan_.supervision.hot_standby && state_.worker) {
    const auto& due = state_.standby_due;
    const auto left = due ? std::chrono::duration_cast<std::chrono::milliseconds>(*due - at).count() : 0;
    s.standby += due && left > 0 ? ": the next one starts in " + std::to_string(left) + " ms"
                                 : ": no worker has delivered yet";
  }
  s.restart_count = described.restart_count;
  s.exit_codes = described.exit_codes;
  s.last_exit = described.last_exit;
  s.last_recovery_ms = described.last_recovery_ms;
  s.next_retry_ms = described.next_retry_ms;
  s.width = plan_.settings.video.width;
  s.height = plan_.settings.video.height;
  s.last_part_age_ms = facts.last_part_age_ms;
  s.part_late_max_ms = facts.part_late_max_ms;
  s.part_late = facts.part_late;
  s.media_sequence = facts.media_sequence;
  s.discontinuity_sequence = facts.discontinuity_sequence;
  s.segment_count = facts.segment_count;
  s.window_bytes = facts.bytes;
  s.parts = facts.parts;
  s.parts_bridged = facts.bridged;
  s.parts_refused = facts.refused;
  s.holes = facts.holes;
  s.log_lines_held_back = lines_held_back_;
  report_.fill(s, at);
  desk_.fill(s, at);
  return s;
}

}  // namespace supervisor
