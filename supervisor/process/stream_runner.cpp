// The machine's side: events in, actions out, timers. What workers say and do is in stream_runner_lives.cpp.
#include "supervisor/process/stream_runner.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "supervisor/process/orphan_sweep.h"
#include "supervisor/supervise/describe.h"
#include "supervisor/supervise/invariants.h"

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

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

// Where the cookie of an x11 input is looked for, as Xlib and xcb do.
std::string cookie_file(const common::InputSettings& input) {
  if (!input.xauthority.empty()) return input.xauthority;
  if (std::string named = environment("XAUTHORITY"); !named.empty()) return named;
  const std::string home = environment("HOME");
  return home.empty() ? std::string() : home + "/.Xauthority";
}

std::vector<WatchedFile> watched_files(const StreamPlan& plan) {
  std::vector<WatchedFile> files = {
      {plan.worker_program, WorldNews::Kind::Binary, plan.worker_program + " was replaced"}};
  for (const common::InputSettings& input : plan.settings.inputs) {
    if (input.type != "x11") continue;
    const std::string display = input.display.empty() ? environment("DISPLAY") : input.display;
    files.push_back({display_socket(display), WorldNews::Kind::Display,
                     "the X server " + display + " opened its socket"});
    const std::string cookie = cookie_file(input);
    files.push_back({cookie, WorldNews::Kind::Cookie, cookie + " was written"});
  }
  return files;
}

}  // namespace

StreamRunner::StreamRunner(boost::asio::io_context& loop, StreamPlan plan, StreamLog log)
    : loop_(loop),
      plan_(std::move(plan)),
      log_(std::move(log)),
      machine_{plan_.supervision},
      state_(plan_.saved ? restore(*plan_.saved, plan_.seed, now()) : initial_state(plan_.seed, now())),
      stream_(plan_.publishing),
      desk_(loop,
            {plan_.settings.inputs, plan_.selector, plan_.worker_program,
             plan_.saved ? std::exchange(plan_.saved->inputs, std::nullopt) : std::nullopt},
            desk_callbacks()),
      machine_timer_(loop),
      publisher_timer_(loop),
      lives_timer_(loop),
      world_(loop, [this](const WorldNews& news) { on_world(news); }) {
  OrphanSweep::of(loop_);  // there before the first worker
}

void StreamRunner::start() {
  watch_world();
  stream_.set_paused(state_.paused, now());
  desk_.set_paused(state_.paused);
  if (std::exchange(plan_.saved, std::nullopt)) {  // once: from then on it is an order
    handle(Resume{});
  } else {
    handle(OperatorStart{});
  }
}

void StreamRunner::stop() {
  handle(OperatorStop{});
  desk_.forget();
  stream_.stop(now());
  arm_publisher();
}

void StreamRunner::restart() {
  desk_.forget_monitors();
  handle(OperatorRestart{});
}

void StreamRunner::pause() {
  handle(OperatorPause{});
}

void StreamRunner::resume() {
  handle(OperatorResume{});
}

void StreamRunner::shut_down(std::function<void()> done) {
  shut_down_done_ = std::move(done);
  handle(ShutDown{});
}

common::Result<void> StreamRunner::drill(std::string_view fault) {
  static constexpr std::array<std::string_view, 4> commanded = {"exit", "freeze", "oom", "xlost"};
  const bool by_signal = fault == "kill" || fault == "stop";
  if (!by_signal && std::find(commanded.begin(), commanded.end(), fault) == commanded.end()) {
    return common::error("no such fault of a worker: " + std::string(fault) +
                         "; known are kill, stop, exit, freeze, oom, xlost");
  }
  const auto life = state_.worker ? lives_.find(state_.worker->generation) : lives_.end();
  if (life == lives_.end()) {
    return common::error("no worker of " + plan_.name + " is running; start the stream first");
  }
  if (by_signal) {
    log_("warn", life->first, "drill: " + std::string(fault));
    // Not counted as ours (killed): it is to look as if it came from elsewhere.
    life->second.process->signal(fault == "kill" ? SIGKILL : SIGSTOP);
    return {};
  }
  if (!send(life->first, common::Drill{std::string(fault)})) {
    return common::error("the worker of " + plan_.name + " does not read its commands");
  }
  log_("warn", life->first, "drill: " + std::string(fault));
  return {};
}

SavedSupervision StreamRunner::saved(MonoTime at) const {
  SavedSupervision saved = save(state_, at);
  saved.inputs = desk_.saved(at, !state_.shutting_down);
  return saved;
}

std::vector<int> StreamRunner::pids() const {
  std::vector<int> all;
  for (const auto& [generation, life] : lives_) all.push_back(life.process->pid());
  return all;
}

std::optional<std::string> StreamRunner::violated(MonoTime at) const {
  return supervisor::violated(machine_, state_, at);
}

// Actions may cause events at once (a failed spawn): they queue, so that step() is never entered twice.
void StreamRunner::handle(const Event& event) {
  events_.push_back(event);
  if (handling_) return;
  handling_ = true;
  // Also when something throws: a stream that is never handled again would be dead.
  const auto done = [](bool* flag) { *flag = false; };
  const std::unique_ptr<bool, decltype(done)> handling(&handling_, done);
  while (!events_.empty()) {
    const Event next = std::move(events_.front());
    events_.pop_front();
    for (const Action& action : machine_.step(state_, next, now())) perform(action);
    follow_worker();
  }
  handling_ = false;
  arm_machine();
  arm_publisher();
  tell_changes();
  finish_shut_down();
}

