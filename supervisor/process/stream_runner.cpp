#include "supervisor/process/stream_runner.h"

#include <signal.h>

#include <utility>

#include "common/printable.h"
#include "common/version.h"
#include "supervisor/process/spawn.h"
#include "supervisor/report/wall_time.h"
#include "supervisor/supervise/describe.h"

namespace supervisor {
namespace {

using common::MonoTime;

MonoTime now() {
  return std::chrono::steady_clock::now();
}

int signal_number(Signal::Kind kind) {
  switch (kind) {
    case Signal::Kind::Term:
      return SIGTERM;
    case Signal::Kind::Kill:
      return SIGKILL;
    case Signal::Kind::Cont:
      return SIGCONT;
  }
  return SIGKILL;
}

}  // namespace

StreamRunner::StreamRunner(boost::asio::io_context& loop, StreamPlan plan, StreamLog log)
    : loop_(loop),
      plan_(std::move(plan)),
      log_(std::move(log)),
      machine_{plan_.supervision},
      state_(initial_state(plan_.seed, now())),
      stream_(plan_.publishing),
      report_(plan_.settings.inputs),
      machine_timer_(loop),
      publisher_timer_(loop) {}

void StreamRunner::start() {
  handle(OperatorStart{});
}

void StreamRunner::stop() {
  handle(OperatorStop{});
  stream_.stop(now());
  arm_publisher();
}

void StreamRunner::restart() {
  handle(OperatorRestart{});
}

void StreamRunner::reconfigure(common::WorkerSettings settings, SupervisionSettings supervision) {
  plan_.settings = std::move(settings);
  plan_.supervision = supervision;
  machine_.settings = supervision;
  report_ = WorkerReport(plan_.settings.inputs);
  handle(ConfigChanged{true});
}

void StreamRunner::shut_down(std::function<void()> done) {
  shut_down_done_ = std::move(done);
  handle(ShutDown{});
}

// Actions may cause events at once (a failed spawn): they queue, so that step() is never entered twice.
void StreamRunner::handle(const Event& event) {
  events_.push_back(event);
  if (handling_) return;
  handling_ = true;
  while (!events_.empty()) {
    const Event next = std::move(events_.front());
    events_.pop_front();
    for (const Action& action : machine_.step(state_, next, now())) perform(action);
  }
  handling_ = false;
  arm_machine();
  arm_publisher();
  tell_changes();
  if (!state_.worker && shut_down_done_) loop_post(std::exchange(shut_down_done_, nullptr));
}

void StreamRunner::loop_post(std::function<void()> call) {
  boost::asio::post(loop_, std::move(call));
}

void StreamRunner::perform(const Action& action) {
  struct Visitor {
    StreamRunner& run;
    void operator()(const Spawn& a) const { run.spawn(a.generation); }
    void operator()(const SendQuit& a) const { run.send(a.generation, common::Quit{}); }
    void operator()(const Signal& a) const { run.signal(a.generation, signal_number(a.kind)); }
    void operator()(const Activate& a) const { run.activate(a.generation); }
    void operator()(const Fence& a) const { run.stream_.end_life(a.generation, now()); }
    void operator()(const Quarantine& a) const {
      run.log_("error", a.generation, "the worker cannot be killed; it is left behind and replaced");
    }
    void operator()(const LogState& a) const { run.log_("info", run.state_.generation, a.text); }
    void operator()(const OpenIncident& a) const { run.log_("warn", run.state_.generation, a.text); }
    void operator()(const CloseIncident& a) const {
      if (!a.recovery) return;
      run.log_("info", run.state_.generation, "recovered in " + std::to_string(a.recovery->count()) + " ms");
    }
  };
  std::visit(Visitor{*this}, action);
}

void StreamRunner::arm_machine() {
  const auto due = machine_.deadline(state_);
  if (due == machine_due_) return;
  machine_due_ = due;
  machine_timer_.cancel();
  if (!due) return;
  machine_timer_.expires_at(*due);
  machine_timer_.async_wait([this, at = *due](boost::system::error_code failure) {
    if (failure) return;
    machine_due_.reset();
    const auto lateness = std::chrono::duration_cast<std::chrono::milliseconds>(now() - at);
    if (lateness > machine_.settings.late_loop) handle(LoopLate{lateness});
    handle(Tick{});
  });
}

void StreamRunner::arm_publisher() {
  const auto due = stream_.next_due();
  if (due == publisher_due_) return;
  publisher_due_ = due;
  publisher_timer_.cancel();
  if (!due) return;
  publisher_timer_.expires_at(*due);
  publisher_timer_.async_wait([this](boost::system::error_code failure) {
    if (failure) return;
    publisher_due_.reset();
    if (const auto wanted = stream_.advance(now())) resume(*wanted);
    arm_publisher();
    tell_changes();
  });
}

void StreamRunner::spawn(Generation generation) {
  Life life;
  life.sender = {generation, make_nonce()};
  auto spawned = spawn_worker(loop_, {plan_.worker_program, common::format_worker_settings(plan_.settings),
                                      generation, life.sender.nonce});
  if (!spawned) {
    log_("error", generation, spawned.error().reason);
    report_.error_line(spawned.error().reason);
    handle(SpawnFailed{generation, spawned.error().system_errno, spawned.error().reason});
    return;
  }
  const int pid = spawned->pid;
  report_.begin_life(now());
  life.process = WorkerProcess::adopt(loop_, std::move(*spawned), callbacks_for(generation));
  lives_.emplace(generation, std::move(life));
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

void StreamRunner::activate(Generation generation) {
  const Slot slot = stream_.begin_life(generation, now());
  send(generation, common::Activate{plan_.settings.grid.pts(slot)});
}

void StreamRunner::resume(const NeedsResume& wanted) {
  log_("debug", wanted.generation, "late: viewers see the last picture until the worker opens anew");
  send(wanted.generation, common::Activate{plan_.settings.grid.pts(wanted.continue_at)});
}

void StreamRunner::send(Generation generation, const common::Command& command) {
  const auto life = lives_.find(generation);
  if (life != lives_.end()) life->second.process->send(common::format_command(command));
}

void StreamRunner::signal(Generation generation, int number) {
  const auto life = lives_.find(generation);
  if (life != lives_.end()) life->second.process->signal(number);
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
  on_worker_log(generation, "warn", common::printable(line));
}

void StreamRunner::on_message(Generation generation, const common::Message& message) {
  struct Visitor {
    StreamRunner& run;
    Generation g;
    void operator()(const common::Hello& m) const {
      run.handle(HelloReceived{g, m.version == common::version});
    }
    void operator()(const common::Ready&) const { run.handle(WorkerReady{g}); }
    void operator()(const common::Heartbeat& m) const {
      run.report_.heartbeat(m, now());
      run.handle(HeartbeatReceived{g});
      run.judge_quality(g);
    }
    void operator()(const common::InputReport& m) const {
      run.report_.input(m, format_rfc3339(std::chrono::system_clock::now()));
      const std::string input = "input " + std::to_string(m.priority) + ": " + m.status;
      if (m.error.empty()) {
        run.log_("info", g, input);
      } else {
        run.on_worker_log(g, "warn", input + ": " + m.error);
      }
    }
    void operator()(const common::Monitors& m) const { run.report_.monitors(m); }
    void operator()(const common::LogLine& m) const {
      run.on_worker_log(g, m.level, common::printable(m.text));
    }
    void operator()(const common::EncoderReport& m) const {
      run.report_.encoder(m);
      run.log_("info", g,
               "encoder " + m.encoder + (m.fallback_reason.empty() ? "" : " (" + m.fallback_reason + ")"));
    }
    void operator()(const common::Bye& m) const {
      run.lives_.at(g).bye_reason = m.reason;
      if (m.reason != "ok") run.on_worker_log(g, "error", m.reason + ": " + m.text);
    }
  };
  if (is_current(generation)) std::visit(Visitor{*this, generation}, message);
}

void StreamRunner::on_worker_log(Generation generation, std::string_view level, std::string_view text) {
  const FloodGate::Verdict verdict = gate_.line(now());
  if (verdict.suppressed > 0) {
    log_("warn", generation, std::to_string(verdict.suppressed) + " more lines of the worker were held back");
  }
  if (verdict.flooding) handle(ProtocolBroken{generation, "the worker floods its stderr"});
  if (!verdict.pass) return;
  log_(std::string(level), generation, std::string(text));
  if (level == "warn" || level == "error") report_.error_line(std::string(text));
}

void StreamRunner::judge_quality(Generation generation) {
  std::string reason = report_.quality_reason();
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
  const Admission admission = stream_.admit(item.header, item.bytes, now());
  if (!admission) log_("debug", generation, "refused: " + admission.reason);
  if (admission.resume) resume(*admission.resume);
  if (admission.published) handle(MediaAdmitted{generation});
  arm_publisher();
}

void StreamRunner::on_exit(Generation generation, const ExitStatus& status) {
  const auto life = lives_.find(generation);
  if (life == lives_.end()) return;
  const std::string bye = life->second.bye_reason;
  lives_.erase(life);
  stream_.end_life(generation, now());
  if (is_current(generation)) {
    report_.end_life();
    quality_reason_.clear();
  }
  handle(Exited{generation, status, bye, false});
}

// One call for each difference that people or scripts would notice.
void StreamRunner::tell_changes() {
  const auto facts = stream_.facts(now());
  const Noticed seen{state_.phase, state_.reason, state_.generation, on_air(facts)};
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
  return report_.shows_slate() ? StreamSnapshot::OnAir::Slate : StreamSnapshot::OnAir::Picture;
}

StreamSnapshot StreamRunner::snapshot(MonoTime at) const {
  const Description described = describe(state_, at);
  const PublisherFacts facts = stream_.facts(at);
  StreamSnapshot s;
  s.name = plan_.name;
  s.state = described.state;
  s.reason = described.reason;
  s.desired_up = described.desired_up;
  s.on_air = on_air(facts);
  s.state_seconds = described.state_seconds;
  s.generation = described.generation;
  s.worker_pid = described.worker_pid;
  s.restart_count = described.restart_count;
  s.exit_codes = described.exit_codes;
  s.last_exit = described.last_exit;
  s.last_recovery_ms = described.last_recovery_ms;
  s.next_retry_ms = described.next_retry_ms;
  s.width = plan_.settings.video.width;
  s.height = plan_.settings.video.height;
  s.last_part_age_ms = facts.last_part_age_ms;
  s.part_late_max_ms = facts.part_late_max_ms;
  s.media_sequence = facts.media_sequence;
  s.discontinuity_sequence = facts.discontinuity_sequence;
  s.segment_count = facts.segment_count;
  s.window_bytes = facts.bytes;
  s.parts = facts.parts;
  s.parts_bridged = facts.bridged;
  s.parts_refused = facts.refused;
  report_.fill(s, at);
  return s;
}

}  // namespace supervisor
