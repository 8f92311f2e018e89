// The identity of a monitor from its EDID block (VESA E-EDID 1.4, section 3). Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace worker {

// "DEL DELL U2720Q 7XK2N13": vendor, model name, serial, as far as they are there; printable ASCII only.
// Empty when the bytes are no EDID (length, header or checksum wrong).
std::string edid_text(std::span<const std::uint8_t> block);

}  // namespace worker
