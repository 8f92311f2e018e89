#include "supervisor/daemon/config_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "common/atomic_file.h"
#include "supervisor/config/edit_inputs.h"
#include "supervisor/config/redact.h"

namespace supervisor {
namespace {

using Kind = ConfigOutcome::Kind;

constexpr unsigned new_file_mode = 0640;

ConfigReading refused(Kind kind, std::string reason, std::string revision) {
  ConfigReading reading;
  reading.kind = kind;
  reading.reason = std::move(reason);
  reading.revision = std::move(revision);
  return reading;
}

ConfigReading invalid(std::vector<ConfigProblem> problems, std::string revision) {
  ConfigReading reading =
      refused(Kind::Invalid, "The configuration has errors; nothing was changed.", std::move(revision));
  std::erase_if(problems, [](const ConfigProblem& problem) { return problem.warning; });
  reading.problems = std::move(problems);
  return reading;
}

ConfigReading parsed(const ConfigPaths& paths, std::string_view text) {
  ConfigReading reading;
  reading.revision = config_revision(text);
  ParseOutcome outcome = parse_config(text, paths.config, look_at_files());
  if (!outcome) return invalid(outcome.error(), reading.revision);
  reading.as_written = outcome->config;
  if (!paths.watchdog.empty()) outcome = load_watchdog(paths.watchdog, std::move(*outcome));
  if (!outcome) return invalid(outcome.error(), reading.revision);
  reading.whole = std::move(*outcome);
  reading.whole.revision = reading.revision;
  return reading;
}

// A link stays a link: what it names is replaced.
std::string real_path(const std::string& path) {
  std::error_code failed;
  const auto real = std::filesystem::canonical(path, failed);
  return failed ? path : real.string();
}

struct Owner {
  unsigned mode = new_file_mode;
  gid_t group = static_cast<gid_t>(-1);  // as it comes
};

Owner owner_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_mode & 0777u, status.st_gid};
}

common::Result<void> replace(const std::string& path, std::string_view text, const Owner& owner) {
  if (auto written = common::write_atomically(path, text, owner.mode, true); !written) return written;
  // Who could read the file before can read it now, as far as this user may decide that; never more.
  if (::chown(path.c_str(), static_cast<uid_t>(-1), owner.group) == 0)
    (void)::chmod(path.c_str(), owner.mode);
  return {};
}

common::Result<void> replace_good_file(const std::string& path, const common::Result<std::string>& before,
                                       const std::string& text) {
  const Owner owner = owner_of(path);
  if (before && parse_config(*before, path)) {
    if (auto kept = replace(path + last_good_suffix, *before, owner); !kept) return kept;
  }
  return replace(path, text, owner);
}

std::string why(const char* what, const std::string& path) {
  return std::string(what) + " " + path + " may not be written by this service: " + std::strerror(errno) +
         ". Change the file by hand and reload, or give the user of the service the right to write it.";
}

// What the file shall be, as it was sent or as the changes of the inputs make it.
struct WantedText {
  Kind kind = Kind::Done;
  std::string text;
  std::vector<ConfigProblem> problems;  // Invalid
  std::optional<EditedConfig> edited;

  std::vector<ConfigProblem> as_changes(std::vector<ConfigProblem> found) const {
    if (!edited) return found;
    for (ConfigProblem& problem : found) problem = problem_of_changes(*edited, std::move(problem));
    return found;
  }
};

WantedText wanted_text(const ConfigPaths& paths, const ConfigWrite& wanted,
                       const common::Result<std::string>& before, const Config& in_force) {
  WantedText made;
  made.text = wanted.text;
  if (!wanted.stream.empty()) {
    const std::string file = before ? *before : std::string();
    if (!names_stream(file, in_force, wanted.stream)) return {Kind::UnknownStream, {}, {}, {}};
    auto edited = edit_inputs(file, in_force, wanted.stream, wanted.text);
    if (!edited) return {Kind::Invalid, {}, edited.error(), {}};
    made.text = edited->text;
    made.edited = std::move(*edited);
  }
  auto text = merge_secrets(made.text, paths.config, in_force);
  if (!text) return {Kind::Invalid, {}, made.as_changes(text.error()), {}};
  made.text = std::move(*text);
  return made;
}

ConfigReading refused(const WantedText& text, const std::string& revision) {
  if (text.kind == Kind::UnknownStream) return refused(Kind::UnknownStream, "", revision);
  return invalid(text.problems, revision);
}

}  // namespace

std::string why_not_writable(const std::string& path) {
  if (path.empty()) return "The service was started without a configuration file (--config FILE).";
  const std::string real = real_path(path);
  const std::string folder = std::filesystem::path(real).parent_path().string();
  if (::access(real.c_str(), W_OK) != 0 && errno != ENOENT) return why("The file", real);
  if (::access(folder.empty() ? "." : folder.c_str(), W_OK | X_OK) != 0) return why("The folder", folder);
  return "";
}

ConfigReading read_config_files(const ConfigPaths& paths) {
  const auto text = read_config_file(paths.config);
  ConfigReading reading =
      text ? parsed(paths, *text) : invalid({{paths.config, text.error().reason, false}}, "");
  reading.not_writable = why_not_writable(paths.config);
  return reading;
}

ConfigReading write_config_file(const ConfigPaths& paths, const ConfigWrite& wanted, const Config& in_force) {
  const auto before = read_config_file(paths.config);
  const std::string revision = before ? config_revision(*before) : "";
  if (!wanted.if_match.empty() && wanted.if_match != revision)
    return refused(Kind::Changed,
                   "The file was changed meanwhile: its revision is not the one of If-Match. POST "
                   "/api/config/reload, then look at it again.",
                   revision);
  auto text = wanted_text(paths, wanted, before, in_force);
  if (text.kind != Kind::Done) return refused(text, revision);
  if (!text.text.ends_with('\n')) text.text += '\n';
  ConfigReading reading = parsed(paths, text.text);
  if (reading.kind != Kind::Done) {
    reading.problems = text.as_changes(std::move(reading.problems));
    reading.revision = revision;
    return reading;
  }
  if (wanted.dry_run) return reading;
  if (std::string reason = why_not_writable(paths.config); !reason.empty())
    return refused(Kind::NotWritable, std::move(reason), revision);
  const auto written = replace_good_file(real_path(paths.config), before, text.text);
  if (!written)
    return refused(Kind::NotWritable, "The file was not changed: " + written.error().reason + ".", revision);
  return reading;
}

}  // namespace supervisor
