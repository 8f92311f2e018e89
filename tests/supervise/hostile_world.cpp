#include "hostile_world.h"

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "stream.h"

namespace supervisor {
namespace {

using common::MonoTime;

constexpr std::size_t trace_max = 60;

// Every third seed lives fast, so that holds, proofs and quarantines come often; the others have the
// defaults.
SupervisionSettings settings_of(std::uint64_t seed) {
  SupervisionSettings settings;
  if (seed % 3 == 0) {
    settings.stable_after = 5s;
    settings.hold_min = 3s;
    settings.hold_max = 20s;
    settings.max_restarts = 3;
    settings.restart_window = 60s;
    settings.backoff_max = 4s;
  }
  return settings;
}

bool forgives(const Event& event) {
  return std::holds_alternative<OperatorStart>(event) || std::holds_alternative<OperatorRestart>(event);
}

}  // namespace

Tally& Tally::operator+=(const Tally& other) {
  spawns += other.spawns;
  recoveries += other.recoveries;
  quarantines += other.quarantines;
  proofs_of_stability += other.proofs_of_stability;
  freezes += other.freezes;
  return *this;
}

HostileWorld::HostileWorld(std::uint64_t seed)
    : dice_(seed), machine_{settings_of(seed)}, state_(initial_state(seed, now_)) {
  say(0ms, OperatorStart{});
}

// --- the course of time ---

void HostileWorld::run(Milliseconds time) {
  const MonoTime end = now_ + time;
  while (now_ < end && !broken_) {
    advance(std::min(end, now_ + between(10ms, 10s)));
    if (!broken_) interfere();
  }
}

void HostileWorld::turn_good() {
  hostile_ = false;
  std::vector<Generation> living;
  for (const auto& [generation, process] : processes_) {
    if (process.alive) living.push_back(generation);
  }
  for (const Generation generation : living) die(generation, {.signal = SIGKILL});
  tell(PreconditionChanged{Precondition::Binary, true});
  tell(PreconditionChanged{Precondition::Config, true});
  if (!state_.desired_up) tell(OperatorStart{});
  const SupervisionSettings& settings = machine_.settings;
  // A start that failed just before may still be told: then it waits once more.
  const Milliseconds longest_wait = state_.phase == Phase::Hold
                                        ? settings.hold_max
                                        : std::max(2 * settings.backoff_max, settings.blocked_retry);
  const Milliseconds bound = longest_wait * 5 / 4 + settings.first_media_timeout + 1s;
  const MonoTime end = now_ + bound;
  while (now_ < end && state_.phase != Phase::Healthy && !broken_) advance(now_ + 100ms);
  require(state_.phase == Phase::Healthy, "in a good world the stream delivers within its bound");
  require(incidents_open_ == 0, "a stream that delivers has no open incident");
  advance(now_ + settings.stable_after * 2 + settings.backoff_max * 4);
  require(state_.phase == Phase::Healthy, "in a good world it goes on delivering");
  require(state_.history.failures == 0 && state_.history.score_milli == 0, "long progress is forgiven");
}

void HostileWorld::advance(MonoTime end) {
  while (!broken_) {
    const auto due = machine_.deadline(state_);
    const bool have = !coming_.empty() && coming_.top().at <= end;
    if (due && *due <= end && (!have || *due <= coming_.top().at)) {
      now_ = std::max(now_, *due);
      tell(Tick{});
      require(!machine_.deadline(state_) || *machine_.deadline(state_) > now_, "a Tick is never due twice");
    } else if (have) {
      const Coming coming = coming_.top();
      coming_.pop();
      now_ = std::max(now_, coming.at);
      happen(coming);
    } else {
      now_ = std::max(now_, end);
      return;
    }
  }
}

void HostileWorld::happen(const Coming& coming) {
  if (coming.turn == Turn::Tell) {
    tell(coming.event);
    return;
  }
  const auto found = processes_.find(coming.generation);
  if (found != processes_.end() && found->second.alive) turn_of(coming, found->second);
}

void HostileWorld::tell(const Event& event) {
  if (broken_) return;
  const State before = state_;
  const std::vector<Action> actions = machine_.step(state_, event, now_);
  if (before.phase != state_.phase || !actions.empty()) {
    const auto at = std::chrono::duration_cast<Milliseconds>(now_.time_since_epoch() - 1000h).count();
    trace_.push_back(std::to_string(at)
                         .append(" ")
                         .append(event_name(event.index()))
                         .append(" -> ")
                         .append(phase_name(state_.phase))
                         .append(": ")
                         .append(text_of(actions)));
    if (trace_.size() > trace_max) trace_.pop_front();
  }
  for (const Action& action : actions) perform(action);
  judge_step(before, event);
  if (hostile_ && chance(2)) told_.push_back(event);
  if (told_.size() > 20) told_.pop_front();
}

void HostileWorld::interfere() {
  switch (dice_() % 14) {
    case 0:
      return tell(OperatorStop{});
    case 1:
    case 2:
    case 3:
      return tell(OperatorStart{});
    case 4:
      return tell(OperatorRestart{});
    case 5:
      return tell(ConfigChanged{chance(50)});
    case 6:
      return tell(PreconditionChanged{chance(50) ? Precondition::Binary : Precondition::Config, chance(70)});
    case 7:
      return tell(QualityChanged{state_.generation, chance(50), "slate"});
    case 8:
      return tell(Tick{});
    case 9:
      return freeze();
    case 10:
      return repeat();
    case 11:
      if (!state_.desired_up) tell(OperatorStart{});
      return;
    default:
      return;
  }
}

// An event of long ago comes again. Not an exit or a part: those are the shell's and the publisher's own
// words, and said once.
void HostileWorld::repeat() {
  if (told_.empty()) return;
  const Event event = told_.front();
  if (!std::holds_alternative<Exited>(event) && !std::holds_alternative<MediaAdmitted>(event)) tell(event);
}

// The loop does not turn: what happens meanwhile is told afterwards, in its order; the shell does not always
// notice.
void HostileWorld::freeze() {
  const Milliseconds length = between(100ms, 8s);
  longest_freeze_ = std::max(longest_freeze_, length);
  ++tally_.freezes;
  now_ += length;
  if (chance(70)) tell(LoopLate{length});
}

void HostileWorld::later(Milliseconds delay, Turn turn, Generation generation, Event event) {
  coming_.push({now_ + delay, order_++, turn, generation, std::move(event)});
}

HostileWorld::Milliseconds HostileWorld::between(Milliseconds least, Milliseconds most) {
  return least + Milliseconds(dice_() % static_cast<std::uint64_t>((most - least).count() + 1));
}

// --- processes ---

HostileWorld::Fate HostileWorld::draw_fate() {
  if (!hostile_ || chance(25)) return Fate::Good;
  return static_cast<Fate>(dice_() % 12);
}

void HostileWorld::begin_life(Generation generation) {
  Process& process = processes_[generation];
  process.fate = draw_fate();
  process.obeys = !hostile_ || chance(60);
  process.unkillable = hostile_ && chance(8);
  const Milliseconds exec = hostile_ && chance(5) ? between(1s, 10s) : between(0ms, 50ms);
  const Milliseconds hello = exec + between(1ms, 300ms);
  const Milliseconds ready = hello + between(1ms, 2s);
  switch (process.fate) {
    case Fate::NeverSpawned:
      return;
    case Fate::NotSpawned:
      process.alive = false;
      return say(exec, SpawnFailed{generation, chance(30) ? ENOENT : EAGAIN});
    default:
      break;
  }
  say(exec, Spawned{generation, static_cast<int>(generation)});
  if (process.fate != Fate::Mute) say(hello, HelloReceived{generation, process.fate != Fate::OtherVersion});
  later(hello, Turn::Beat, generation);
  if (process.fate != Fate::NeverReady) say(ready, WorkerReady{generation});
  later(chance(50) ? between(0ms, 3s) : between(3s, 70s), Turn::Fail, generation);
}

void HostileWorld::turn_of(const Coming& coming, Process& process) {
  switch (coming.turn) {
    case Turn::Beat:
      if (process.silent) return;
      tell(HeartbeatReceived{coming.generation});
      return later(400ms, Turn::Beat, coming.generation);
    case Turn::Part:
      if (process.fences > 0 || process.stalled || process.silent) return;
      process.last_part = now_;
      if (!process.first_part) process.first_part = now_;
      tell(MediaAdmitted{coming.generation});
      return later(400ms, Turn::Part, coming.generation);
    case Turn::Fail:
      return fail(coming.generation, process);
    case Turn::Die:
      return die(coming.generation, {.signal = SIGKILL});
    case Turn::Tell:
      return;
  }
}

void HostileWorld::fail(Generation generation, Process& process) {
  constexpr int codes[] = {0, 1, 64, 69, 70, 71, 74, 76, 78};
  if (!hostile_) return;
  switch (process.fate) {
    case Fate::Crash:
      return die(generation, {.signal = SIGSEGV});
    case Fate::Exit:
      return die(generation, {.code = codes[dice_() % std::size(codes)]});
    case Fate::Garbage:
      return tell(ProtocolBroken{generation, "garbage"});
    case Fate::Hang:
      process.silent = true;
      return;
    case Fate::Stall:
      process.stalled = true;
      return;
    default:
      return;
  }
}

void HostileWorld::die(Generation generation, ExitStatus status) {
  processes_[generation].alive = false;
  tell(Exited{generation, status});
}

// --- the machine's actions ---

void HostileWorld::perform(const Action& action) {
  if (const auto* spawn = std::get_if<Spawn>(&action)) return on_spawn(spawn->generation);
  if (const auto* signal = std::get_if<Signal>(&action)) return on_signal(*signal);
  if (const auto* quit = std::get_if<SendQuit>(&action)) return on_quit(quit->generation);
  if (const auto* fence = std::get_if<Fence>(&action)) {
    require(++processes_[fence->generation].fences == 1, "a life is fenced once");
  } else if (const auto* let = std::get_if<Activate>(&action)) {
    Process& process = processes_[let->generation];
    require(!process.published && process.fences == 0, "a life is activated once, before its fence");
    process.published = true;
    if (process.fate != Fate::NoMedia) later(between(1ms, 400ms), Turn::Part, let->generation);
  } else if (std::holds_alternative<Quarantine>(action)) {
    ++tally_.quarantines;
  } else if (std::holds_alternative<OpenIncident>(action)) {
    require(++incidents_open_ == 1, "one incident at a time");
  } else if (const auto* close = std::get_if<CloseIncident>(&action)) {
    require(--incidents_open_ == 0, "only an open incident is closed");
    tally_.recoveries += close->recovery ? 1 : 0;
  }
}

void HostileWorld::on_spawn(Generation generation) {
  ++tally_.spawns;
  require(wanted(state_), "nothing is spawned that is not wanted");
  for (const auto& [other, process] : processes_) {
    require(!process.alive || is_quarantined(other), "nothing is spawned beside a living worker");
  }
  const bool first_retry = state_.history.failures == 1 && state_.history.delay == 0ms;
  require(!last_spawn_ || first_retry || now_ - *last_spawn_ >= machine_.settings.spawn_gap,
          "two spawns keep their distance");
  last_spawn_ = now_;
  begin_life(generation);
}

void HostileWorld::on_signal(const Signal& signal) {
  const Process& process = processes_[signal.generation];
  if (signal.kind == Signal::Kind::Kill && process.alive) {
    const bool soon = !process.unkillable;
    if (soon || chance(50)) later(soon ? between(0ms, 50ms) : between(1s, 60s), Turn::Die, signal.generation);
  }
}

void HostileWorld::on_quit(Generation generation) {
  const Process& process = processes_[generation];
  if (process.alive && process.obeys && !process.silent && process.fate != Fate::NeverSpawned) {
    later(between(0ms, 500ms), Turn::Die, generation);
  }
}

// --- the judge ---

void HostileWorld::judge_step(const State& before, const Event& event) {
  phases_.insert(state_.phase);
  if (const auto rule = violated(machine_, state_, now_)) {
    // The loop may have been frozen with a progress that ran out; the Tick that comes next settles it.
    const bool overdue = machine_.deadline(state_) && *machine_.deadline(state_) <= now_;
    require(overdue, *rule);
  }
  require((incidents_open_ == 1) == state_.incident.has_value(), "incidents are announced");
  judge_processes();
  judge_delay(before, event);
  judge_progress();
}

void HostileWorld::judge_processes() {
  for (const auto& [generation, process] : processes_) {
    const bool current = state_.worker && state_.worker->generation == generation;
    require(!process.alive || current || is_quarantined(generation),
            "a living process is current or quarantined");
    const bool publishes = process.published && process.fences == 0;
    require(!publishes || current, "only the current worker publishes");
  }
}

void HostileWorld::judge_delay(const State& before, const Event& event) {
  if (state_.history.delay >= before.history.delay && state_.history.failures >= before.history.failures)
    return;
  if (forgives(event)) return;
  require(before.worker.has_value(), "only an order or a worker's progress is forgiven");
  if (!before.worker) return;
  const Process& process = processes_[before.worker->generation];
  require(process.first_part && now_ - *process.first_part >= machine_.settings.stable_after,
          "delays shrink only after proved progress");
  ++tally_.proofs_of_stability;
}

void HostileWorld::judge_progress() {
  const auto due = machine_.deadline(state_);
  if (state_.phase != Phase::Healthy || (due && *due <= now_)) return;
  const Process& process = processes_[state_.worker->generation];
  const SupervisionSettings& settings = machine_.settings;
  const Milliseconds oldest =
      settings.progress_timeout + settings.late_loop + settings.heartbeat_timeout + longest_freeze_;
  require(process.last_part && now_ - *process.last_part <= oldest, "healthy means progress in time");
}

void HostileWorld::require(bool holds, const std::string& rule) {
  if (!holds && !broken_) broken_ = rule;
}

bool HostileWorld::is_quarantined(Generation generation) const {
  return std::find(state_.quarantine.begin(), state_.quarantine.end(), generation) != state_.quarantine.end();
}

std::string HostileWorld::trace() const {
  std::string text;
  for (const std::string& line : trace_) text.append("  ").append(line).append("\n");
  return text;
}

}  // namespace supervisor
