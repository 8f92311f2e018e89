// The pixels of a piece of the screen by another way than the capture's: a connection of its own and a plain
// GetImage through the socket. For the moment when the capture is suspected to be frozen. Blocks on the
// server; any thread.
#pragma once

#include <string>
#include <vector>

#include "common/result.h"
#include "worker/picture/rectangle.h"

namespace worker {

// `area` in root coordinates, inside the screen; pixels BGRX, rows without padding.
// Error: no connection, or the server refused.
common::Result<std::vector<std::uint8_t>> second_look(const std::string& display,
                                                      const std::string& xauthority, const Rectangle& area);

// `pixels` show what `grab` shows at `area` (coordinates of the grab); the unused byte of a pixel is ignored.
bool shows_the_same(const Bgra& grab, const Rectangle& area, const std::vector<std::uint8_t>& pixels);

}  // namespace worker
