#include "supervisor/keep/run_directories.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "common/atomic_file.h"

namespace supervisor {
namespace {

using common::Result;
namespace fs = std::filesystem;

constexpr const char* program = "desktop-streamer";

Result<void> check_private(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return common::errno_error(path, errno);
  if (S_ISLNK(status.st_mode)) {
    return common::error(path + " is a symbolic link: name the directory itself");
  }
  if (!S_ISDIR(status.st_mode)) return common::error(path + " is not a directory");
  if (status.st_uid != ::geteuid()) return common::error(path + " belongs to another user");
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return common::error(path + " is writable by others; fix: chmod go-w " + path);
  }
  if (::access(path.c_str(), W_OK | X_OK) != 0) return common::errno_error(path, errno);
  return {};
}

Result<std::string> private_path(const std::string& path) {
  const fs::path whole(path);
  return private_directory(whole.parent_path().string(), {whole.filename().string()});
}

// systemd names several with colons between; the first is the one of the unit file.
std::string first_of(const char* list) {
  const std::string text = list == nullptr ? "" : list;
  return text.substr(0, text.find(':'));
}

std::string text_of(const char* value) {
  return value == nullptr ? "" : value;
}

// The first place that can be used; the reasons of those before it. Later ones are not even made.
class Choice {
 public:
  explicit Choice(std::vector<std::string>& warnings) : warnings_(warnings) {}
  template <typename Place>
  void consider(bool wanted, Place place) {
    if (!wanted || !path_.empty()) return;
    const Result<std::string> found = place();
    if (found) {
      path_ = *found;
    } else {
      warnings_.push_back(found.error().reason);
    }
  }
  const std::string& path() const { return path_; }

 private:
  std::vector<std::string>& warnings_;
  std::string path_;
};

std::string choose_runtime(const DirectoryWishes& wishes, const Environment& environment,
                           std::vector<std::string>& warnings) {
  Choice choice(warnings);
  const std::string of_systemd = first_of(environment("RUNTIME_DIRECTORY"));
  const std::string of_session = text_of(environment("XDG_RUNTIME_DIR"));
  const auto key = instance_key(wishes);
  const std::string of_user = std::string(program) + "-" + std::to_string(::geteuid());
  const bool is_said = !wishes.runtime_dir.empty();
  const bool is_free = !is_said && key;
  choice.consider(is_said, [&] { return private_path(wishes.runtime_dir); });
  choice.consider(!is_said && !of_systemd.empty(), [&] { return private_path(of_systemd); });
  choice.consider(is_free && !of_session.empty(), [&] {
    return private_directory(of_session, {program, *key});
  });
  choice.consider(is_free && ::geteuid() == 0, [&] { return private_directory("/run", {program, *key}); });
  choice.consider(is_free, [&] { return private_directory("/tmp", {of_user, *key}); });
  return choice.path();
}

std::string choose_state(const DirectoryWishes& wishes, const Environment& environment,
                         const std::string& runtime, std::vector<std::string>& warnings) {
  Choice choice(warnings);
  const std::string of_systemd = first_of(environment("STATE_DIRECTORY"));
  const std::string of_user = text_of(environment("XDG_STATE_HOME"));
  const auto key = instance_key(wishes);
  choice.consider(!wishes.state_dir.empty(), [&] { return private_path(wishes.state_dir); });
  choice.consider(!of_systemd.empty(), [&] { return private_path(of_systemd); });
  choice.consider(!of_user.empty() && key, [&] { return private_directory(of_user, {program, *key}); });
  choice.consider(!runtime.empty(), [&] { return private_directory(runtime, {"state"}); });
  return choice.path();
}

bool is_in_memory(const std::string& path) {
  struct statfs status {};
  return ::statfs(path.c_str(), &status) == 0 &&
         (status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC);
}

}  // namespace

std::optional<std::string> instance_key(const DirectoryWishes& wishes) {
  std::error_code failure;
  std::string text = wishes.config_path;
  if (const auto real = fs::canonical(wishes.config_path, failure); !failure) text = real.string();
  for (const std::string& address : wishes.listen) {
    if (address.ends_with(":0")) return std::nullopt;
    text += '\n' + address;
  }
  // FNV-1a, 64 bits: tells the few instances of one user apart.
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  char hex[17];
  std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(hash));
  return hex;
}

Result<std::string> private_directory(const std::string& base, const std::vector<std::string>& below) {
  std::string path = base;
  for (const std::string& name : below) {
    path += '/' + name;
    if (::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
      return common::errno_error("cannot create " + path, errno);
    }
    if (auto checked = check_private(path); !checked) return checked.error();
  }
  return path;
}

RunDirectories choose_directories(const DirectoryWishes& wishes, const Environment& environment) {
  RunDirectories chosen;
  chosen.runtime = choose_runtime(wishes, environment, chosen.warnings);
  chosen.state = choose_state(wishes, environment, chosen.runtime, chosen.warnings);
  chosen.in_memory = !chosen.runtime.empty() && is_in_memory(chosen.runtime);
  return chosen;
}

std::string read_boot_id() {
  auto text = common::read_file("/proc/sys/kernel/random/boot_id", 256);
  if (!text) return {};
  while (text->ends_with('\n')) text->pop_back();
  return *text;
}

}  // namespace supervisor
