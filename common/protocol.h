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

#include "common/result.h"

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
  int input = -1;       // priority of the input on air
  std::string encoder;  // libavcodec name
  double fps = 0;       // pictures captured a second
  double bitrate_kbps = 0;
  std::uint64_t rss_kb = 0;
  // What is on air, for information: neither is a fault.
  bool black = false;           // the picture is black all over
  bool display_asleep = false;  // DPMS: the monitor is in standby or off
};
// An input changed; status is one of idle active degraded probing.
struct InputReport {
  int priority = 0;
  std::string status;
  std::string
      error;  // empty when fine; starts with a tag: "display_lost: ...", "display_auth: ...", "monitor: ..."
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
struct Bye {
  std::string reason;  // exit_reason_name
  std::string text;
};

using Message =
    std::variant<Hello, Ready, Heartbeat, InputReport, Monitors, LogLine, EncoderReport, Extend, Bye>;

// One line with its newline. Long texts are cut so that the line fits line_bytes_max.
std::string format_message(const Sender& sender, const Message& message);
// The message, or why the line is none (then it is text for the log).
Result<Message> parse_message(const Sender& expected, std::string_view line);

// Start publishing at continue_at (ticks) with a key frame; also sent to a worker that was bridged, to open
// anew.
struct Activate {
  std::int64_t continue_at = 0;
};
struct SwitchInput {
  int priority = 0;
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

using Command = std::variant<Activate, SwitchInput, KeyFrame, Pause, SnapshotNow, Drill, Quit>;

std::string format_command(const Command& command);
Result<Command> parse_command(std::string_view line);

}  // namespace common
