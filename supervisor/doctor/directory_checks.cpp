// Where the service would keep things. The places are chosen as keep/run_directories chooses them, but
// nothing is made.
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "supervisor/doctor/checks.h"
#include "supervisor/keep/run_directories.h"

namespace supervisor {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t mib = 1u << 20;
constexpr std::uint64_t state_bytes_min = 64 * mib;  // incidents of a few streams with their pictures

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  const std::string text = value == nullptr ? "" : value;
  return text.substr(0, text.find(':'));  // systemd names several with colons between
}

DirectoryWishes wishes_of(const Patient& patient) {
  const Server& server = patient.config.server;
  return {server.runtime_dir, server.state_dir, patient.config_path, server.listen};
}

std::string runtime_place(const Patient& patient) {
  const DirectoryWishes wishes = wishes_of(patient);
  if (!wishes.runtime_dir.empty()) return wishes.runtime_dir;
  if (const std::string given = environment("RUNTIME_DIRECTORY"); !given.empty()) return given;
  const auto key = instance_key(wishes);
  if (!key) return {};
  if (const std::string session = environment("XDG_RUNTIME_DIR"); !session.empty())
    return session + "/desktop-streamer/" + *key;
  if (::geteuid() == 0) return "/run/desktop-streamer/" + *key;
  return fs::temp_directory_path().string() + "/desktop-streamer-" + std::to_string(::geteuid()) + "/" + *key;
}

std::string state_place(const Patient& patient, const std::string& runtime) {
  const DirectoryWishes wishes = wishes_of(patient);
  if (!wishes.state_dir.empty()) return wishes.state_dir;
  if (const std::string given = environment("STATE_DIRECTORY"); !given.empty()) return given;
  const auto key = instance_key(wishes);
  const std::string of_user = environment("XDG_STATE_HOME");
  if (!of_user.empty() && key) return of_user + "/desktop-streamer/" + *key;
  return runtime.empty() ? std::string() : runtime + "/state";
}

// The folder itself, or the nearest one above it that is there.
std::string nearest(const std::string& path) {
  fs::path here = path;
  std::error_code failed;
  while (!fs::exists(fs::symlink_status(here, failed)) && here.has_parent_path() &&
         here != here.parent_path()) {
    here = here.parent_path();
  }
  return here.string();
}

std::uint64_t free_bytes(const std::string& path) {
  struct statvfs status {};
  return ::statvfs(path.c_str(), &status) == 0 ? std::uint64_t{status.f_bavail} * status.f_frsize : 0;
}

bool is_in_memory(const std::string& path) {
  struct statfs status {};
  return ::statfs(path.c_str(), &status) == 0 &&
         (status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC);
}

struct Place {
  std::string what;
  std::string path;
  std::uint64_t needed = 0;  // bytes
  bool is_private = true;    // nobody else may write it
  bool in_memory = false;    // it should be
  std::string setting;       // that names another one
};

// Why it cannot be used; nothing when it can.
std::optional<Finding> refusal(const Place& place, const std::string& there) {
  const std::string other = ", or name another folder in " + place.setting;
  struct stat status {};
  if (::lstat(there.c_str(), &status) != 0)
    return failure(place.what, common::errno_error(there, errno).reason, "make it" + other, doctor_output);
  if (S_ISLNK(status.st_mode) && there == place.path)
    return failure(place.what, there + " is a symbolic link", "name the directory itself in " + place.setting,
                   doctor_output);
  if (!S_ISDIR(status.st_mode) && !S_ISLNK(status.st_mode))
    return failure(place.what, there + " is not a directory", "move it away" + other, doctor_output);
  if (::access(there.c_str(), W_OK | X_OK) != 0)
    return failure(place.what, common::errno_error("cannot write " + there, errno).reason,
                   "give it to the account of the service (chown)" + other, doctor_permission);
  if (!place.is_private || there != place.path) return std::nullopt;
  if (status.st_uid != ::geteuid())
    return failure(place.what, there + " belongs to another user",
                   "give it to the account of the service (chown)", doctor_permission);
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return failure(place.what, there + " is writable by others", "chmod go-w '" + there + "'",
                   doctor_permission);
  return std::nullopt;
}

Finding judge(const Place& place) {
  if (place.path.empty())
    return warning(place.what, "none: an instance with port 0 has no name that its successor could find",
                   "set " + place.setting);
  const std::string there = nearest(place.path);
  if (auto refused = refusal(place, there)) return *refused;
  const std::uint64_t free = free_bytes(there);
  const std::string seen = place.path + (there == place.path ? "" : " (will be made)") + ", " +
                           std::to_string(free / mib) + " MiB free";
  if (free < place.needed)
    return warning(place.what, seen + ", about " + std::to_string(place.needed / mib) + " MiB needed",
                   "free space there, or name another folder in " + place.setting);
  if (place.in_memory && !is_in_memory(there))
    return warning(place.what, seen + ", on a disk: writing the window costs more, and a disk may hang",
                   "name a folder on a tmpfs, below /run, in " + place.setting);
  return fine(place.what, seen + (place.in_memory ? ", in memory" : ""));
}

}  // namespace

std::uint64_t window_bytes(const Config& config) {
  double bytes = 0;
  for (const Stream& stream : config.streams) {
    constexpr double windows = 3, bytes_per_kbit = 125;
    bytes += windows * stream.video.bitrate * bytes_per_kbit * stream.hls.segment_duration *
             stream.hls.window_segments;
  }
  return static_cast<std::uint64_t>(bytes);
}

FoundList check_directories(const Patient& patient) {
  const std::string runtime = runtime_place(patient);
  FoundList found = {judge({.what = "runtime directory",
                            .path = runtime,
                            .needed = window_bytes(patient.config),
                            .in_memory = true,
                            .setting = "server.runtime_dir"}),
                     judge({.what = "state directory",
                            .path = state_place(patient, runtime),
                            .needed = state_bytes_min,
                            .setting = "server.state_dir"})};
  for (const Stream& stream : patient.config.streams) {
    if (stream.hls.output_dir.empty()) continue;
    found.push_back(judge({.what = "output of " + stream.name,
                           .path = stream.hls.output_dir,
                           .needed = window_bytes(patient.config),
                           .is_private = false,
                           .setting = "hls.output_dir"}));
  }
  return found;
}

}  // namespace supervisor
