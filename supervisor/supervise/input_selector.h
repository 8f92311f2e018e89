// Which input of a stream is on air, which ones are open, and when a failed one is tried again. Decides; the
// shell (supervisor/process/input_desk) sends the orders to the worker and starts the probes. Pure: time is
// an argument, nothing is awaited without deadline() naming when.
//
// Rules. The first input that works is the best one. One that fails is left at once, one that gives no
// picture for suspect_after is suspect (the next one is opened), after `timeout` it is given up. A better one
// is returned to when it gave for stable_time and dwell_time is over since the last switch. Each failure
// costs a penalty that halves with time; above penalty_suppress an input is not returned to until below
// penalty_reuse, but it is still used before the slate. When nothing works the slate at the end of the list
// is selected (`exhausted`) and left at once for whatever works. The operator's override holds until it is
// cleared, or that input is given up. Inputs added by an edit are new: a better one is shown as soon as it
// gives. A screen that is locked or asleep by policy is left like one that failed, without a penalty.
// Pictures that have a fault (common/content_fault.h) for as long as the operator allows it make an input
// suspect, too, and after `timeout` it is given up; then only a probe that sees better pictures brings it
// back.
//
// What a worker says counts only when it carries the generation and the revision of the list that are in
// force. A new worker finds everything as it was, but its inputs are unknown until it reports them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/content_fault.h"
#include "common/protocol.h"
#include "common/time_grid.h"
#include "supervisor/supervise/event.h"