// Of the worker that is meant when nothing else is said.
Generation StreamRunner::current() const {
  return state_.worker ? state_.worker->generation : state_.generation;
}

// Those in quarantine are not waited for.
void StreamRunner::finish_shut_down() {
  const bool ended = !state_.worker && !state_.standby && state_.retiring.empty();
  if (ended && shut_down_done_) boost::asio::post(loop_, std::exchange(shut_down_done_, nullptr));
}

void StreamRunner::perform(const Action& action) {
  struct Visitor {
    StreamRunner& run;
    const Action& action;
    void operator()(const Spawn& a) const { run.spawn(a); }
    void operator()(const SendQuit& a) const { run.send(a.generation, common::Quit{}); }
    void operator()(const Signal& a) const { run.signal(a.generation, signal_number(a.kind)); }
    void operator()(const Activate& a) const { run.activate(a.generation); }
    void operator()(const TakeOver& a) const { run.take_over(a.generation); }
    void operator()(const CancelTakeOver&) const { run.cancel_take_over(); }
    void operator()(const SetPaused& a) const { run.set_paused(a.paused); }
    void operator()(const GatherEvidence& a) const { run.gather_evidence(a.generation); }
    void operator()(const Fence& a) const { run.stream_.end_life(a.generation, now()); }
    void operator()(const Quarantine& a) const { run.quarantine(a.generation); }
    void operator()(const LogState& a) const { run.log_("info", run.current(), a.text); }
    void operator()(const OpenIncident& a) const { run.incident(action, "warn", a.text); }
    void operator()(const NoteIncident& a) const { run.incident(action, "info", a.text); }
    void operator()(const CloseIncident& a) const {
      const auto& took = a.recovery;
      run.incident(action, "info", took ? "recovered in " + std::to_string(took->count()) + " ms" : "");
    }
  };
  std::visit(Visitor{*this, action}, action);
}

void StreamRunner::incident(const Action& action, const std::string& level, const std::string& text) {
  if (!text.empty()) log_(level, current(), text);
  if (on_incident_) on_incident_(action);
}

void StreamRunner::activate(Generation generation) {
  tell_again(generation);
  const Slot slot = stream_.begin_life(generation, now());
  send(generation, common::Activate{plan_.settings.grid.pts(slot)});
}

void StreamRunner::take_over(Generation generation) {
  tell_again(generation);
  const Slot slot = stream_.plan_takeover(generation, now());
  send(generation, common::Activate{plan_.settings.grid.pts(slot)});
}

void StreamRunner::cancel_take_over() {
  if (const auto wanted = stream_.cancel_takeover(now())) resume(*wanted);
}

// The fence first: what a worker sends before it has read the command is refused.
void StreamRunner::set_paused(bool paused) {
  const auto wanted = stream_.set_paused(paused, now());
  if (paused) last_picture_.reset();
  desk_.set_paused(paused);
  for (const auto& [generation, life] : lives_) send(generation, common::Pause{paused});
  if (wanted) send(wanted->generation, common::Activate{plan_.settings.grid.pts(wanted->continue_at)});
}

void StreamRunner::resume(const NeedsResume& wanted) {
  log_("debug", wanted.generation, "late: viewers see the last picture until the worker opens anew");
  send(wanted.generation, common::Activate{plan_.settings.grid.pts(wanted.continue_at)});
}

void StreamRunner::gather_evidence(Generation generation) {
  const auto found = lives_.find(generation);
  if (found == lives_.end()) {
    handle(EvidenceGathered{generation, false, "the process is gone"});
    return;
  }
  static const int ticks_per_second = static_cast<int>(::sysconf(_SC_CLK_TCK));
  const WorkerLife& life = found->second;
  const auto& before = life.at_heartbeat;
  const auto silence = now() - (before ? before->at : life.started);
  const StallVerdict verdict =
      judge_silence(before ? std::optional(before->of) : std::nullopt, life.probe.read(),
                    std::chrono::duration_cast<std::chrono::milliseconds>(silence), life.probe.wait_channel(),
                    ticks_per_second);
  handle(EvidenceGathered{generation, verdict.starved, verdict.text});
}

void StreamRunner::quarantine(Generation generation) {
  log_("error", generation, "the worker cannot be killed; it is left behind and replaced");
  const auto life = lives_.find(generation);
  if (life != lives_.end()) life->second.process->abandon();
}

void StreamRunner::watch_world() {
  world_.watch(watched_files(plan_));
}

void StreamRunner::on_world(const WorldNews& news) {
  log_("debug", current(), news.reason);
  if (news.kind == WorldNews::Kind::Binary) {
    const bool waiting = state_.phase == Phase::Blocked && state_.blocked_by == Precondition::Binary;
    if (waiting) handle(PreconditionChanged{Precondition::Binary, true});
    return;
  }
  handle(WorldChanged{news.reason});
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

}  // namespace supervisor
