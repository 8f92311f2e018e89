#include "supervisor/config/load.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/atomic_file.h"
#include "supervisor/credentials/credentials.h"
#include "supervisor/credentials/encoding.h"
#include "supervisor/credentials/tls_files.h"

namespace supervisor {
namespace {

// Why the file cannot be used, with the fix; empty when it can.
std::string refusal(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    const std::string why = std::strerror(errno);
    return errno == ENOENT ? "there is no such file; name another one with --config FILE"
                           : "cannot be read: " + why;
  }
  if (!S_ISREG(status.st_mode)) return "is not a regular file; name another one with --config FILE";
  if (status.st_mode & S_IWOTH) {
    return "everybody on this machine may write it, and so decide what is streamed to whom; fix: chmod o-w "
           "'" +
           path + "'";
  }
  return "";
}

ParseOutcome refused(const std::string& path, std::string why) {
  return std::vector<ConfigProblem>{{path, std::move(why), false}};
}

}  // namespace

common::Result<std::string> read_config_file(const std::string& path) {
  if (std::string why = refusal(path); !why.empty()) return common::error(std::move(why));
  auto text = common::read_file(path, config_bytes_max);
  if (text) return text;
  if (text.error().system_errno == EACCES) {
    return common::error(
        "this user may not read it; fix: give its group to the user of the service, or chmod a+r '" + path +
        "'");
  }
  // The place of the problem names the file already.
  const std::string& reason = text.error().reason;
  return common::error(reason.starts_with(path + " ") ? reason.substr(path.size() + 1) : reason);
}

FileChecks look_at_files() {
  FileChecks files;
  files.why_unreadable = [](const std::string& path) {
    return ::access(path.c_str(), R_OK) == 0 ? std::string() : std::strerror(errno);
  };
  files.judge_tls = [](const Tls& tls) -> common::Result<std::string> {
    const auto pair = read_tls_files(tls.certificate, tls.key);
    if (!pair) return pair.error();
    return why_not_valid(*pair, tls.certificate, std::chrono::system_clock::now());
  };
  return files;
}

std::string config_revision(std::string_view text) {
  return to_hex(sha256(text)).substr(0, 32);
}

ParseOutcome load_config(const std::string& path) {
  const auto text = read_config_file(path);
  if (!text) return refused(path, text.error().reason);
  ParseOutcome outcome = parse_config(*text, path, look_at_files());
  if (outcome) outcome->revision = config_revision(*text);
  return outcome;
}

ParseOutcome load_watchdog(const std::string& path, LoadedConfig base) {
  const auto text = read_config_file(path);
  return text ? parse_watchdog(*text, path, std::move(base)) : refused(path, text.error().reason);
}

}  // namespace supervisor
