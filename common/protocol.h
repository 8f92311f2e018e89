// The control protocol between supervisor and worker: one JSON object a line, at most line_bytes_max bytes.
// Messages go up the worker's stderr and carry generation and nonce; commands go down its stdin. Pure.
//
// A line that is not a valid message of this generation and nonce is a log line: never a heartbeat, whatever
// its text says (fault P24). A field that is missing, of another type or out of range makes the line invalid.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/content_fault.h"
#include "common/result.h"
#include "common/worker_settings.h"

namespace common {

inline constexpr std::size_t line_bytes_max = 4096;

// Who speaks: checked before a message is believed.
struct Sender {
  std::uint64_t generation = 0;
  std::string nonce;
};

struct Hello {
  std::string version;
};
// Init, kit and slate are sent, inputs were tried, the encoder is warm: waiting for activate.
struct Ready {};
// Four times a second, written by the thread that makes the media. Counters rise over the life of the worker.
struct Heartbeat {
  std::uint64_t frames_captured = 0;
  std::uint64_t frames_encoded = 0;
  std::uint64_t frames_dropped = 0;
  std::uint64_t parts = 0;
  std::int64_t last_pts = -1;           // ticks; -1 before the first part
  std::int64_t last_frame_age_ms = -1;  // since the active input last gave a sign of life; -1: never
  std::uint64_t damage_events = 0;
  int input = -1;              // priority of the input on air; -1: none (paused, or no input gives)
  std::uint64_t revision = 0;  // of the list of inputs `input` speaks of
  std::string encoder;         // libavcodec name
  double fps = 0;              // pictures captured a second
  double bitrate_kbps = 0;
  std::uint64_t rss_kb = 0;
  // What is on air, for information: neither is a fault.
  bool black = false;           // the picture is black all over
  bool display_asleep = false;  // DPMS: the monitor is in standby or off
  bool display_locked = false;  // the screen saver is on
  std::string capture_mode;     // by_damage or by_comparing; empty: no display of ours
};
// What the X server tells of is copied; or it leaves changes out, and every picture is compared whole.
inline constexpr const char* by_damage = "damage";
inline constexpr const char* by_comparing = "compare";

// Where one input of the worker stands.
enum class InputState {
  Closed,   // not open, not wanted
  Opening,  // being opened, or open and before its first picture
  Giving,   // pictures come, or could at once
  Failed,   // `error` says why; it is tried again
  Hung,     // a call does not come back
};
std::string_view input_state_name(InputState state);  // "closed", "opening", "giving", "failed", "hung"

// An input changed.
struct InputReport {
  std::uint64_t revision = 0;  // of the list of inputs it speaks of
  int priority = 0;
  InputState state = InputState::Closed;
  // Empty when fine; starts with a tag: "display_lost: ...", "display_auth: ...", "monitor: ...", "input:
  // ..."
  std::string error;
  bool stuck = false;  // a thread of this input had to be abandoned
};
// Once a second for every open input.
struct InputFigures {
  std::uint64_t revision = 0;  // as in InputReport
  int priority = 0;
  double fps = 0;           // pictures that came in, a second
  double bitrate_kbps = 0;  // of what came in; 0 where nothing is transmitted (x11, pattern, slate)
  double packet_loss = 0;   // percent; 0 where the transport tells of none
  std::int64_t last_picture_age_ms = -1;  // -1: never
  std::int64_t last_sign_age_ms = -1;     // of life: a picture, a packet, a round trip; -1: never
  // For so long, up to the newest picture, all of them have this fault; 0: they do not, or nobody looks.
  ContentTimes content = {};
};
struct Monitor {
  std::string name;  // connector, "DP-1"
  std::string edid;  // vendor, model and serial as text; empty when unknown
  int x = 0, y = 0, width = 0, height = 0;
  bool primary = false;
  bool captured = false;
};
struct Monitors {
  std::vector<Monitor> monitors;
  int priority = -1;  // of the x11 input that sees them; -1: nobody's
};
struct LogLine {
  std::string level;  // debug info warn error
  std::string text;
};
// The encoder in use and, when it is not the first of the chain, why the others were refused.
struct EncoderReport {
  std::string encoder;
  std::string fallback_reason;  // empty: first choice
  // Less than what was asked for, or than this machine should give: a GPU that fails, an overload. With
  // "auto" on a machine without a GPU libx264 is as good as it gets.
  bool degraded = false;
};
// The first part will take longer, for a reason that is no fault.
struct Extend {
  std::int64_t by_ms = 0;
  std::string why;
};
// The worker goes on, but should be replaced before it cannot.
struct Trouble {
  std::string reason;  // stuck_inputs
  std::string text;
};
inline constexpr const char* stuck_inputs = "stuck_inputs";
struct Bye {
  std::string reason;  // exit_reason_name
  std::string text;
};

using Message = std::variant<Hello, Ready, Heartbeat, InputReport, InputFigures, Monitors, LogLine,
                             EncoderReport, Extend, Trouble, Bye>;

// One line with its newline. Long texts are cut so that the line fits line_bytes_max.
std::string format_message(const Sender& sender, const Message& message);
// The message, or why the line is none (then it is text for the log).
Result<Message> parse_message(const Sender& expected, std::string_view line);

// Start publishing at continue_at (ticks) with a key frame; also sent to a worker that was bridged, to open
// anew.
struct Activate {
  std::int64_t continue_at = 0;
};
// Show this input from the next slot on. One of another list than the one in force is refused.
struct SwitchInput {
  std::uint64_t revision = 0;
  int priority = 0;
  std::vector<int> open;  // priorities that shall be open; the one shown always is
};
// One input of a new list, which is in force with the last of its lines: `count` of one revision, priorities
// 0 to count - 1 in order. An input that is equal to one of the former list keeps its source. A list with a
// gap is refused, and the former stays.
struct EditInput {
  std::uint64_t revision = 0;
  int priority = 0;
  int count = 0;
  InputSettings input;
};
struct KeyFrame {};
// Privacy: on, the slate in place of whatever the inputs give, and nothing is captured; off, the picture
// again. What is published until then counts on Activate, which follows, or on the next key frame
// (MediaRecord::slate).
struct Pause {
  bool on = true;
};
// Send the picture on air as a Snapshot record, now.
struct SnapshotNow {};
// A controlled fault, for rehearsals: freeze (the capture shows the same picture for ever), exit, oom, xlost.
struct Drill {
  std::string fault;
};
struct Quit {};

using Command = std::variant<Activate, SwitchInput, EditInput, KeyFrame, Pause, SnapshotNow, Drill, Quit>;

// One line with its newline. Nothing is cut: an EditInput that is longer than line_bytes_max is one that no
// worker takes, and the caller starts a new worker instead.
std::string format_command(const Command& command);
Result<Command> parse_command(std::string_view line);

}  // namespace common
