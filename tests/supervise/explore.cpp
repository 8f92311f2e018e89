#include "explore.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <deque>
#include <unordered_set>

#include "stream.h"

namespace supervisor {
namespace {

using common::MonoTime;

constexpr Milliseconds quantum = 250ms;
constexpr MonoTime epoch{1000h};

// --- what can happen in a state ---

struct Move {
  Milliseconds wait{0};  // before the event
  Event event = Tick{};
};

struct Moves {
  const State& state;
  std::vector<Move> all = {};

  void add(Event event) { all.push_back({0ms, std::move(event)}); }
  void of_process(Generation g, bool confirmed) {
    if (!confirmed) {
      add(Spawned{g, static_cast<int>(g)});
      add(SpawnFailed{g, EAGAIN, "full"});
    }
    add(Exited{g, {.signal = SIGKILL}});
  }
  void of_life(Generation g, const Health& health) {
    add(Exited{g, {.code = 71}});
    add(Exited{g, {.code = 78}});
    add(HelloReceived{g});
    add(WorkerReady{g});
    add(HeartbeatReceived{g});
    add(MediaAdmitted{g});
    add(ProtocolBroken{g, "x"});
    add(LimitExceeded{g, "x"});
    if (health.asked) {
      add(EvidenceGathered{g, true});
      add(EvidenceGathered{g, false});
    }
  }
};

std::vector<Move> moves_of(const Machine& machine, const State& state, MonoTime now) {
  Moves moves{state};
  if (const auto due = machine.deadline(state)) {
    const auto left = std::max(std::chrono::duration_cast<Milliseconds>(*due - now), 0ms);
    moves.all.push_back({left});
    moves.all.push_back({left + 2 * machine.settings.late_loop});
    if (left > quantum) moves.all.push_back({quantum});
  }
  if (state.worker) {
    moves.of_process(state.worker->generation, state.worker->pid != 0);
    moves.of_life(state.worker->generation, state.worker->health);
    moves.add(ExtendAsked{state.worker->generation, quantum});
    moves.add(QualityChanged{state.worker->generation, !state.worker->health.degraded, "slate"});
  }
  if (state.standby) {
    moves.of_process(state.standby->generation, state.standby->pid != 0);
    moves.of_life(state.standby->generation, state.standby->health);
  }
  for (const Retiring& one : state.retiring) moves.of_process(one.generation, one.pid != 0);
  for (const Generation g : state.quarantine) moves.of_process(g, true);
  moves.add(OperatorStart{});
  moves.add(OperatorStop{});
  moves.add(OperatorRestart{});
  moves.add(state.paused ? Event(OperatorResume{}) : Event(OperatorPause{}));
  moves.add(ConfigChanged{true});
  moves.add(PreconditionChanged{Precondition::Binary, !state.unmet.empty()});
  moves.add(WorldChanged{"x"});
  moves.add(LoopLate{2 * machine.settings.late_loop});
  if (!state.shutting_down) moves.add(ShutDown{});
  return moves.all;
}

// --- when two states are the same ---

class Key {
 public:
  explicit Key(MonoTime now) : now_(now) {}
  Key& put(std::int64_t value) {
    hash_ = (hash_ ^ static_cast<std::uint64_t>(value)) * 0x9e3779b97f4a7c15u;
    hash_ ^= hash_ >> 29;
    return *this;
  }
  Key& put(const std::optional<MonoTime>& at) { return at ? put(1).put(quanta(*at - now_)) : put(0); }
  Key& put(const Health& h) {
    put(h.sign_of_life).put(h.progress).put(h.grace_until).put(h.judged).put(h.asked).put(h.starved);
    return put(h.degraded).put(h.good_since);
  }
  Key& put(const RestartHistory& h) {
    put(std::min(h.failures, 3)).put(quanta(h.delay)).put(std::min<std::int64_t>(h.score_milli / 500, 8));
    put(std::min(h.holds, 2));
    for (const ClassCount& one : h.classes) {
      put(static_cast<int>(one.failure)).put(std::min(one.attempts, 2)).put(std::min(one.repeats, 2));
    }
    return put(-1);
  }
  std::uint64_t hash() const { return hash_; }

