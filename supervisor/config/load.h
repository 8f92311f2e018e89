// Reads configuration files. Shell: blocks on the disk, so it is called at start and by the program `check`,
// and for a reload from outside the event loop. A file that cannot be read, is not a regular file, or that
// others may write, is refused with the fix.
#pragma once

#include <string>

#include "supervisor/config/parse.h"

namespace supervisor {

ParseOutcome load_config(const std::string& path);

// --watchdog-config: the seed's watchdog file over a configuration that was loaded before.
ParseOutcome load_watchdog(const std::string& path, LoadedConfig base);

}  // namespace supervisor
