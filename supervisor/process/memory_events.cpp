#include "supervisor/process/memory_events.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace supervisor {
namespace {

constexpr std::string_view root = "/sys/fs/cgroup";

// Calls `take(line)` for each line of `text`.
template <typename Take>
void each_line(std::string_view text, Take take) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    take(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

bool lists(std::string_view controllers, std::string_view name) {
  while (!controllers.empty()) {
    const std::size_t comma = controllers.find(',');
    if (controllers.substr(0, comma) == name) return true;
    if (comma == std::string_view::npos) return false;
    controllers.remove_prefix(comma + 1);
  }
  return false;
}

std::string join(std::string_view folder, std::string_view group, std::string_view file) {
  std::string path(root);
  path.append(folder).append(group);
  if (!path.ends_with('/')) path += '/';
  return path.append(file);
}

// vmstat is the longest of them: some 6 KiB.
std::string read_all(const common::UniqueFd& file) {
  std::string text;
  std::array<char, 4096> block{};
  constexpr std::size_t bytes_max = 64 * 1024;
  while (file && text.size() < bytes_max) {
    const ssize_t size = ::pread(file.get(), block.data(), block.size(), static_cast<off_t>(text.size()));
    if (size <= 0) break;
    text.append(block.data(), static_cast<std::size_t>(size));
  }
  return text;
}

common::UniqueFd open_file(const std::string& path) {
  return common::UniqueFd(path.empty() ? -1 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

}  // namespace

std::optional<std::uint64_t> parse_oom_kills(std::string_view text) {
  std::optional<std::uint64_t> found;
  each_line(text, [&found](std::string_view line) {
    constexpr std::string_view name = "oom_kill ";
    if (!line.starts_with(name)) return;
    line.remove_prefix(name.size());
    std::uint64_t value = 0;
    const auto [end, failure] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (failure == std::errc() && end == line.data() + line.size()) found = value;
  });
  return found;
}

MemoryGroupPaths memory_group_paths(std::string_view cgroup_text) {
  MemoryGroupPaths paths;
  each_line(cgroup_text, [&paths](std::string_view line) {  // "4:memory:/group", "0::/group"
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) return;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const std::string_view group = line.substr(second + 1);
    if (line.starts_with("0::")) paths.v2 = join("", group, "memory.events");
    if (lists(controllers, "memory")) paths.v1 = join("/memory", group, "memory.oom_control");
  });
  return paths;
}

MemoryEvents::MemoryEvents(int pid) {
  const auto cgroup = read_all(open_file("/proc/" + std::to_string(pid) + "/cgroup"));
  const MemoryGroupPaths paths = memory_group_paths(cgroup);
  for (const std::string& path : {paths.v1, paths.v2, std::string("/proc/vmstat")}) {
    Counter counter{open_file(path)};
    const auto kills = parse_oom_kills(read_all(counter.file));
    if (!kills) continue;
    counter.older = counter.newest = *kills;
    counters_.push_back(std::move(counter));
  }
}

void MemoryEvents::refresh() {
  for (Counter& counter : counters_) {
    counter.older = counter.newest;
    if (const auto kills = parse_oom_kills(read_all(counter.file))) counter.newest = *kills;
  }
}

bool MemoryEvents::rose() const {
  return std::any_of(counters_.begin(), counters_.end(), [](const Counter& counter) {
    const auto kills = parse_oom_kills(read_all(counter.file));
    return kills && *kills > counter.older;
  });
}

}  // namespace supervisor
