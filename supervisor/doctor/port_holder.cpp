#include "supervisor/doctor/port_holder.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <sstream>

#include "common/atomic_file.h"

namespace supervisor {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t table_bytes_max = 64u << 20;
constexpr std::string_view listen_state = "0A";

// As the kernel prints it: 32-bit words in the byte order of the machine, in hexadecimal.
std::string kernel_form(const ListenAddress& address) {
  std::array<std::uint32_t, 4> words{};
  const bool v6 = address.address.find(':') != std::string::npos;
  ::inet_pton(v6 ? AF_INET6 : AF_INET, address.address.c_str(), words.data());
  std::string text;
  for (std::size_t i = 0; i < (v6 ? 4u : 1u); ++i) {
    std::array<char, 9> hex{};
    std::snprintf(hex.data(), hex.size(), "%08X", words[i]);
    text += hex.data();
  }
  return text;
}

bool is_any(std::string_view address) {
  return address.find_first_not_of('0') == std::string_view::npos;
}

bool holds_one_of(const fs::path& descriptors, const std::vector<std::uint64_t>& inodes) {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(descriptors, failed)) {
    std::error_code gone;
    const std::string target = fs::read_symlink(entry.path(), gone).string();
    for (const std::uint64_t inode : inodes) {
      if (target == "socket:[" + std::to_string(inode) + "]") return true;
    }
  }
  return false;
}

std::string program_of(const std::string& process) {
  std::error_code failed;
  const auto program = fs::read_symlink("/proc/" + process + "/exe", failed);
  if (!failed) return program.filename().string();
  auto name = common::read_file("/proc/" + process + "/comm", 256);
  return name ? name->substr(0, name->find('\n')) : std::string();
}

}  // namespace

std::vector<std::uint64_t> listening_inodes(std::string_view table, const ListenAddress& address) {
  const std::string wanted = kernel_form(address);
  std::vector<std::uint64_t> inodes;
  std::istringstream lines{std::string(table)};
  std::string line;
  std::getline(lines, line);  // the heading
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string slot, local, remote, state, skip;
    fields >> slot >> local >> remote >> state;
    for (int i = 0; i < 5; ++i) fields >> skip;  // queues, timer, retransmits, user, timeout
    std::uint64_t inode = 0;
    const std::size_t colon = local.find(':');
    if (colon == std::string::npos || state != listen_state || !(fields >> inode)) continue;
    unsigned port = 0;
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), port, 16);
    const std::string at = local.substr(0, colon);
    const bool same_place = at == wanted || is_any(at) || is_any(wanted);
    if (port == address.port && at.size() == wanted.size() && same_place) inodes.push_back(inode);
  }
  return inodes;
}

std::optional<PortHolder> find_port_holder(const ListenAddress& address) {
  const bool v6 = address.address.find(':') != std::string::npos;
  const auto table = common::read_file(v6 ? "/proc/net/tcp6" : "/proc/net/tcp", table_bytes_max);
  if (!table) return std::nullopt;
  const auto inodes = listening_inodes(*table, address);
  if (inodes.empty()) return std::nullopt;
  PortHolder holder;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator("/proc", failed)) {
    const std::string name = entry.path().filename().string();
    int pid = 0;
    const auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (wrong != std::errc() || end != name.data() + name.size()) continue;
    // systemd keeps the listening sockets of its services too: the service itself is meant.
    if (holder.pid > 1 || !holds_one_of(entry.path() / "fd", inodes)) continue;
    holder = {pid, program_of(name)};
  }
  return holder;
}

}  // namespace supervisor
