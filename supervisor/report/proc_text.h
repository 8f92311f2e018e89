// Pieces of reading /proc and /sys/fs/cgroup that the files of this room share; not for other rooms. The
// parsing is pure; read_kernel_file is SHELL: these files are made at the read, no disk is waited for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"

namespace supervisor {

// Separated by blanks, tabs and newlines.
std::vector<std::string_view> words(std::string_view text);
// Decimal digits and nothing else.
std::optional<std::uint64_t> number(std::string_view text);
// What follows `start` in the line of `text` that begins with it; empty: there is no such line.
std::string_view line_after(std::string_view text, std::string_view start);

// At most 64 KiB of it.
common::Result<std::string> read_kernel_file(const std::string& path);

}  // namespace supervisor
