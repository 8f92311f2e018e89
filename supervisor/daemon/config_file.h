// The configuration file as the API and SIGHUP use it: read, checked as a whole, and replaced without ever
// losing one that was good. Shell: blocks on the disk, so it is called on a thread of its own
// (config_desk.h). A file that is replaced is kept as FILE.last_good when it was good; the new one is
// complete on the disk before it takes the name.
#pragma once

#include <string>
#include <vector>

#include "supervisor/config/load.h"
#include "supervisor/http/services.h"

namespace supervisor {

struct ConfigPaths {
  std::string config;    // empty: the service was started without a file
  std::string watchdog;  // the seed's second file, read over the first one; empty: none
};

inline constexpr const char* last_good_suffix = ".last_good";

struct ConfigReading {
  ConfigOutcome::Kind kind = ConfigOutcome::Kind::Done;  // else nothing was written
  std::string reason;                                    // not Done: why, and what to do
  std::vector<ConfigProblem> problems;                   // Invalid
  LoadedConfig whole;                                    // Done: both files
  Config as_written;                                     // Done: the first file alone
  std::string revision;                                  // of the file as it is now; empty: it cannot be read
  std::string not_writable;                              // why the file cannot be replaced; empty: it can
};

// Invalid when there is anything wrong with either file.
ConfigReading read_config_files(const ConfigPaths& paths);

// `in_force`: where hidden secrets come from.
ConfigReading write_config_file(const ConfigPaths& paths, const ConfigWrite& wanted, const Config& in_force);

// Why the file cannot be replaced by this process; empty: it can.
std::string why_not_writable(const std::string& path);

}  // namespace supervisor
