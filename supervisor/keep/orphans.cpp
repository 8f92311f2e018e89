#include "supervisor/keep/orphans.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <optional>
#include <sstream>

#include "common/atomic_file.h"

namespace supervisor {
namespace {

constexpr std::size_t list_bytes_max = 64u << 10;
constexpr const char* deleted = " (deleted)";

std::string list_path(const std::string& directory) {
  return directory + "/workers";
}

// The fields of /proc/PID/stat after the name, which may hold anything.
std::vector<std::string> stat_fields(int pid) {
  const auto text = common::read_file("/proc/" + std::to_string(pid) + "/stat", 4096);
  if (!text) return {};
  const std::size_t name_end = text->rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream rest(text->substr(name_end + 1));
  std::vector<std::string> fields;
  for (std::string field; rest >> field;) fields.push_back(field);
  return fields;
}

template <typename Number>
Number number_of(const std::string& text) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool runs_program(int pid, const std::string& program) {
  std::error_code failure;
  std::string running =
      std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", failure).string();
  if (failure) return false;
  if (running.ends_with(deleted)) running.resize(running.size() - std::string_view(deleted).size());
  const auto wanted = std::filesystem::weakly_canonical(program, failure);
  return !failure && running == wanted.string();
}

bool leads_its_group(int pid) {
  const auto fields = stat_fields(pid);
  constexpr std::size_t group_field = 2;  // the fifth of stat; the first two are not in the list
  return fields.size() > group_field && number_of<int>(fields[group_field]) == pid;
}

}  // namespace

std::optional<WorkerRecord> record_of(int pid) {
  const auto fields = stat_fields(pid);
  constexpr std::size_t start_field = 19;  // the 22nd of stat
  if (fields.size() <= start_field || fields[0] == "Z" || fields[0] == "X") return std::nullopt;
  return WorkerRecord{pid, number_of<std::uint64_t>(fields[start_field])};
}

std::string format_workers(const std::vector<WorkerRecord>& workers) {
  std::string text;
  for (const WorkerRecord& worker : workers) {
    text += std::to_string(worker.pid) + ' ' + std::to_string(worker.start_time) + '\n';
  }
  return text;
}

std::vector<WorkerRecord> parse_workers(std::string_view text) {
  std::vector<WorkerRecord> workers;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    WorkerRecord worker;
    if (fields >> worker.pid >> worker.start_time && worker.pid > 1) workers.push_back(worker);
  }
  return workers;
}

common::Result<void> write_workers(const std::string& directory, const std::vector<WorkerRecord>& workers) {
  return common::write_atomically(list_path(directory), format_workers(workers), 0600);
}

std::vector<WorkerRecord> read_workers(const std::string& directory) {
  const auto text = common::read_file(list_path(directory), list_bytes_max);
  return text ? parse_workers(*text) : std::vector<WorkerRecord>();
}

bool Orphan::is_gone() const {
  pollfd exit{pidfd.get(), POLLIN, 0};
  return ::poll(&exit, 1, 0) > 0;
}

std::vector<Orphan> kill_orphans(const std::vector<WorkerRecord>& workers, const std::string& program) {
  std::vector<Orphan> orphans;
  for (const WorkerRecord& worker : workers) {
    Orphan orphan{worker.pid, common::UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, worker.pid, 0)))};
    // Compared after the descriptor was opened: from here on the number cannot become another process.
    const bool is_ours = orphan.pidfd && record_of(worker.pid) == worker && runs_program(worker.pid, program);
    if (!is_ours) continue;
    if (leads_its_group(worker.pid)) ::kill(-worker.pid, SIGKILL);
    ::syscall(SYS_pidfd_send_signal, orphan.pidfd.get(), SIGKILL, nullptr, 0);
    orphans.push_back(std::move(orphan));
  }
  return orphans;
}

}  // namespace supervisor
