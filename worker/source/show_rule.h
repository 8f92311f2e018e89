// What is on air, given what the supervisor selected and what the inputs do. It selects nothing itself:
//   the selected input gives              that one
//   it was selected and is not open yet,  the former one, until the new one gives or fails
//   or its picture is an old one
//   what was on air has failed            its last picture, for hold_max: time for the supervisor to switch,
//                                         and for behind_max while the selected one catches up
//   the selected one is behind still      that one
//   else                                  the outage picture
// Pure; time is an argument. Inputs are places in the list.
#pragma once

#include <optional>
#include <span>

#include "common/time_grid.h"

namespace worker {

// A slate gives always.
enum class InputFact {
  Opening,
  Behind,  // it has a picture, from a time when nobody looked; a new one comes in a moment
  Gives,
  Failed
};

enum class Shows { Input, LastPicture, Outage };

struct Shown {
  Shows what = Shows::Outage;
  std::size_t input = 0;  // what is Input: which one; else the selected one
};

class ShowRule {
 public:
  static constexpr std::chrono::milliseconds hold_max{200};
  static constexpr std::chrono::milliseconds behind_max{500};

  explicit ShowRule(std::size_t selected) : selected_(selected) {}

  void select(std::size_t input);
  std::size_t selected() const { return selected_; }
  // The one that goes on until the selected one gives: it must stay open.
  std::optional<std::size_t> former() const { return former_; }
  // Another list: where an input of the former list is now; nothing: it is gone, and its place counts as
  // failed until the next selection.
  void move(std::optional<std::size_t> selected, std::optional<std::size_t> former);
  // Nothing that was on air until now may be shown again.
  void forget();

  // Every slot. `facts`: one for each input.
  Shown decide(std::span<const InputFact> facts, common::MonoTime now);

 private:
  bool gives(std::optional<std::size_t> input, std::span<const InputFact> facts) const;

  std::size_t selected_;
  bool gone_ = false;  // the selected one is not in the list any more
  std::optional<std::size_t> former_;
  std::optional<std::size_t> on_air_;  // an input, or its last picture
  std::optional<common::MonoTime> lost_at_;
};

}  // namespace worker
