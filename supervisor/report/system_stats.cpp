#include "supervisor/report/system_stats.h"

#include <algorithm>
#include <charconv>

#include "supervisor/report/proc_text.h"

namespace supervisor {
namespace {

constexpr std::uint64_t unlimited_bytes = 1ull << 60;  // more than any machine has
constexpr std::size_t group_depth_max = 32;

std::optional<double> decimal(std::string_view text) {
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view first_word(std::string_view text) {
  const auto found = words(text);
  return found.empty() ? std::string_view() : found.front();
}

std::uint64_t field(const std::string& path, std::string_view name) {
  const auto text = read_kernel_file(path);
  return text ? number(first_word(line_after(*text, name))).value_or(0) : 0;
}

std::optional<std::uint64_t> memory_max(const std::string& folder, bool version2) {
  const auto text = read_kernel_file(folder + (version2 ? "/memory.max" : "/memory.limit_in_bytes"));
  return text ? parse_memory_max(*text) : std::nullopt;
}

std::uint64_t memory_used(const std::string& folder, bool version2) {
  const auto text = read_kernel_file(folder + (version2 ? "/memory.current" : "/memory.usage_in_bytes"));
  const std::uint64_t used = text ? number(first_word(*text)).value_or(0) : 0;
  const std::uint64_t given_back =
      field(folder + "/memory.stat", version2 ? "inactive_file " : "total_inactive_file ");
  return used - std::min(used, given_back);
}

std::optional<double> processors_max(const std::string& folder, bool version2) {
  if (version2) {
    const auto text = read_kernel_file(folder + "/cpu.max");
    return text ? parse_cpu_max(*text) : std::nullopt;
  }
  const auto quota = read_kernel_file(folder + "/cpu.cfs_quota_us");
  const auto period = read_kernel_file(folder + "/cpu.cfs_period_us");
  if (!quota || !period) return std::nullopt;
  return parse_cpu_max(std::string(first_word(*quota)) + " " + std::string(first_word(*period)));
}

// In ticks of a microsecond.
std::uint64_t cpu_used(const std::string& folder, bool version2) {
  if (version2) return field(folder + "/cpu.stat", "usage_usec ");
  const auto text = read_kernel_file(folder + "/cpuacct.usage");
  return text ? number(first_word(*text)).value_or(0) / 1000 : 0;
}

// "/a/b" -> "/a/b", "/a", "".
std::vector<std::string> upwards(std::string path) {
  std::vector<std::string> all;
  while (!path.empty() && path != "/" && all.size() < group_depth_max) {
    all.push_back(path);
    path.erase(path.rfind('/'));
  }
  all.emplace_back();
  return all;
}

}  // namespace

common::Result<CpuSample> parse_system_stat(std::string_view text) {
  // user nice system idle iowait irq softirq steal; guest time is already inside user.
  const auto fields = words(line_after(text, "cpu "));
  constexpr std::size_t idle = 3, waiting = 4, counted = 8;
  if (fields.size() < counted) return common::error("/proc/stat: no line \"cpu\" with 8 numbers");
  CpuSample sample;
  for (std::size_t i = 0; i < counted; ++i) {
    const auto ticks = number(fields[i]);
    if (!ticks) return common::error("/proc/stat: a field is not a number");
    sample.total_ticks += *ticks;
    if (i != idle && i != waiting) sample.busy_ticks += *ticks;
  }
  while (!line_after(text, "cpu" + std::to_string(sample.processors) + " ").empty()) ++sample.processors;
  return sample;
}

common::Result<MemorySample> parse_meminfo(std::string_view text) {
  const auto kib = [&](std::string_view name) { return number(first_word(line_after(text, name))); };
  const auto total = kib("MemTotal:"), available = kib("MemAvailable:");
  if (!total || !available) return common::error("/proc/meminfo: no MemTotal or MemAvailable");
  return MemorySample{*total * 1024, *available * 1024};
}

common::Result<NetworkSample> parse_net_dev(std::string_view text) {
  constexpr std::size_t received = 0, sent = 8, counted = 16;
  NetworkSample sample;
  bool any = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto fields = words(line.substr(colon + 1));
    if (fields.size() < counted) return common::error("/proc/net/dev: an interface without 16 numbers");
    const auto in = number(fields[received]), out = number(fields[sent]);
    if (!in || !out) return common::error("/proc/net/dev: a field is not a number");
    any = true;
    if (first_word(line.substr(0, colon)) == "lo") continue;
    sample.received_bytes += *in;
    sample.sent_bytes += *out;
  }
  if (!any) return common::error("/proc/net/dev: no interface");
  return sample;
}

std::optional<NetworkRate> network_rate(const NetworkSample& before, const NetworkSample& after,
                                        double seconds) {
  const bool rose = after.received_bytes >= before.received_bytes && after.sent_bytes >= before.sent_bytes;
  if (!rose || seconds <= 0) return std::nullopt;
  const auto kbps = [seconds](std::uint64_t bytes) {
    return static_cast<double>(bytes) * 8 / 1000 / seconds;
  };
  return NetworkRate{kbps(after.received_bytes - before.received_bytes),
                     kbps(after.sent_bytes - before.sent_bytes)};
}

common::Result<double> parse_loadavg(std::string_view text) {
  const auto load = decimal(first_word(text));
  if (!load || *load < 0) return common::error("/proc/loadavg: does not begin with a number");
  return *load;
}

std::optional<std::uint64_t> parse_memory_max(std::string_view text) {
  const auto bytes = number(first_word(text));
  return bytes && *bytes < unlimited_bytes ? bytes : std::nullopt;
}

std::optional<double> parse_cpu_max(std::string_view text) {
  const auto fields = words(text);
  if (fields.size() < 2) return std::nullopt;
  const auto quota = number(fields[0]), period = number(fields[1]);
  if (!quota || !period || *quota == 0 || *period == 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::optional<std::string> parse_group_path(std::string_view text, std::string_view controller) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string list = "," + std::string(line.substr(first + 1, second - first - 1)) + ",";
    const bool ours = controller.empty()
                          ? list == ",,"
                          : list.find("," + std::string(controller) + ",") != std::string::npos;
    if (ours) return std::string(line.substr(second + 1));
  }
  return std::nullopt;
}

GroupReader::GroupReader(const std::string& root, std::string_view membership) {
  const auto look = [&](std::vector<Place>& places, std::string_view controller, auto limit) {
    const auto add = [&](const std::string& folder, bool version2) {
      if (limit(folder, version2)) places.push_back({folder, version2});
    };
    if (const auto path = parse_group_path(membership, "")) {
      for (const std::string& folder : upwards(*path)) add(root + folder, true);
    }
    if (const auto path = parse_group_path(membership, controller)) {
      for (const std::string& folder : upwards(*path)) {
        add(root + "/" + std::string(controller) + folder, false);
      }
    }
  };
  look(memory_places_, "memory", memory_max);
  look(cpu_places_, "cpu", processors_max);
}

GroupSample GroupReader::read() const {
  GroupSample sample;
  for (const Place& place : memory_places_) {
    const auto limit = memory_max(place.folder, place.version2);
    if (!limit || (sample.memory_max_bytes && *sample.memory_max_bytes <= *limit)) continue;
    sample.memory_max_bytes = limit;
    sample.memory_used_bytes = memory_used(place.folder, place.version2);
  }
  for (const Place& place : cpu_places_) {
    const auto limit = processors_max(place.folder, place.version2);
    if (!limit || (sample.processors_max && *sample.processors_max <= *limit)) continue;
    sample.processors_max = limit;
    sample.cpu_used_us = cpu_used(place.folder, place.version2);
  }
  return sample;
}

}  // namespace supervisor
