// Reads configuration files. Shell: blocks on the disk, so it is called at start and by the program `check`,
// and for a reload from outside the event loop. A file that cannot be read, is not a regular file, or that
// others may write, is refused with the fix.
#pragma once

#include <string>

#include "supervisor/config/parse.h"

namespace supervisor {

ParseOutcome load_config(const std::string& path);

// The files of this machine, as this process can read them.
FileChecks look_at_files();

// The text of a file that may be used as configuration; the error does not name the file.
common::Result<std::string> read_config_file(const std::string& path);
// Names a text: 32 hexadecimal digits of its SHA-256.
std::string config_revision(std::string_view text);

// --watchdog-config: the seed's watchdog file over a configuration that was loaded before.
ParseOutcome load_watchdog(const std::string& path, LoadedConfig base);

}  // namespace supervisor
