// Limits of the system, its clock, and the account this runs as.
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cmath>

#include "common/atomic_file.h"
#include "common/unique_fd.h"
#include "supervisor/doctor/checks.h"

namespace supervisor {
namespace {

constexpr const char* service_account = "desktop-streamer";
constexpr std::uint64_t mib = 1u << 20;
constexpr std::uint64_t memory_of_programs = 256 * mib;  // supervisor, worker and standby beside the window
constexpr std::uint64_t shared_memory_min = 64 * mib;
constexpr int files_beside = 128;  // sockets, pipes, logs

// Segments and parts of the window are memory of the supervisor, one descriptor for each segment; and one for
// each connection.
int files_needed(const Config& config) {
  int files = files_beside + config.server.limits.connections_max;
  for (const Stream& stream : config.streams) files += 3 * stream.hls.window_segments + 16;
  return files;
}

Finding judge_descriptors(const Config& config) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto needed = static_cast<rlim_t>(files_needed(config));
  const std::string text =
      limit.rlim_max == RLIM_INFINITY ? "no limit" : "up to " + std::to_string(limit.rlim_max);
  if (limit.rlim_max >= needed)
    return fine("open files", text + ", at most " + std::to_string(needed) + " needed");
  return warning("open files", text + ", " + std::to_string(needed) + " may be needed",
                 "raise it (LimitNOFILE= in the unit, ulimit -Hn), or lower server.limits.connections_max");
}

Finding judge_memfd() {
  const common::UniqueFd file(::memfd_create("doctor", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  const bool works = file && ::ftruncate(file.get(), mib) == 0 && ::pwrite(file.get(), "x", 1, mib - 1) == 1;
  if (works) return fine("memory files", "memfd_create works");
  return failure("memory files", common::errno_error("memfd_create", errno).reason,
                 "a kernel of 4.14 or newer, and no seccomp filter that forbids it", doctor_os);
}

// MemAvailable of proc_meminfo(5), in bytes; 0: not said.
std::uint64_t memory_available() {
  const auto text = common::read_file("/proc/meminfo", 64 * 1024);
  constexpr std::string_view key = "MemAvailable:";
  const std::size_t at = text ? text->find(key) : std::string::npos;
  if (at == std::string::npos) return 0;
  const std::size_t digits = text->find_first_of("0123456789", at);
  std::uint64_t kib = 0;
  std::from_chars(text->data() + digits, text->data() + text->size(), kib);
  return kib * 1024;
}

Finding judge_memory(const Config& config) {
  const std::uint64_t available = memory_available();
  const std::uint64_t needed = window_bytes(config) + memory_of_programs;
  const std::string text = std::to_string(available / mib) + " MiB available, about " +
                           std::to_string(needed / mib) + " MiB needed";
  if (available == 0 || available >= needed) return fine("memory", text);
  return warning("memory", text, "end other programs, or lower hls.window_segments and video.bitrate");
}

Finding judge_shared_memory() {
  struct statvfs status {};
  if (::statvfs("/dev/shm", &status) != 0)
    return warning("/dev/shm", common::errno_error("", errno).reason.substr(2),
                   "mount a tmpfs there: X servers and browsers of this machine use it");
  const std::uint64_t free = std::uint64_t{status.f_bavail} * status.f_frsize;
  const std::string text = std::to_string(free / mib) + " MiB free";
  if (free >= shared_memory_min) return fine("/dev/shm", text);
  return warning("/dev/shm", text,
                 "free it, or mount it larger: X servers and browsers of this machine use it");
}

std::string name_of_account() {
  const passwd* entry = ::getpwuid(::geteuid());
  return entry != nullptr ? entry->pw_name : std::to_string(::geteuid());
}

bool holds_secret(const Config& config) {
  if (!config.alerts.email_alerts.password.empty()) return true;
  for (const WebhookAlerts& one : config.alerts.webhook_alerts) {
    if (!one.url.empty()) return true;
  }
  return false;
}

}  // namespace

FoundList check_limits(const Patient& patient) {
  return {judge_memfd(), judge_descriptors(patient.config), judge_memory(patient.config),
          judge_shared_memory()};
}

FoundList check_clock() {
  timex state{};
  const int mode = ::adjtimex(&state);
  if (mode == -1) return {fine("clock", "its synchronisation cannot be seen here")};
  if (mode != TIME_ERROR && (state.status & STA_UNSYNC) == 0) return {fine("clock", "synchronised")};
  return {warning("clock", "not synchronised: EXT-X-PROGRAM-DATE-TIME, logs and alerts may show wrong times",
                  "timedatectl set-ntp true (the stream itself does not need it)")};
}

FoundList check_account(const Patient& patient) {
  const std::string name = name_of_account();
  FoundList found;
  if (::geteuid() == 0) {
    const bool has_account = ::getpwnam(service_account) != nullptr;
    found.push_back(
        warning("account", "root, which may do what the service's account may not",
                std::string("look with the eyes of the service: ") +
                    (has_account ? "sudo -u desktop-streamer streamer-supervisor doctor"
                                 : "make its account (systemd-sysusers), then sudo -u desktop-streamer "
                                   "streamer-supervisor doctor")));
  } else if (name == service_account) {
    found.push_back(fine("account", name));
  } else {
    found.push_back(
        fine("account", name + "; the packaged service runs as desktop-streamer, which may be allowed less"));
  }
  struct stat status {};
  const bool readable_by_all = !patient.config_path.empty() &&
                               ::stat(patient.config_path.c_str(), &status) == 0 &&
                               (status.st_mode & S_IROTH) != 0;
  if (readable_by_all && holds_secret(patient.config))
    found.push_back(warning("secrets", patient.config_path + " holds one and everybody may read it",
                            "use password_file or url_file, or chmod o-r '" + patient.config_path + "'"));
  return found;
}

}  // namespace supervisor
