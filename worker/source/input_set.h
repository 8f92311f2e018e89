// All inputs of a stream, each captured in its own thread so that a blocked X server or network never blocks
// the picture clock. The media thread asks once a slot for what is on air; input_set answers at once with the
// best input that gives pictures, or the slate with the cause as its text.
//
// Until the supervisor selects inputs by command, the choice is here: the lowest priority number that works;
// back to a better one as soon as it gives pictures again. An x11 input never shows another screen than the
// one asked for. Threads: every function is called on the media thread; the capture threads are inside.
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
  int priority = 0;                        // of the input shown; -1: none, paused
  bool slate = false;                      // not a real input: the outage picture (or an input of type slate)
  std::shared_ptr<const Picture> picture;  // never null
  // Differs from the previous answer's value if, and only if, the picture may differ: equal means "nothing
  // changed".
  std::uint64_t picture_serial = 0;
};

struct InputCounters {
  std::uint64_t frames_captured = 0;       // grabs or received pictures of all inputs
  std::uint64_t damage_events = 0;         // inside what is captured, as the display tells; else changes seen
  std::int64_t last_sign_of_life_ms = -1;  // age for the input on air; -1: never
  bool display_asleep = false;             // of the input on air
};

class InputSet {
 public:
  virtual ~InputSet() = default;
  // What is on air for `slot`. Waits until the capture of this slot is in, at most until `deadline`.
  virtual OnAir on_air(common::Slot slot, common::MonoTime deadline) = 0;
  // Status changes, monitors and log lines since the last call, in order, to be sent to the supervisor.
  virtual std::vector<common::Message> take_messages() = 0;
  virtual InputCounters counters(common::MonoTime now) const = 0;
  // true: nothing is captured any more, the sources are only proved to live. false: pictures for every slot,
  // from now on. Opens unparked.
  virtual void park(bool parked) = 0;
  // true: the slate, whatever the inputs give (OnAir::priority is -1), and nothing is captured. false: the
  // inputs again, each as soon as it has a picture that was captured from now on. Opens unpaused.
  virtual void pause(bool paused) = 0;
  // A controlled fault (freeze, xlost) for the source of the input on air.
  virtual void drill(const std::string& fault) = 0;
};

// Opens every input in its own thread and returns at once; the slate is on air until one of them gives
// pictures.
std::unique_ptr<InputSet> open_inputs(const common::WorkerSettings& settings);

// The outage picture by itself, for the kit: text lines, centred, readable at 360p and 4K.
std::shared_ptr<Picture> make_slate(int width, int height, const std::vector<std::string>& lines);

}  // namespace worker
