// The hostile world's other half: it performs the machine's actions and judges every step.
#include <algorithm>
#include <csignal>

#include "hostile_world.h"

namespace supervisor {
namespace {

using common::MonoTime;

bool forgives(const Event& event) {
  return std::holds_alternative<OperatorStart>(event) || std::holds_alternative<OperatorRestart>(event);
}

}  // namespace

// --- the machine's actions ---

void HostileWorld::perform(const Action& action) {
  if (const auto* spawn = std::get_if<Spawn>(&action)) return on_spawn(*spawn);
  if (const auto* signal = std::get_if<Signal>(&action)) return on_signal(*signal);
  if (const auto* quit = std::get_if<SendQuit>(&action)) return on_quit(quit->generation);
  if (const auto* ask = std::get_if<GatherEvidence>(&action)) return on_question(ask->generation);
  if (const auto* set = std::get_if<SetPaused>(&action)) {
    for (auto& [generation, process] : processes_) process.paused = set->paused;
  } else if (const auto* fence = std::get_if<Fence>(&action)) {
    require(++processes_[fence->generation].fences == 1, "a life is fenced once");
  } else if (std::holds_alternative<Quarantine>(action)) {
    ++tally_.quarantines;
  }
  on_permission(action);
  on_incident(action);
}

void HostileWorld::on_permission(const Action& action) {
  const auto let_deliver = [this](Generation generation, Milliseconds least, Milliseconds most) {
    Process& process = processes_[generation];
    require(process.fences == 0, "nothing that is fenced is let to publish");
    if (process.fate == Fate::NoMedia || process.delivering) return;
    process.delivering = true;
    later(between(least, most), Turn::Part, generation);
  };
  if (const auto* activate = std::get_if<Activate>(&action)) {
    Process& process = processes_[activate->generation];
    require(!process.activated, "a life is activated once");
    for (const auto& [generation, other] : processes_) {
      require(!other.activated || other.fences > 0 || !other.alive, "the former worker is fenced first");
    }
    process.activated = true;
    let_deliver(activate->generation, 1ms, 400ms);
  } else if (const auto* take = std::get_if<TakeOver>(&action)) {
    Process& process = processes_[take->generation];
    require(!process.activated && !process.taking, "a life takes over once");
    process.taking = true;
    let_deliver(take->generation, 1ms, 2'500ms);
  } else if (const auto* cancel = std::get_if<CancelTakeOver>(&action)) {
    Process& process = processes_[cancel->generation];
    require(process.taking && process.fences == 0, "only a take-over is cancelled, before its fence");
    process.taking = false;
    ++tally_.cancelled;
  }
}

void HostileWorld::on_incident(const Action& action) {
  if (std::holds_alternative<OpenIncident>(action)) {
    require(++incidents_open_ == 1, "one incident at a time");
  } else if (const auto* close = std::get_if<CloseIncident>(&action)) {
    require(--incidents_open_ == 0, "only an open incident is closed");
    tally_.recoveries += close->recovery ? 1 : 0;
  } else if (const auto* note = std::get_if<NoteIncident>(&action)) {
    require(incidents_open_ == 1, "only an open incident is noted");
    tally_.promotions += note->step == NoteIncident::Step::Promoted ? 1 : 0;
  }
}

void HostileWorld::on_question(Generation generation) {
  const Process& process = processes_[generation];
  const bool starved = process.starved_until && now_ < *process.starved_until;
  if (hostile_ && chance(3)) return;  // never answered
  answers_.push_back(EvidenceGathered{generation, starved || (hostile_ && chance(5)), "state R"});
}

void HostileWorld::on_spawn(const Spawn& spawn) {
  ++tally_.spawns;
  tally_.standbys += spawn.standby ? 1 : 0;
  tally_.software += spawn.software_encoder ? 1 : 0;
  require(wanted(state_), "nothing is spawned that is not wanted");
  require(spawn.generation > newest_, "a generation is given once");
  newest_ = spawn.generation;
  for (const auto& [other, process] : processes_) {
    const bool beside = (spawn.standby && other == worker()) || is_left(other);
    require(!process.alive || beside, "nothing is spawned beside a living worker that nobody ends");
  }
  const bool first_retry = !spawn.standby && state_.history.failures == 1 && state_.history.delay == 0ms;
  require(!last_spawn_ || first_retry || now_ - *last_spawn_ >= machine_.settings.spawn_gap,
          "two spawns keep their distance");
  last_spawn_ = now_;
  // Those that are long gone say nothing any more.
  std::erase_if(processes_,
                [&spawn](const auto& one) { return !one.second.alive && one.first + 12 < spawn.generation; });
  processes_[spawn.generation].software = spawn.software_encoder;
  processes_[spawn.generation].paused = spawn.paused;
  begin_life(spawn.generation);
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
    if (!process.alive) continue;
    const bool current = worker() == generation;
    const bool parked = state_.standby && state_.standby->generation == generation;
    require(current || parked || is_left(generation), "a living process has its place in the state");
    require(process.fences == 0 || !parked, "a standby is not fenced");
    require(process.paused == state_.paused || is_left(generation), "every process knows of the pause");
    require(!process.activated || process.fences > 0 || current, "only the current worker publishes");
    const bool taking = process.taking && process.fences == 0;
    require(!taking || current || (parked && state_.standby->stage == Standby::Stage::TakingOver),
            "only a planned successor takes over");
  }
}

void HostileWorld::judge_delay(const State& before, const Event& event) {
  const bool other_worker =
      before.worker && state_.worker && before.worker->generation != state_.worker->generation;
  tally_.take_overs += other_worker && std::holds_alternative<MediaAdmitted>(event) ? 1 : 0;
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
      settings.evidence_timeout + settings.heartbeat_timeout * settings.starved_graces +
      settings.progress_timeout + settings.late_loop + settings.heartbeat_timeout + longest_freeze_;
  require(process.last_part && now_ - *process.last_part <= oldest, "healthy means progress in time");
}

void HostileWorld::require(bool holds, const std::string& rule) {
  if (!holds && !broken_) broken_ = rule;
}

bool HostileWorld::is_left(Generation generation) const {
  const auto& held = state_.quarantine;
  return std::find(held.begin(), held.end(), generation) != held.end() ||
         std::any_of(state_.retiring.begin(), state_.retiring.end(),
                     [generation](const Retiring& one) { return one.generation == generation; });
}

}  // namespace supervisor
