#include "supervisor/report/proc_text.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "common/unique_fd.h"

namespace supervisor {
namespace {

constexpr std::size_t kernel_file_bytes_max =
    64 * 1024;  // /proc/stat of a machine with hundreds of processors

}  // namespace

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  while (true) {
    const std::size_t start = text.find_first_not_of(" \t\n");
    if (start == std::string_view::npos) return found;
    text.remove_prefix(start);
    const std::size_t length = std::min(text.find_first_of(" \t\n"), text.size());
    found.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view line_after(std::string_view text, std::string_view start) {
  while (text.substr(0, start.size()) != start) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text.remove_prefix(start.size());
  return text.substr(0, text.find('\n'));
}

common::Result<std::string> read_kernel_file(const std::string& path) {
  const common::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return common::errno_error(path, errno);
  std::string text;
  std::array<char, 4096> block{};
  while (text.size() < kernel_file_bytes_max) {
    const ssize_t count = ::read(file.get(), block.data(), block.size());
    if (count < 0) return common::errno_error(path, errno);
    if (count == 0) break;
    text.append(block.data(), static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace supervisor
