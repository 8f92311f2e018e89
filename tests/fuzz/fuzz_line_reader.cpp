// link: supervisor_process
// A worker's stderr, read in any sizes: the same lines, none longer than the limit, none with an end of line
// in it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "supervisor/process/line_reader.h"

namespace {

constexpr std::size_t line_bytes_max = 64;

using Lines = std::vector<std::pair<std::string, bool>>;

Lines read(std::string_view bytes, std::size_t step) {
  Lines lines;
  supervisor::LineReader reader(line_bytes_max);
  const auto keep = [&lines](std::string_view line, bool cut) { lines.emplace_back(line, cut); };
  for (std::size_t at = 0; at < bytes.size(); at += step) reader.feed(bytes.substr(at, step), keep);
  reader.finish(keep);
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const Lines whole = read(bytes, std::max<std::size_t>(bytes.size(), 1));
  if (whole != read(bytes, 1 + data[0] % 97)) std::abort();
  for (const auto& [line, cut] : whole) {
    if (line.empty() || line.size() > line_bytes_max) std::abort();
    if (line.find_first_of("\r\n") != std::string::npos) std::abort();
  }
  return 0;
}
