// A simulated stream with inputs that come and go: a worker that opens, reports and closes as it is ordered,
// with delays, probes that take their time or get lost, an operator who chooses and edits. Seeded: the same
// seed is the same life. Each step of the selector is checked (broken_rule).
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "input_bench.h"

namespace supervisor {

class InputWorld {
 public:
  static constexpr std::chrono::milliseconds tick{100};
  static constexpr std::chrono::milliseconds frozen_max{10'000};  // of url, file and device

  InputWorld(std::uint64_t seed, const std::vector<std::string>& inputs, SelectorSettings settings = {});

  // Inputs that are up give pictures; one that goes down says an error, or only falls silent.
  void set_up(int priority, bool up, bool says_why = true);
  // Its pictures come, and are all the same from now on; or they move again.
  void freeze(int priority, bool frozen);
  void pass(std::chrono::milliseconds time);
  // One random event: an input comes or goes, the operator chooses, edits or pauses, the worker is replaced,
  // words of a former worker come late, or the loop stands still for a while.
  void disturb();
  // All inputs are up, nobody disturbs.
  void calm();

  bool is_up(int priority) const { return sources_[static_cast<std::size_t>(priority)].up; }
  const SelectorState& state() const { return state_; }
  common::MonoTime now() const { return now_; }
  int switches() const { return switches_; }
  int selected() const { return state_.selected; }
  // What went wrong first; empty: nothing.
  const std::string& broken() const { return broken_; }

 private:
  struct Source {
    std::string word;
    bool up = true;
    bool says_why = true;
    bool frozen = false;
    // In the worker:
    bool open = false;
    bool giving = false;
    bool failed = false;
    common::MonoTime due{};  // opening ends, or the next try of an own one
    common::MonoTime picture{};
    common::MonoTime changed{};  // the newest picture was another one then, or the first
  };
  struct Probe {
    std::uint64_t number = 0;
    int priority = 0;
    common::MonoTime due{};
    bool wants_a_change = false;
  };

  int random(int below) { return static_cast<int>(random_() % static_cast<std::uint64_t>(below)); }
  bool chance(int percent) { return random(100) < percent; }
  int any_input() { return random(static_cast<int>(sources_.size())); }
  static std::vector<InputTraits> traits(const std::vector<std::string>& words);
  void handle(const SelectorEvent& event);
  void report(int priority, common::InputState state, const std::string& error = "");
  void turn_worker();
  void turn_source(int priority, Source& source);
  void tell_figures();
  void answer_probes();
  void edit();
  void replace_worker();

  std::mt19937_64 random_;
  InputSelector selector_;
  common::MonoTime now_{1h};
  SelectorState state_;
  std::vector<Source> sources_;
  std::vector<int> ordered_;
  std::vector<Probe> probes_;
  common::MonoTime figures_due_{};
  Generation generation_ = 1;
  bool paused_ = false;
  bool disturbed_ = false;  // answers of probes get lost
  int switches_ = 0;
  int names_ = 0;
  std::string broken_;
};

}  // namespace supervisor
