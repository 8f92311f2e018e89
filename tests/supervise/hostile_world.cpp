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
  settings.hot_standby = seed % 4 != 0;
  if (seed % 3 == 0) {
    settings.encoder_retry = 20s;
    settings.encoder_retry_max = 80s;
    settings.repeat_window = 60s;
    settings.stable_after = 5s;
    settings.hold_min = 3s;
    settings.hold_max = 20s;
    settings.max_restarts = 3;
    settings.restart_window = 60s;
    settings.backoff_max = 4s;
  }
  return settings;
}

}  // namespace

Tally& Tally::operator+=(const Tally& other) {
  spawns += other.spawns;
  recoveries += other.recoveries;
  quarantines += other.quarantines;
  proofs_of_stability += other.proofs_of_stability;
  freezes += other.freezes;
  standbys += other.standbys;
  promotions += other.promotions;
  take_overs += other.take_overs;
  cancelled += other.cancelled;
  starved += other.starved;
  software += other.software;
  resumed += other.resumed;
  leaps += other.leaps;
  steps += other.steps;
  return *this;
}

HostileWorld::HostileWorld(std::uint64_t seed, Mutant mutant)
    : mutant_(std::move(mutant)),
      dice_(seed),
      machine_{settings_of(seed)},
      state_(initial_state(seed, now_)) {
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

void HostileWorld::run_calm(Milliseconds time) {
  const MonoTime end = now_ + time;
  while (now_ < end && !broken_) {
    advance(std::min(end, now_ + between(1s, 60s)));
    if (broken_) return;
    if (chance(30)) {
      interfere();
    } else {
      leap(between(1min, 12h));
    }
  }
}

void HostileWorld::turn_good() {
  hostile_ = hardware_bad_ = false;
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
  // A planned change of the encoder may fall into the proof and begin it anew, once.
  const Milliseconds proof = settings.stable_after * 4 + settings.backoff_max * 8;
  const bool fast = settings.encoder_retry < 1min;
  const MonoTime proved = now_ + proof + (fast ? settings.encoder_retry_max + settings.hold_max * 2 : 0ms);
  const auto forgiven = [this] {
    return state_.history.failures == 0 && state_.history.score_milli == 0 && state_.retiring.empty();
  };
  const auto parked = [this] {
    return !machine_.settings.hot_standby ||
           (state_.standby && state_.standby->stage == Standby::Stage::Ready);
  };
  while (now_ < proved && !broken_ && !(forgiven() && (!fast || parked()))) {
    advance(now_ + 500ms);
    require(state_.phase == Phase::Healthy, "in a good world it goes on delivering");
  }
  require(forgiven(), "long progress is forgiven");
  require(!fast || parked(), "in a good world the standby comes back");
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

// The answers to the machine's questions come in the same turn of the loop.
void HostileWorld::tell(const Event& event) {
  step_once(event);
  while (!answers_.empty() && !broken_) {
    const Event answer = answers_.front();
    answers_.pop_front();
    step_once(answer);
  }
}

void HostileWorld::step_once(const Event& event) {
  if (broken_) return;
  const State before = state_;
  std::vector<Action> actions = machine_.step(state_, event, now_);
  if (mutant_) mutant_(before, event, state_, actions);
  ++tally_.steps;
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
  switch (dice_() % 22) {
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
    case 12:
      return tell(LimitExceeded{worker(), "memory"});
    case 13:
      return tell(ErrorStorm{worker(), "5 errors"});
    case 14:
      return tell(ExtendAsked{state_.generation, between(0s, 20s)});
    case 15:
      return tell(WorldChanged{"X is back"});
    case 16:
      hardware_bad_ = chance(50);
      return;
    case 17:
      return starve();
    case 18:
      return restart_supervisor();
    case 19:
      return tell(OperatorPause{});
    case 20:
      return tell(OperatorResume{});
    default:
      return;
  }
}

// The machine has no time for the worker: it is silent and not to blame.
void HostileWorld::starve() {
  const auto found = processes_.find(worker());
  if (found == processes_.end()) return;
  found->second.starved_until = now_ + between(500ms, 3s);
  ++tally_.starved;
}

// The supervisor is killed and comes back: its workers are gone, what it saved is all that is known.
void HostileWorld::restart_supervisor() {
  for (auto& [generation, process] : processes_) process.alive = false;
  const SavedSupervision saved = save(state_, now_);
  const auto score = state_.history.score_milli;
  state_ = restore(saved, dice_(), now_);
  require(state_.history.score_milli == score && state_.history.failures == saved.failures,
          "a restart of the supervisor forgives nothing");
  incidents_open_ = 0;
  last_spawn_.reset();
  ++tally_.resumed;
  tell(Resume{});
}

bool HostileWorld::is_quiet() const {
  if (state_.phase != Phase::Healthy || !state_.retiring.empty() || !state_.planned.empty()) return false;
  if (state_.worker->stable_due || state_.worker->health.good_since || state_.worker->health.asked)
    return false;
  const bool parked = state_.standby && state_.standby->stage == Standby::Stage::Ready &&
                      !state_.standby->stable_due && !state_.standby->health.asked;
  if (machine_.settings.hot_standby && !parked) return false;
  const Process& process = processes_.at(state_.worker->generation);
  return !process.silent && !process.stalled && process.alive && process.delivering;
}

// As if heartbeats and parts had gone on for so long: only the last ones are remembered anyway.
void HostileWorld::leap(Milliseconds most) {
  if (!is_quiet()) return;
  if (state_.hardware_due) {
    most = std::min(most, std::chrono::duration_cast<Milliseconds>(*state_.hardware_due - now_) - 1s);
  }
  if (most <= 0ms) return;
  const auto later_by = [most](Health& health) {
    if (health.sign_of_life) *health.sign_of_life += most;
    if (health.progress) *health.progress += most;
    if (health.grace_until) *health.grace_until += most;
  };
  later_by(state_.worker->health);
  if (state_.standby) later_by(state_.standby->health);
  for (auto& [generation, process] : processes_) {
    if (process.last_part) *process.last_part += most;
  }
  std::priority_queue<Coming> moved;
  for (; !coming_.empty(); coming_.pop()) {
    Coming one = coming_.top();
    one.at += most;
    moved.push(std::move(one));
  }
  coming_ = std::move(moved);
  now_ += most;
  ++tally_.leaps;
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
  if (hostile_ && hardware_bad_ && !process.software) process.fate = Fate::Encoder;
}

void HostileWorld::turn_of(const Coming& coming, Process& process) {
  switch (coming.turn) {
    case Turn::Beat:
      if (process.silent) return;
      if (!process.starved_until || now_ >= *process.starved_until)
        tell(HeartbeatReceived{coming.generation});
      return later(400ms, Turn::Beat, coming.generation);
    case Turn::Part:
      if (process.fences > 0 || process.stalled || process.silent || !(process.activated || process.taking)) {
        process.delivering = false;
        return;
      }
      if (process.starved_until && now_ < *process.starved_until) {
        return later(400ms, Turn::Part, coming.generation);
      }
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
    case Fate::Encoder:
      return die(generation, {.code = 71});
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

std::string HostileWorld::trace() const {
  std::string text;
  for (const std::string& line : trace_) text.append("  ").append(line).append("\n");
  return text;
}

}  // namespace supervisor
