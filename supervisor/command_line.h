// The arguments of streamer-supervisor. Parsed by CLI11; usage errors end the program with 64 (sysexits).
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "supervisor/client_http.h"
#include "supervisor/client_logs.h"
#include "supervisor/credential_commands.h"
#include "supervisor/doctor/doctor.h"

namespace supervisor {

struct RunCommand {
  std::string config_path;           // empty: the default file when there is one, else the default settings
  std::string watchdog_config_path;  // the first seed's watchdog file
  std::string listen;                // replaces server.listen
  std::string worker_program;        // empty: streamer-worker beside this program
};
struct CheckCommand {
  std::string config_path;
  std::string watchdog_config_path;
};
// Talks to a running service.
struct ClientCommand {
  enum class Verb { Status, Start, Stop, Restart, Pause, Resume, Drill, Incidents, Switch };
  Verb verb = Verb::Status;
  ServiceAddress service;
  std::string stream;                // empty: all
  std::string fault;                 // Drill
  std::optional<int> priority = {};  // Switch; nothing: the best input that works
  bool json = false;                 // the answer as it is
  bool names = false;                // Status: the names of the streams only, one a line
};
// One alert is delivered: what the service starts for it, not for people.
struct DeliverCommand {
  int config_fd = -1;
};
// The program ends here: --help, --version or a usage error, already printed.
struct Finished {
  int exit_code = 0;
};

using CommandLine = std::variant<RunCommand, CheckCommand, DoctorCommand, ClientCommand, LogsCommand,
                                 CredentialCommand, DeliverCommand, Finished>;

inline constexpr const char* default_config_path = "/etc/desktop-streamer/config.json";

CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace supervisor
