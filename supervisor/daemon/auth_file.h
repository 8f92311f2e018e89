// Opens the desk of the credentials (http/auth_desk.h) with what a former process kept of its sessions:
// sessions.json in the state directory, readable for this account only. May wait half a second for the disk:
// before the loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "supervisor/config/config.h"
#include "supervisor/http/auth_desk.h"

namespace supervisor {

std::unique_ptr<AuthDesk> open_auth_desk(boost::asio::io_context& loop, const Server& server);

}  // namespace supervisor