 private:
  static std::int64_t quanta(MonoTime::duration time) {
    const auto ms = std::chrono::duration_cast<Milliseconds>(time).count();
    return std::clamp<std::int64_t>((ms + (ms > 0 ? quantum.count() - 1 : 0)) / quantum.count(), -8, 40);
  }
  MonoTime now_;
  std::uint64_t hash_ = 0x243f6a8885a308d3u;
};

void put_processes(Key& key, const State& s) {
  const auto age = [&s](Generation g) {
    return std::min<std::int64_t>(static_cast<std::int64_t>(s.generation - g), 9);
  };
  if (s.worker) {
    const Worker& w = *s.worker;
    key.put(age(w.generation)).put(w.pid != 0).put(w.ready).put(w.health).put(w.stable_due).put(w.kill_again);
    key.put(w.promoted).put(w.software_encoder).put(w.reduced).put(w.extended / quantum);
  }
  key.put(-2);
  if (s.standby) {
    const Standby& p = *s.standby;
    key.put(p.pid != 0).put(static_cast<int>(p.stage)).put(p.health).put(p.due).put(p.stable_due);
    key.put(p.software_encoder).put(p.reduced).put(p.extended / quantum);
  }
  for (const Retiring& r : s.retiring) {
    key.put(r.pid != 0).put(r.killing).put(r.due).put(r.killing ? std::optional(r.kill_again) : std::nullopt);
    key.put(r.excused);
  }
  key.put(-3).put(static_cast<std::int64_t>(s.quarantine.size()));
}

std::uint64_t key_of(const State& s, MonoTime now) {
  Key key(now);
  key.put(static_cast<int>(s.phase)).put(s.desired_up).put(s.shutting_down).put(s.paused);
  put_processes(key, s);
  key.put(static_cast<int>(s.planned_kind)).put(s.standby ? std::nullopt : s.standby_due);
  key.put(s.standby_history)
      .put(s.software_encoder)
      .put(s.hardware_due)
      .put(std::min(s.hardware_failures, 2));
  key.put(s.reduced).put(static_cast<int>(s.leaving)).put(static_cast<int>(s.blocked_by));
  for (const Precondition one : s.unmet) key.put(static_cast<int>(one));
  key.put(-4).put(s.due);
  const bool spaced = s.last_spawn && now - *s.last_spawn >= quantum;
  key.put(spaced ? std::nullopt : s.last_spawn).put(s.history).put(s.incident.has_value());
  return key.hash();
}

// Words and counters decide nothing.
void strip(State& state) {
  state.reason.clear();
  state.exit_codes.clear();
  state.paused_changed.reset();
  if (state.worker) state.worker->health.degraded_reason.clear();
}

// --- what one step may do ---

struct Lives {
  std::vector<Generation> unfenced, all;
  explicit Lives(const State& s) {
    const bool live = s.worker && s.phase >= Phase::Starting && s.phase <= Phase::Degraded;
    if (live) unfenced.push_back(s.worker->generation);
    if (s.standby) unfenced.push_back(s.standby->generation);
    if (s.worker) all.push_back(s.worker->generation);
    if (s.standby) all.push_back(s.standby->generation);
    for (const Retiring& one : s.retiring) all.push_back(one.generation);
    all.insert(all.end(), s.quarantine.begin(), s.quarantine.end());
  }
};

bool has(const std::vector<Generation>& list, Generation g) {
  return std::find(list.begin(), list.end(), g) != list.end();
}

std::optional<Generation> ended_by(const Event& event) {
  if (const auto* exited = std::get_if<Exited>(&event)) return exited->generation;
  if (const auto* failed = std::get_if<SpawnFailed>(&event)) return failed->generation;
  return std::nullopt;
}

struct Step {
  const Machine& machine;
  const State& before;
  const State& after;
  const Event& event;
  const std::vector<Action>& actions;
  MonoTime now;
};

std::optional<std::string> wrong_lives(const Step& step) {
  const Lives before(step.before), after(step.after);
  std::vector<Generation> fenced;
  for (const Action& action : step.actions) {
    if (const Fence* fence = std::get_if<Fence>(&action)) {
      if (has(fenced, fence->generation)) return "a life is fenced twice";
      fenced.push_back(fence->generation);
    }
  }
  for (const Generation g : before.unfenced) {
    if (has(after.unfenced, g) == has(fenced, g)) return "a life is fenced exactly when it ends";
  }
  for (const Generation g : before.all) {
    if (!has(after.all, g) && ended_by(step.event) != g) return "a process is lost";
  }
  return std::nullopt;
}

std::optional<std::string> wrong_spawn(const Step& step) {
  for (const Action& action : step.actions) {
    const Spawn* spawn = std::get_if<Spawn>(&action);
    if (spawn == nullptr) continue;
    if (!wanted(step.after)) return "a spawn that is not wanted";
    const bool first_retry = !spawn->standby && step.after.history.failures == 1;
    const bool spaced = !step.before.last_spawn || step.now - *step.before.last_spawn >= quantum;
    if (!first_retry && !spaced) return "two spawns closer than spawn_gap";
    if (spawn->generation != step.before.generation + 1) return "a generation that is not the next";
  }
  return std::nullopt;
}

std::optional<std::string> wrong_words(const Step& step) {
  bool open = step.before.incident.has_value();
  for (const Action& action : step.actions) {
    if (std::holds_alternative<OpenIncident>(action) && std::exchange(open, true))
      return "two incidents open";
    if (std::holds_alternative<CloseIncident>(action) && !std::exchange(open, false))
      return "closes no incident";
    const Activate* activate = std::get_if<Activate>(&action);
    const bool current =
        activate == nullptr || (step.after.worker && step.after.worker->generation == activate->generation);
    if (!current) return "activates another than the worker";
  }
  if (open != step.after.incident.has_value()) return "an incident changes without a word";
  return std::nullopt;
}

// What is on air while paused is the operator's affair alone, and no process is left out.
std::optional<std::string> wrong_pause(const Step& step) {
  const bool ordered =
      std::holds_alternative<OperatorPause>(step.event) || std::holds_alternative<OperatorResume>(step.event);
  bool paused = step.before.paused;
  for (const Action& action : step.actions) {
    const Spawn* spawn = std::get_if<Spawn>(&action);
    if (spawn != nullptr && spawn->paused != step.after.paused)
      return "a process that is not told of the pause";
    const SetPaused* set = std::get_if<SetPaused>(&action);
    if (set == nullptr) continue;
    if (!ordered || set->paused == paused) return "a pause that nobody ordered";
    paused = set->paused;
  }
  if (paused != step.after.paused) return "a pause without a word";
  return std::nullopt;
}

std::optional<std::string> wrong_step(const Step& step) {
  if (auto rule = violated(step.machine, step.after, step.now)) {
    const auto due = step.machine.deadline(step.after);
    if (!due || *due > step.now) return rule;  // overdue: the Tick that comes at once settles it
  }
  if (auto rule = wrong_lives(step)) return rule;
  if (auto rule = wrong_spawn(step)) return rule;
  if (auto rule = wrong_words(step)) return rule;
  if (auto rule = wrong_pause(step)) return rule;
  const auto due = step.machine.deadline(step.after);
  if (std::holds_alternative<Tick>(step.event) && due && *due <= step.now) return "a Tick is due twice";
  const bool ordered = std::holds_alternative<OperatorStart>(step.event) ||
                       std::holds_alternative<OperatorRestart>(step.event) ||
                       std::holds_alternative<MediaAdmitted>(step.event);
  if (!ordered && step.after.history.delay < step.before.history.delay)
    return "a delay shrinks without proof";
  return std::nullopt;
}

// --- no dead end ---

// What a good world does next; nothing: it waits for the deadline.
std::optional<Event> next_good(const State& s) {
  if (!s.unmet.empty()) return PreconditionChanged{s.unmet.front(), true};
  if (!s.desired_up && !s.shutting_down && s.phase == Phase::Stopped) return OperatorStart{};
  if (s.phase == Phase::Stopping || s.phase == Phase::Killing) {
    if (s.worker) return Exited{s.worker->generation, {.signal = SIGKILL}};
    return Exited{s.retiring.front().generation, {.signal = SIGKILL}};
  }
  if (!s.quarantine.empty()) return Exited{s.quarantine.front(), {.signal = SIGKILL}};
  if (!s.worker) return std::nullopt;
  const Generation g = s.worker->generation;
  if (s.worker->pid == 0) return Spawned{g, 1};
  if (s.phase == Phase::Starting) return HelloReceived{g};
  if (!s.worker->ready) return WorkerReady{g};
  return MediaAdmitted{g};
}

bool leads_on(const Machine& machine, State state, MonoTime now) {
  for (int i = 0; i < 40; ++i) {
    if (state.shutting_down ? state.phase == Phase::Stopped : delivers(state.phase)) return true;
    const auto event = next_good(state);
    const auto due = machine.deadline(state);
    if (!event && !due) return false;
    if (!event) now = std::max(now, *due);
    machine.step(state, event.value_or(Tick{}), now);
  }
  return false;
}

// --- the walk ---

struct Node {
  std::uint32_t parent = 0;
  std::uint32_t move = 0;
};
struct Waiting {
  State state;
  MonoTime now;
  std::uint32_t node = 0;
  int depth = 0;
};

// Where the walk begins: a stream that was never started, and the far places, so that their neighbourhood is
// seen as well within the bound.
std::vector<std::vector<Move>> beginnings() {
  const std::vector<Move> up = {{0ms, OperatorStart{}},
                                {0ms, Spawned{1, 1}},
                                {0ms, HelloReceived{1}},
                                {0ms, WorkerReady{1}},
                                {0ms, MediaAdmitted{1}}};
  const auto then = [](std::vector<Move> moves, const std::vector<Move>& more) {
    moves.insert(moves.end(), more.begin(), more.end());
    return moves;
  };
  // Without a hot standby the order makes one; with one the order comes while it warms.
  const auto parked =
      then(up, {{quantum, Tick{}}, {0ms, OperatorRestart{}}, {0ms, Spawned{2, 2}}, {0ms, HelloReceived{2}}});
  const auto taking = then(parked, {{0ms, WorkerReady{2}}});
  const auto promoted = then(taking, {{0ms, Exited{1, {.signal = SIGSEGV}}}});
  const auto taken = then(taking, {{0ms, MediaAdmitted{2}}});
  const auto software = then(up, {{quantum, Exited{1, {.code = 71}}},
                                  {0ms, Spawned{2, 2}},
                                  {0ms, HelloReceived{2}},
                                  {0ms, WorkerReady{2}},
                                  {0ms, MediaAdmitted{2}}});
  const auto hung = then(up, {{2 * quantum, Tick{}}, {0ms, EvidenceGathered{1}}, {2 * quantum, Tick{}}});
  return {{}, up, parked, taking, promoted, taken, software, hung};
}

class Teller {
 public:
  Teller(const Machine& machine, const Mutant& mutant) : machine_(machine), mutant_(mutant) {}
  void step(const Move& move) {
    now += move.wait;
    const State before = state;
    auto actions = machine_.step(state, move.event, now);
    if (mutant_) mutant_(before, move.event, state, actions);
    text.append("\n  ").append(std::to_string((now - epoch) / 1ms)).append(" ms ");
    text.append(event_name(move.event.index())).append(" -> ").append(phase_name(state.phase));
    text.append(": ").append(text_of(actions));
    strip(state);
  }
  State state = initial_state(1, epoch);
  MonoTime now = epoch;
  std::string text;

