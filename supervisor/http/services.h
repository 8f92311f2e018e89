// What the HTTP room needs from the rest of the supervisor, as functions the daemon fills in. Every one is
// called on the event loop and must answer from memory: nothing here may block, wait or throw. A function
// left empty makes its routes answer 503. The room never learns how a stream is supervised, only what it may
// show and ask.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/http/event_hub.h"
#include "supervisor/media/live_stream.h"

namespace supervisor {

// One file of the dashboard, embedded in the program; the bytes live as long as the process.
struct Asset {
  std::string_view bytes;
  std::string_view gzipped;       // empty: only `bytes` are served
  std::string_view content_type;  // "text/html; charset=utf-8"
  std::string_view etag;          // without quotes; a hash of the bytes
  bool immutable = false;         // the name holds a hash: cached for a year
};

enum class CommandVerb { Start, Stop, Restart, Pause, Resume };

struct CommandOutcome {
  enum class Kind { Accepted, UnknownStream, Refused, UnknownInput };  // 202, 404, 409, 422
  Kind kind = Kind::Accepted;
  std::string reason;       // not Accepted: why, and what to do
  std::string status_json;  // Accepted: the new status; empty: the answer of Services::status_json
};

// A picture as it is: JPEG bytes, shared. Null: there is none.
using PictureBytes = std::shared_ptr<const std::string>;

struct DrillOutcome {
  // 200, 404, 422, 409 and 409.
  enum class Kind { Measured, UnknownStream, UnknownFault, SwitchedOff, Refused };
  Kind kind = Kind::Measured;
  std::string json;    // Measured
  std::string reason;  // else: why, and what to do
};

struct CleanupOutcome {
  enum class Kind { Done, UnknownStream, NoDirectory, Failed };  // 200, 404, 409, 503
  Kind kind = Kind::Done;
  std::uint64_t removed_files = 0;
  std::uint64_t freed_bytes = 0;
  std::string reason;  // NoDirectory, Failed: why, and what to do
};

struct HealthAnswer {
  bool ok = false;  // 200, else 503
  std::string json;
};

// Already checked: level is empty or one of trace debug info warn error, stream is empty or a valid name.
struct LogRequest {
  std::string level;
  std::string stream;
  std::string since;  // at most 64 printable characters, as given
  int limit = 200;    // 1..1000
};

struct ConfigOutcome {
  // 200, 422, 412, 409, 503: another change is under way, 404.
  enum class Kind { Done, Invalid, Changed, NotWritable, Busy, UnknownStream };
  Kind kind = Kind::Done;
  std::string json;    // Done: the body. Invalid: the list of errors
  std::string reason;  // else: why, and what to do
};

struct AlertTestOutcome {
  enum class Kind { Done, Refused };  // 200, 409
  Kind kind = Kind::Done;
  std::string json;    // Done
  std::string reason;  // Refused: why, and what to do
};

struct ConfigWrite {
  std::string text;
  std::string if_match;  // a revision, without quotes; empty: whatever there is
  bool dry_run = false;
  std::string stream = {};  // not empty: `text` is a list of changes of its inputs (config/edit_inputs.h)
};

class AuthDesk;

struct Services {
  std::function<LiveStream*(std::string_view name)> find_stream;  // null: unknown
  std::function<std::string()> status_json;
  std::function<HealthAnswer()> health;
  std::function<std::string()> health_detailed_json;
  std::function<bool()> is_ready;  // every wanted stream is delivering
  // Nothing: there is no such range.
  std::function<std::optional<std::string>(std::string_view range)> history_json;
  std::function<std::string()> metrics_text;  // Prometheus text format 0.0.4
  // Nothing: they are being looked for, ask again in a second or two.
  std::function<std::optional<std::string>()> monitors_json;
  std::function<std::optional<std::string>()> encoders_json;
  std::function<std::string(const LogRequest& query)> logs_json;
  // An empty stream name: all streams.
  std::function<CommandOutcome(std::string_view stream, CommandVerb verb)> command;
  // Nothing: the best input that works, as the stream chooses by itself.
  std::function<CommandOutcome(std::string_view stream, std::optional<int> priority)> switch_input;
  // Nothing: there is no such stream, or incident.
  std::function<std::optional<std::string>(std::string_view stream, int limit)> incidents_json;
  std::function<std::optional<std::string>(std::string_view stream, std::string_view id)> incident_json;
  std::function<PictureBytes(std::string_view stream)> last_picture;
  // These answer later, on the event loop, at most once; the caller bounds the wait.
  std::function<void(std::string_view stream, std::string_view id, std::function<void(PictureBytes)> done)>
      incident_picture;
  std::function<void(std::string_view stream, std::string_view fault, std::function<void(DrillOutcome)> done)>
      drill;
  std::function<std::string()> alerts_json;
  // Answers later, as above.
  std::function<void(std::function<void(AlertTestOutcome)> done)> alerts_test;
  std::function<std::string()> config_json;
  // Answer later, as above.
  std::function<void(const ConfigWrite& wanted, std::function<void(ConfigOutcome)> done)> write_config;
  std::function<void(std::function<void(ConfigOutcome)> done)> reload_config;
  AuthDesk* auth = nullptr;  // null: everybody may do everything
  std::function<void(std::string_view stream, std::function<void(CleanupOutcome)> done)> cleanup;
  // The User-Agent of the self-probe of this process: it holds a secret, may fetch media without credentials
  // and is no viewer. Empty: there is none.
  std::string probe_agent;
  // Path without the first slash; "index.html" for "/". Null: no such file.
  std::function<const Asset*(std::string_view path)> find_asset;
  EventHub* events = nullptr;     // GET /api/events
  EventHub* log_lines = nullptr;  // GET /api/logs/stream
  // Host names a request may carry beside IP addresses and localhost: server.hosts and the name of the
  // machine.
  std::vector<std::string> host_names;
};

}  // namespace supervisor
