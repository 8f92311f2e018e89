// streamer-supervisor: arguments -> configuration -> daemon.
#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "supervisor/alerts/transport.h"
#include "supervisor/api_client.h"
#include "supervisor/command_line.h"
#include "supervisor/daemon/daemon.h"

namespace supervisor {
namespace {

constexpr int exit_config = 78;

// `as_written`: gets the first file alone.
ParseOutcome load(const std::string& path, const std::string& watchdog_path, Config* as_written = nullptr) {
  LoadedConfig base;
  if (!path.empty()) {
    ParseOutcome outcome = load_config(path);
    if (outcome && as_written) *as_written = outcome->config;
    if (!outcome || watchdog_path.empty()) return outcome;
    base = std::move(*outcome);
  }
  if (watchdog_path.empty()) return base;
  return load_watchdog(watchdog_path, std::move(base));
}

int refuse(const std::vector<ConfigProblem>& problems) {
  for (const ConfigProblem& problem : problems) std::cerr << format_problem(problem) << '\n';
  return exit_config;
}

int check(const CheckCommand& command) {
  const ParseOutcome outcome = load(command.config_path, command.watchdog_config_path);
  if (!outcome) return refuse(outcome.error());
  for (const ConfigProblem& warning : outcome->warnings) std::cerr << format_problem(warning) << '\n';
  std::cout << command.config_path << ": ok, " << outcome->config.streams.size() << " stream(s)\n";
  return 0;
}

std::string worker_beside_this_program() {
  std::error_code failure;
  auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
  // An upgrade has replaced this program already: its neighbour is still found under the name it had.
  constexpr std::string_view deleted = " (deleted)";
  if (std::string name = self.string(); name.ends_with(deleted)) {
    self = name.substr(0, name.size() - deleted.size());
  }
  return failure ? "streamer-worker" : (self.parent_path() / "streamer-worker").string();
}

int run(RunCommand command) {
  std::error_code ignored;
  if (command.config_path.empty() && std::filesystem::exists(default_config_path, ignored)) {
    command.config_path = default_config_path;
  }
  Config as_written;
  ParseOutcome outcome = load(command.config_path, command.watchdog_config_path, &as_written);
  if (!outcome) return refuse(outcome.error());
  Server& server = outcome->config.server;
  if (!command.listen.empty()) {
    if (auto address = check_listen(command.listen, is_lan_allowed(server)); !address) {
      std::cerr << "--listen: " << address.error().reason << '\n';
      return exit_config;
    }
    server.listen = {command.listen};
  }
  if (command.worker_program.empty()) command.worker_program = worker_beside_this_program();
  return Daemon({std::move(*outcome), command.config_path, command.watchdog_config_path,
                 command.worker_program, std::move(as_written), command.listen})
      .run();
}

int doctor(DoctorCommand command) {
  std::error_code ignored;
  const bool named = !command.config_path.empty();
  if (!named && std::filesystem::exists(default_config_path, ignored))
    command.config_path = default_config_path;
  if (command.worker_program.empty()) command.worker_program = worker_beside_this_program();
  return run_doctor(command, named);
}

struct Dispatch {
  int operator()(const RunCommand& command) const { return run(command); }
  int operator()(const CheckCommand& command) const { return check(command); }
  int operator()(const DoctorCommand& command) const { return doctor(command); }
  int operator()(const LogsCommand& command) const { return run_logs(command); }
  int operator()(const ClientCommand& command) const { return run_client(command); }
  int operator()(const CredentialCommand& command) const { return run_credentials(command); }
  int operator()(const DeliverCommand& command) const { return run_delivery(command.config_fd); }
  int operator()(const Finished& finished) const { return finished.exit_code; }
};

}  // namespace
}  // namespace supervisor

int main(int argc, char** argv) {
  try {
    return std::visit(supervisor::Dispatch{}, supervisor::parse_command_line(argc, argv));
  } catch (const std::exception& failure) {
    std::cerr << "streamer-supervisor: " << failure.what() << '\n';
    return 70;
  }
}
