#include "supervisor/config/parse.h"

#include <algorithm>

#include "supervisor/config/walk.h"

namespace supervisor {
namespace {

constexpr const char* seed_listen = "127.0.0.1:8888";

// What the first seed did beside its keys: its port, and a fixed delay of any length.
void apply_seed_habits(Config& config) {
  auto& listen = config.server.listen;
  if (std::find(listen.begin(), listen.end(), seed_listen) == listen.end()) listen.push_back(seed_listen);
  for (Stream& stream : config.streams) {
    stream.restart.backoff_max = std::max(stream.restart.backoff_max, stream.restart.restart_delay);
  }
}

ParseOutcome outcome(Findings& findings, LoadedConfig loaded) {
  const bool is_refused = findings.has_error();
  std::vector<ConfigProblem> problems = findings.take();
  if (is_refused) return problems;
  std::move(problems.begin(), problems.end(), std::back_inserter(loaded.warnings));
  return loaded;
}

}  // namespace

std::string format_problem(const ConfigProblem& problem) {
  return problem.place + ": " + (problem.warning ? "warning: " : "") + problem.text;
}

ParseOutcome parse_config(std::string_view text, const std::string& file_name, const FileChecks& files) {
  Findings findings(file_name);
  LoadedConfig loaded;
  if (auto document = read_source(text, findings)) {
    const bool is_flat = unfold_seed_stream(*document, findings);
    read_config(*document, true, loaded.config, findings);
    if (is_flat) apply_seed_habits(loaded.config);
    fill_defaults(loaded.config, findings);
    check_config(loaded.config, files, findings);
  }
  return outcome(findings, std::move(loaded));
}

ParseOutcome parse_watchdog(std::string_view text, const std::string& file_name, LoadedConfig base) {
  Findings findings(file_name);
  if (auto document = read_source(text, findings)) {
    unfold_seed_watchdog(*document, findings);
    read_config(*document, false, base.config, findings);
    // The rest was checked when it was read; only these can have changed.
    Config changed;
    changed.monitoring = base.config.monitoring;
    changed.alerts = base.config.alerts;
    check_config(changed, {}, findings);
  }
  return outcome(findings, std::move(base));
}

}  // namespace supervisor