namespace supervisor {

// `selector` of a stream's configuration.
struct SelectorSettings {
  using Duration = std::chrono::milliseconds;
  Duration suspect_after{2'000};
  Duration timeout{4'000};
  Duration stable_time{30'000};
  Duration dwell_time{60'000};
  int warm = 1;                        // inputs worse than the one on air that are kept open
  Duration probe_interval{1'000};      // from the failure to the first probe; doubles with each that fails
  Duration probe_interval_max{5'000};  // half of it while nothing works
  Duration probe_timeout{10'000};      // of one probe; and of an opening in the worker
  int penalty = 1'000;
  Duration penalty_half_life{60'000};
  int penalty_suppress = 2'000;
  int penalty_reuse = 750;
  friend bool operator==(const SelectorSettings&, const SelectorSettings&) = default;
};

// Figures of inputs come once a second. When they do not, the worker is silent, not its inputs.
inline constexpr std::chrono::milliseconds figures_fresh_for{1'500};
// A worker that replaces another may find an exclusive input held by it still, and tries again by itself.
inline constexpr std::chrono::milliseconds former_worker_time{5'000};
// To see that pictures are good again a probe gets as long as they were allowed to be bad, at most this.
inline constexpr std::chrono::milliseconds content_proof_max{60'000};
// A probe is killed by the shell after probe_timeout; an answer that is still not there is a failure.
inline constexpr std::chrono::milliseconds probe_answer_slack{2'000};

// What the selector knows of an input beforehand.
struct InputTraits {
  enum class Kind {
    Own,     // x11, pattern: always open; the worker tries it again by itself
    File,    // always open unless it failed, then probed
    Remote,  // url, device: open when selected, warm, or better than the one on air; probed when it failed
    Slate    // gives always
  };
  Kind kind = Kind::Own;
  std::string name;            // for people, without secrets; tells inputs apart after a restart
  std::string exclusive = {};  // not empty: of all inputs with the same word only one is open, or probed
  std::chrono::milliseconds timeout{0};      // 0: the settings'
  common::ContentTimes content_limits = {};  // how long its pictures may have each fault; 0: for ever
  friend bool operator==(const InputTraits&, const InputTraits&) = default;
};

enum class InputStage {
  Unknown,  // nothing is known: not open, or not reported yet
  Opening,  // the worker opens it; no picture yet
  Ready,    // it gives
  Suspect,  // selected, and late
  Down      // given up, until it is proved again
};

// Why the picture changed its input: a closed set.
enum class SwitchReason { Error, Timeout, Manual, Failback, Recovery, InputAdded, InputRemoved };
inline constexpr std::size_t switch_reason_count = 7;
std::string_view switch_reason_word(SwitchReason reason);  // "input_added"

// Pictures come, and have this fault for longer than it is allowed.
struct BadContent {
  common::ContentFault fault = common::ContentFault::Frozen;
  common::MonoTime from{};   // when it began
  common::MonoTime since{};  // over the limit
};

struct SelectorInput {
  InputTraits traits;
  InputStage stage = InputStage::Unknown;
  common::MonoTime since{};       // of the stage
  common::MonoTime awaited{};     // Unknown, Opening: since when a picture is expected
  bool held = false;              // the worker has not closed it
  common::MonoTime sign{};        // Ready, Suspect: the last sign of life
  std::optional<BadContent> bad;  // Ready, Suspect; Down: to be disproved by the probe
  bool timed_out = false;         // Down: it did not say why
  std::string error;              // Down: why; starts with a tag as in InputReport
  bool added = false;             // by an edit, and neither shown nor given up since
  double penalty = 0;
  common::MonoTime penalty_at{};
  bool suppressed = false;
  std::uint64_t failures = 0;
  // Down, not Own.
  std::optional<common::MonoTime> probe_due;
  std::chrono::milliseconds probe_delay{0};
  std::uint64_t probe = 0;  // the one that is out; 0: none
};

struct SelectorState {
  std::vector<SelectorInput> inputs;  // by priority; the last is a slate
  std::uint64_t revision = 1;         // of the list
  int selected = 0;
  std::optional<int> override_input;
  bool exhausted = false;
  bool paused = false;
  Generation generation = 0;                  // of the worker; 0: there is none
  std::optional<common::MonoTime> took_over;  // from a worker that may live still
  std::optional<common::MonoTime> heard;      // since when this worker tells of its inputs
  std::optional<common::MonoTime> figures;    // the last that came
  common::MonoTime selected_since{};
  std::optional<common::MonoTime> last_switch;
  std::uint64_t probes = 0;  // numbers given
  std::vector<int> open;     // priorities as ordered last, ascending; slates are not in it
};

// Events.
struct WorkerBegan {  // it is the current one from now on
  Generation generation = 0;
};
struct WorkerEnded {};
// The operator stopped the stream: what is known of the inputs is forgotten, the override is not.
struct SelectionForgotten {};
struct InputReported {
  Generation generation = 0;
  common::InputReport report;
};
struct FiguresReported {
  Generation generation = 0;
  common::InputFigures figures;
};
struct ProbeAnswered {
  std::uint64_t probe = 0;  // of StartProbe
  bool ok = false;
  std::string error = {};
};
struct Override {  // ask refuses_override() first; nothing: cleared
  std::optional<int> priority;
};
struct InputsEdited {
  std::vector<InputTraits> inputs;  // the whole new list
  std::vector<int> former;          // where each was in the old list; -1: it is new
};
struct PrivacyChanged {
  bool paused = false;
};
struct SelectorTick {};
using SelectorEvent =
    std::variant<WorkerBegan, WorkerEnded, SelectionForgotten, InputReported, FiguresReported, ProbeAnswered,
                 Override, InputsEdited, PrivacyChanged, SelectorTick>;

// Actions, to be performed in order.
struct SelectInput {  // the command SwitchInput, with the revision in force
  int priority = 0;
  std::vector<int> open;
};
struct StartProbe {  // answered by ProbeAnswered
  int priority = 0;
  std::uint64_t probe = 0;
  std::chrono::milliseconds limit{0};
  std::optional<common::ContentFault> disprove = {};  // a picture is not enough: it must not have this fault
};
struct Switched {  // priorities of the list that was in force; after an edit `to` is one of the new list
  int from = 0;
  int to = 0;
  SwitchReason reason = SwitchReason::Error;
  std::string detail;
};
struct InputFailed {  // for its history of errors; again when a probe fails
  int priority = 0;
  std::string text;
};
struct InputNoted {  // a line for the log
  int priority = 0;
  std::string text;
};
struct Exhausted {
  bool on = false;
};
struct OverrideCleared {  // by itself
  int priority = 0;
  std::string why;
};
using SelectorAction =
    std::variant<SelectInput, StartProbe, Switched, InputFailed, InputNoted, Exhausted, OverrideCleared>;

struct InputSelector {
  SelectorSettings settings;

  std::vector<SelectorAction> step(SelectorState& state, const SelectorEvent& event,
                                   common::MonoTime now) const;
  // When SelectorTick is due; nothing: only an event can change anything.
  std::optional<common::MonoTime> deadline(const SelectorState& state) const;
};

// `inputs` is not empty and ends with a slate.
SelectorState initial_selection(const InputSelector& selector, std::vector<InputTraits> inputs,
                                common::MonoTime now);
// Why this override cannot be, in words for the operator; nothing: it can.
std::optional<std::string> refuses_override(const SelectorState& state, int priority);
// idle | probing | active | degraded, as the API says it.
std::string_view published_status(const SelectorState& state, int priority);
double penalty_of(const SelectorInput& input, const SelectorSettings& settings, common::MonoTime now);

// What the next supervisor process goes on with; ages, no points of time.
struct SavedSelection {
  struct Input {
    std::string name;
    double penalty = 0;
    bool suppressed = false;
    friend bool operator==(const Input&, const Input&) = default;
  };
  std::vector<Input> inputs;
  int selected = 0;
  std::optional<int> override_input;
  bool exhausted = false;
  friend bool operator==(const SavedSelection&, const SavedSelection&) = default;
};
SavedSelection save_selection(const InputSelector& selector, const SelectorState& state,
                              common::MonoTime now);
// Inputs are found again by their names, in order; what is not found is left out. Numbers that
// save_selection() does not write are put right.
SelectorState restore_selection(const InputSelector& selector, const SavedSelection& saved,
                                std::vector<InputTraits> inputs, common::MonoTime now);

}  // namespace supervisor
