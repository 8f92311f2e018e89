// All inputs of a stream, each open one captured in its own thread so that a blocked X server or network
// never blocks the picture clock. The media thread asks once a slot for what is on air; input_set answers at
// once by the rule of show_rule.h: what the supervisor selected, or the slate with the cause as its text. It
// opens and closes what the supervisor says; the selected input is always open, an exclusive one never while
// the worker is parked.
//
// An x11 input never shows another screen than the one asked for. A thread that does not come back after its
// input was closed is left behind and counted; with WorkerSettings::stuck_max of them the worker asks to be
// replaced (Trouble). Threads: every function is called on the media thread; the capture threads are inside.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/protocol.h"
#include "common/time_grid.h"
#include "common/worker_settings.h"
#include "worker/picture/picture.h"

namespace worker {

struct OnAir {
  int priority = 0;                        // of the input shown; -1: none, paused or no input gives
  bool slate = false;                      // not a real input: the outage picture (or an input of type slate)
  std::shared_ptr<const Picture> picture;  // never null
  // Picture::serial. Equal to that of an earlier answer: nothing changed since; else Picture::changes_since
  // tells where.
  std::uint64_t picture_serial = 0;
};

struct InputCounters {
  std::uint64_t frames_captured = 0;       // grabs or received pictures of all inputs
  std::uint64_t damage_events = 0;         // inside what is captured, as the display tells; else changes seen
  std::int64_t last_sign_of_life_ms = -1;  // age for the input on air; -1: never
  bool display_asleep = false;             // of the input on air, as the next one
  bool display_locked = false;
  std::string capture_mode;
};

class InputSet {
 public:
  virtual ~InputSet() = default;
  // What is on air for `slot`. Waits until the capture of this slot is in, at most until `deadline`. Slots
  // that are not asked for are not captured, but one ahead.
  virtual OnAir on_air(common::Slot slot, common::MonoTime deadline) = 0;
  // Reports, figures, monitors and log lines since the last call, in order, to be sent to the supervisor.
  virtual std::vector<common::Message> take_messages() = 0;
  virtual InputCounters counters(common::MonoTime now) const = 0;
  // Of the list of inputs in force.
  virtual std::uint64_t revision() const = 0;
  // As the commands of common/protocol.h. Error: of another list, or there is no such input; nothing changed.
  virtual common::Result<void> switch_to(const common::SwitchInput& order) = 0;
  virtual common::Result<void> edit(const common::EditInput& line) = 0;
  // Only every so many slots will be asked for. At the beginning: 1.
  virtual void pace(int every) = 0;
  // true: nothing is captured any more, the sources are only proved to live. false: pictures for every slot,
  // from now on. Opens unparked.
  virtual void park(bool parked) = 0;
  // true: the slate, whatever the inputs give (OnAir::priority is -1), and nothing is captured. false: the
  // inputs again, each as soon as it has a picture that was captured from now on. Opens unpaused.
  virtual void pause(bool paused) = 0;
  // A controlled fault (freeze, xlost) for the source of the input on air.
  virtual void drill(const std::string& fault) = 0;
};

// Opens the inputs of settings.open and the selected one, each in its own thread, and returns at once; the
// slate is on air until the selected one gives pictures.
std::unique_ptr<InputSet> open_inputs(const common::WorkerSettings& settings);

}  // namespace worker
