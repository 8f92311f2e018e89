// The arguments of streamer-supervisor. Parsed by CLI11; usage errors end the program with 64 (sysexits).
#pragma once

#include <string>
#include <variant>

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
  enum class Verb { Status, Start, Stop, Restart, Drill, Incidents };
  Verb verb = Verb::Status;
  std::string url = "http://127.0.0.1:8080";
  std::string stream;  // empty: all
  std::string fault;   // Drill
};
// The program ends here: --help, --version or a usage error, already printed.
struct Finished {
  int exit_code = 0;
};

using CommandLine = std::variant<RunCommand, CheckCommand, ClientCommand, Finished>;

inline constexpr const char* default_config_path = "/etc/desktop-streamer/config.json";

CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace supervisor
