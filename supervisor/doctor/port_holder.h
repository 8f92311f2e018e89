// Who listens on a port: proc_net_tcp(5) says which socket, /proc/PID/fd whose it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/config/parse.h"

namespace supervisor {

// Inodes of the sockets that listen where `address` would; of /proc/net/tcp or tcp6. Pure.
std::vector<std::uint64_t> listening_inodes(std::string_view table, const ListenAddress& address);

struct PortHolder {
  int pid = 0;          // 0: a process that this account may not look at
  std::string program;  // file name of its executable, else its name
};
// Nothing: nobody listens there. Reads all of /proc.
std::optional<PortHolder> find_port_holder(const ListenAddress& address);

}  // namespace supervisor
