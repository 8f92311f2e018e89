// A simulated world for the machine: processes that obey, crash, hang, stall, lie or cannot be killed, an
// operator who changes his mind, and a loop that freezes. It performs the machine's actions as the shell
// would, and judges every step by the rules that need a memory of what happened (the others are in
// invariants.h).
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <string>

#include "explore.h"
#include "supervisor/supervise/invariants.h"
#include "supervisor/supervise/machine.h"
#include "supervisor/supervise/saved.h"

namespace supervisor {

using namespace std::chrono_literals;

// What a simulation met.
struct Tally {
  std::uint64_t spawns = 0, recoveries = 0, quarantines = 0, proofs_of_stability = 0, freezes = 0;
  std::uint64_t standbys = 0, promotions = 0, take_overs = 0, cancelled = 0, starved = 0, software = 0,
                resumed = 0, leaps = 0, steps = 0;
  Tally& operator+=(const Tally& other);
};

class HostileWorld {
 public:
  explicit HostileWorld(std::uint64_t seed, Mutant mutant = {});

  // Lets the hostile world run for `time`.
  void run(std::chrono::milliseconds time);
  // The same with long quiet stretches between the faults: nothing happens in them but heartbeats and parts,
  // whose outcome is known, so they are leapt over.
  void run_calm(std::chrono::milliseconds time);
  // From now on everything works and nobody interferes: the stream must be delivering within its bound.
  void turn_good();

  const std::optional<std::string>& broken() const { return broken_; }  // the first broken rule
  std::string trace() const;                                            // the last steps
  const std::set<Phase>& phases() const { return phases_; }
  const Tally& tally() const { return tally_; }

 private:
  using Milliseconds = std::chrono::milliseconds;

  // How a worker will behave, drawn when it is spawned.
  enum class Fate {
    Good,
    NotSpawned,
    NeverSpawned,
    Mute,
    OtherVersion,
    NeverReady,
    NoMedia,
    Crash,
    Hang,
    Stall,
    Garbage,
    Exit,
    Encoder
  };
  struct Process {
    Fate fate = Fate::Good;
    bool alive = true;       // from Spawn to its exit
    bool exists = false;     // Spawned was told
    bool software = false;   // spawned without the hardware encoder
    bool paused = false;     // as it was told: shows the slate
    bool activated = false;  // may publish
    bool taking = false;     // may publish from the next boundary on
    bool delivering = false;
    bool silent = false;   // beats no more
    bool stalled = false;  // delivers no more
    bool obeys = true;     // ends when asked
    bool unkillable = false;
    int fences = 0;
    std::optional<common::MonoTime> first_part, last_part, starved_until;
  };
  // Something that will happen: an event for the machine, or a turn of a process's life.
  enum class Turn { Tell, Beat, Part, Fail, Die };
  struct Coming {
    common::MonoTime at;
    std::uint64_t order = 0;  // of the same instant: first come, first served
    Turn turn = Turn::Tell;
    Generation generation = 0;
    Event event = Tick{};
    bool operator<(const Coming& other) const { return at != other.at ? at > other.at : order > other.order; }
  };

  // Dice.
  bool chance(int percent) { return static_cast<int>(dice_() % 100) < percent; }
  Milliseconds between(Milliseconds least, Milliseconds most);
  Fate draw_fate();

  // The course of time.
  void advance(common::MonoTime end);
  void happen(const Coming& coming);
  void tell(const Event& event);
  void interfere();
  void repeat();
  void freeze();
  void starve();
  void restart_supervisor();
  bool is_quiet() const;
  void leap(Milliseconds most);
  void step_once(const Event& event);
  void later(Milliseconds delay, Turn turn, Generation generation, Event event = Tick{});
  void say(Milliseconds delay, Event event) { later(delay, Turn::Tell, 0, std::move(event)); }

  // Processes.
  void begin_life(Generation generation);
  void turn_of(const Coming& coming, Process& process);
  void fail(Generation generation, Process& process);
  void die(Generation generation, ExitStatus status);

  // The machine's actions.
  void perform(const Action& action);
  void on_spawn(const Spawn& spawn);
  void on_permission(const Action& action);
  void on_question(Generation generation);
  void on_incident(const Action& action);
  void on_signal(const Signal& signal);
  void on_quit(Generation generation);

  // The judge.
  void judge_step(const State& before, const Event& event);
  void judge_processes();
  void judge_delay(const State& before, const Event& event);
  void judge_progress();
  void require(bool holds, const std::string& rule);
  bool is_left(Generation generation) const;  // retiring or in quarantine
  Generation worker() const { return state_.worker ? state_.worker->generation : 0; }

  Mutant mutant_;
  std::mt19937_64 dice_;
  Machine machine_;
  common::MonoTime now_{1000h};
  State state_;
  bool hostile_ = true;
  std::map<Generation, Process> processes_;  // the living and the last dead ones
  Generation newest_ = 0;
  std::priority_queue<Coming> coming_;
  std::uint64_t order_ = 0;
  std::deque<Event> answers_;  // to be told right after this step
  bool hardware_bad_ = false;
  std::deque<Event> told_;  // a few, to be told again much later

  std::optional<common::MonoTime> last_spawn_;
  Milliseconds longest_freeze_{0};
  int incidents_open_ = 0;
  std::optional<std::string> broken_;
  std::set<Phase> phases_;
  Tally tally_;
  std::deque<std::string> trace_;
};

}  // namespace supervisor
