// A selector with its worker and clock played by the test: reports, figures and probes go in, what it ordered
// is kept. Every step is checked against what must always hold.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "supervisor/supervise/input_choice.h"
#include "supervisor/supervise/input_selector.h"

namespace supervisor {

using namespace std::chrono_literals;

// The first broken rule of a state after a step at `now`, in words; nothing: all hold.
std::optional<std::string> broken_rule(const InputSelector& selector, const SelectorState& state,
                                       common::MonoTime now);

// "url:rtsp://a" and the like: the kind (own, file, url, device, slate) and a name; a device is exclusive.
std::vector<InputTraits> inputs_of(const std::vector<std::string>& words);

class InputBench {
 public:
  explicit InputBench(const std::vector<std::string>& inputs, SelectorSettings settings = {});

  InputBench& on(const SelectorEvent& event);
  // A new worker; the one before is gone.
  InputBench& worker();
  InputBench& gives(int priority);
  InputBench& opens(int priority);
  InputBench& closes(int priority);
  InputBench& fails(int priority, const std::string& error = "input: broken");
  InputBench& hangs(int priority);
  // Every input that gives, gives for so long: figures each second, ticks when they are due.
  InputBench& pass(std::chrono::milliseconds time);
  // The same, but these give no pictures meanwhile, and say no error.
  InputBench& pass_without(std::vector<int> silent, std::chrono::milliseconds time);
  // From now on the pictures of an input have this fault, up to the newest of them; nothing: no more.
  InputBench& spoil(int priority, std::optional<common::ContentFault> fault);
  // Time and ticks only: the worker tells nothing.
  InputBench& pass_in_silence(std::chrono::milliseconds time);
  InputBench& probe_ok();
  InputBench& probe_fails(const std::string& error = "input: refused");
  InputBench& choose(std::optional<int> priority);
  InputBench& edit(const std::vector<std::string>& inputs, const std::vector<int>& former);

  int selected() const { return state.selected; }
  std::string status(int priority) const { return std::string(published_status(state, priority)); }
  InputStage stage(int priority) const { return at(state, priority).stage; }
  std::vector<int> open() const { return state.open; }
  // "0>1 error: input: broken", oldest first.
  std::vector<std::string> switches() const;
  std::string last_switch() const;
  int probes_started() const;
  // The number of the one that is out; 0: none.
  std::uint64_t probe_out() const;
  template <typename Action>
  int count() const {
    int number = 0;
    for (const SelectorAction& action : actions) number += std::holds_alternative<Action>(action) ? 1 : 0;
    return number;
  }
  template <typename Action>
  const Action* last() const {
    const Action* found = nullptr;
    for (const SelectorAction& action : actions) {
      if (const auto* one = std::get_if<Action>(&action)) found = one;
    }
    return found;
  }

  InputSelector selector;
  common::MonoTime now{1h};
  SelectorState state;
  std::vector<SelectorAction> actions;

 private:
  InputBench& say(int priority, common::InputState what, const std::string& error);
  void figures(const std::vector<int>& silent);

  struct Spoilt {
    common::ContentFault fault;
    common::MonoTime from;
  };

  Generation generation_ = 0;
  common::MonoTime next_figures_{};
  std::map<int, Spoilt> spoilt_;
};

}  // namespace supervisor
