// The commands that talk to a running service over its HTTP API. Blocking: for the command line only.
#pragma once

#include "supervisor/command_line.h"

namespace supervisor {

// Prints the answer; 0, 69 when the service cannot be reached, 1 when it refuses. Of a drill: 0 recovered, 69
// not recovered or not possible now, 64 no such stream or fault, 78 drills are off.
int run_client(const ClientCommand& command);

}  // namespace supervisor
