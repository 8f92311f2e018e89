// Set-up of spdlog, the same line shape in both programs. The worker logs through the protocol instead.
#pragma once

#include <spdlog/spdlog.h>

#include <string>

namespace common {

// Makes the default logger: coloured stderr at `level` (trace debug info warn error off). Call once, at
// start.
void start_log(const std::string& level);

// `text` with control bytes and invalid UTF-8 written as \xNN, cut at `length_max` bytes: nothing that comes
// from outside reaches a terminal or a JSON text unescaped (faults C13, P21).
std::string printable(std::string_view text, std::size_t length_max = 1024);

}  // namespace common
