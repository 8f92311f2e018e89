// Where this instance keeps what its successor needs: a runtime directory (lock, published window, journal;
// best in memory) and a state directory (intent, backoff, incidents; on a disk). Private: of our user, not
// writable by others, no symbolic link. Before the event loop runs. What cannot be used is a warning, never
// the end: without them the service runs, and only its successor knows nothing.
//
// Order: configuration, systemd (RUNTIME_DIRECTORY, STATE_DIRECTORY: systemd.exec(5)), XDG base directories
// (XDG_RUNTIME_DIR, XDG_STATE_HOME), /run as root, /tmp. Without a name of its own (configuration, systemd)
// an instance takes a folder named for its configuration file and its addresses: another start of the same
// finds it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/result.h"

namespace supervisor {

struct DirectoryWishes {
  std::string runtime_dir;          // server.runtime_dir; empty: not said
  std::string state_dir;            // server.state_dir
  std::string config_path;          // empty: none
  std::vector<std::string> listen;  // "ADDRESS:PORT"
};

struct RunDirectories {
  std::string runtime;  // empty: none can be used
  std::string state;
  bool in_memory = false;  // `runtime` is a tmpfs
  std::vector<std::string> warnings;
};

// 16 hex digits: of the real path of the configuration and the addresses. Nothing when an address has port 0:
// such an instance has no name that another start could find.
std::optional<std::string> instance_key(const DirectoryWishes& wishes);

// `base` must exist; each of `below` is made (0700) when it is missing, and checked. The whole path.
common::Result<std::string> private_directory(const std::string& base, const std::vector<std::string>& below);

using Environment = std::function<const char*(const char* name)>;  // as getenv
RunDirectories choose_directories(const DirectoryWishes& wishes, const Environment& environment);

// /proc/sys/kernel/random/boot_id; empty when it cannot be read.
std::string read_boot_id();

}  // namespace supervisor
