#include "supervisor/daemon/auth_file.h"

#include <spdlog/spdlog.h>

#include <cerrno>

#include "supervisor/daemon/plans.h"
#include "supervisor/keep/state_writer.h"

namespace supervisor {
namespace {

constexpr std::size_t sessions_bytes_max = 256 * 1024;  // far above ended_sessions_max of them

}  // namespace

std::unique_ptr<AuthDesk> open_auth_desk(boost::asio::io_context& loop, const Server& server) {
  const std::string path = server.state_dir.empty() ? "" : server.state_dir + "/sessions.json";
  std::string kept;
  if (!path.empty()) {
    if (auto text = read_soon(path, sessions_bytes_max))
      kept = std::move(*text);
    else if (text.error().system_errno != ENOENT)
      spdlog::warn("{}: everybody has to log in again", text.error().reason);
  }
  auto desk = std::make_unique<AuthDesk>(loop, path, kept);
  desk->configure(auth_settings(server.auth));
  return desk;
}

}  // namespace supervisor
