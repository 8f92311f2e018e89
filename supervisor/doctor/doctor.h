// `streamer-supervisor doctor`: looks at everything the service needs on this machine, with this account and
// these settings, and says for each thing whether it is in order and how to mend it. Changes nothing.
// Blocking, bounded: for the command line only.
#pragma once

#include <string>

namespace supervisor {

struct DoctorCommand {
  std::string config_path;           // empty: the default file when there is one, else the default settings
  std::string watchdog_config_path;  // the first seed's watchdog file
  std::string listen;                // replaces server.listen
  std::string worker_program;        // empty: streamer-worker beside this program
  bool json = false;
};

// Prints; the exit code: 0 nothing failed (warnings may be there), else that of the first thing that did: 78
// configuration, 77 permission, 69 something outside is missing, 71 the system refuses, 73 a directory. Ends
// the process itself when a check did not come back. `worker_program` and a config_path that exists are
// filled in by the caller.
int run_doctor(const DoctorCommand& command, bool config_must_exist);

}  // namespace supervisor