 private:
  const Machine& machine_;
  const Mutant& mutant_;
};

std::string story(const Machine& machine, const Mutant& mutant, const std::vector<Node>& nodes,
                  std::uint32_t node, std::size_t last_move) {
  std::vector<std::size_t> path{last_move};
  for (; nodes[node].parent != node; node = nodes[node].parent) path.push_back(nodes[node].move);
  std::reverse(path.begin(), path.end());
  Teller teller(machine, mutant);
  const auto first = beginnings();
  for (const Move& move : first[node]) teller.step(move);
  for (const std::size_t index : path) teller.step(moves_of(machine, teller.state, teller.now)[index]);
  return teller.text;
}

}  // namespace

SupervisionSettings small_settings(bool hot_standby) {
  SupervisionSettings s;
  s.hot_standby = hot_standby;
  s.exec_timeout = s.stall_grace = s.kill_repeat = s.standby_delay = s.segment = s.spawn_gap = quantum;
  s.restart_delay = s.late_loop = s.evidence_timeout = quantum;
  s.hello_timeout = s.first_media_timeout = s.heartbeat_timeout = s.stop_timeout = 2 * quantum;
  s.kill_timeout = s.handover_timeout = s.extend_max = s.quality_dwell = s.backoff_max = 2 * quantum;
  s.progress_timeout = s.stable_after = s.hold_min = s.blocked_retry = s.encoder_retry = 4 * quantum;
  s.hold_max = s.encoder_retry_max = s.repeat_window = 8 * quantum;
  s.restart_window = 16 * quantum;
  s.max_restarts = 2;
  s.starved_graces = 1;
  return s;
}

Exploration explore(const SupervisionSettings& settings, std::size_t states_max, const Mutant& mutant) {
  const Machine machine{settings};
  Exploration result;
  std::unordered_set<std::uint64_t> seen;
  seen.reserve(states_max);
  std::vector<Node> nodes;
  std::deque<Waiting> waiting;
  for (const auto& beginning : beginnings()) {
    Teller teller(machine, mutant);
    for (const Move& move : beginning) teller.step(move);
    const auto node = static_cast<std::uint32_t>(nodes.size());
    nodes.push_back({node, 0});
    waiting.push_back({teller.state, teller.now, node});
  }
  while (!waiting.empty() && nodes.size() < states_max) {
    const Waiting here = std::move(waiting.front());
    waiting.pop_front();
    result.depth = here.depth;
    const std::vector<Move> moves = moves_of(machine, here.state, here.now);
    for (std::size_t i = 0; i < moves.size(); ++i) {
      Waiting next{here.state, here.now + moves[i].wait, static_cast<std::uint32_t>(nodes.size()),
                   here.depth + 1};
      std::vector<Action> actions = machine.step(next.state, moves[i].event, next.now);
      if (mutant) mutant(here.state, moves[i].event, next.state, actions);
      ++result.steps;
      auto rule = wrong_step({machine, here.state, next.state, moves[i].event, actions, next.now});
      strip(next.state);
      const bool is_new = !rule && seen.insert(key_of(next.state, next.now)).second;
      if (is_new && !leads_on(machine, next.state, next.now)) rule = "a dead end";
      if (rule) {
        result.broken = *rule + story(machine, mutant, nodes, here.node, i);
        result.states = nodes.size();
        return result;
      }
      if (!is_new) continue;
      nodes.push_back({here.node, static_cast<std::uint32_t>(i)});
      waiting.push_back(std::move(next));
    }
  }
  result.states = nodes.size();
  return result;
}

}  // namespace supervisor
