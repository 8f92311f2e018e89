// The commands that talk to a running service over its HTTP API. Blocking: for the command line only.
#pragma once

#include "supervisor/command_line.h"

namespace supervisor {

// Prints the answer, errors as one line on stderr that says what to do. 0; 64 no such stream, wrong value or
// address; 69 the service cannot be reached, or refuses for now; 77 credentials are missing or not enough. Of
// a drill: 0 recovered, 69 not recovered or not possible now, 78 drills are off.
int run_client(const ClientCommand& command);

}  // namespace supervisor
