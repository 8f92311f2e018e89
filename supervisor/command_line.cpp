#include "supervisor/command_line.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "common/version.h"

namespace supervisor {
namespace {

constexpr int usage_error = 64;

void add_client(CLI::App& app, ClientCommand& client, CLI::App*& picked, const char* name, const char* text,
                ClientCommand::Verb verb) {
  CLI::App* command = app.add_subcommand(name, text);
  command->add_option("stream", client.stream, "name of the stream (default: all)");
  command->add_option("--url", client.url, "address of the service")->capture_default_str();
  command->callback([&client, &picked, command, verb] {
    client.verb = verb;
    picked = command;
  });
}

void add_drill(CLI::App& app, ClientCommand& client, CLI::App*& picked) {
  CLI::App* command = app.add_subcommand("drill", "cause a controlled fault and print the measured recovery");
  command->add_option("stream", client.stream, "name of the stream")->required();
  command->add_option("fault", client.fault, "kill, stop, freeze, exit, oom, xlost or diskfull")->required();
  command->add_option("--url", client.url, "address of the service")->capture_default_str();
  command->footer(
      "Exit codes: 0 recovered; 69 not recovered, not possible now, or no service answers; 64 no such "
      "stream\n"
      "or fault; 78 drills are off (server.drill).");
  command->callback([&client, &picked, command] {
    client.verb = ClientCommand::Verb::Drill;
    picked = command;
  });
}

void add_run_options(CLI::App& app, RunCommand& run) {
  app.add_option("-c,--config", run.config_path,
                 std::string("configuration file (default: ") + default_config_path + ")");
  app.add_option("--watchdog-config", run.watchdog_config_path, "watchdog file of the flat format");
  app.add_option("--listen", run.listen, "ADDR:PORT instead of server.listen");
  app.add_option("--worker", run.worker_program,
                 "worker program (default: streamer-worker beside this program)");
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  CLI::App app("Captures a monitor, serves it as HLS and Low-Latency HLS, and heals itself.",
               "streamer-supervisor");
  app.set_version_flag("--version", std::string("streamer-supervisor ") + common::version);
  RunCommand run;
  CheckCommand check;
  ClientCommand client;
  CLI::App* client_command = nullptr;
  add_run_options(app, run);
  add_run_options(*app.add_subcommand("run", "run the service (what no command does, too)"), run);
  CLI::App* check_command =
      app.add_subcommand("check", "validate a configuration: 0, or 78 and every error with its place");
  check_command->add_option("-c,--config", check.config_path, "configuration file")->required();
  check_command->add_option("--watchdog-config", check.watchdog_config_path,
                            "watchdog file of the flat format");
  using Verb = ClientCommand::Verb;
  add_client(app, client, client_command, "status", "print the status of a running service as JSON",
             Verb::Status);
  add_client(app, client, client_command, "start", "start a stream, or all", Verb::Start);
  add_client(app, client, client_command, "stop", "stop a stream, or all", Verb::Stop);
  add_client(app, client, client_command, "restart", "replace the worker of a stream, or of all",
             Verb::Restart);
  add_client(app, client, client_command, "incidents", "list the failures of a stream, or of all",
             Verb::Incidents);
  add_drill(app, client, client_command);
  app.require_subcommand(0, 1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    const int code = app.exit(stop, std::cout, std::cerr);
    return Finished{code == 0 ? 0 : usage_error};
  }
  if (client_command != nullptr) return client;
  if (check_command->parsed()) return check;
  return run;
}

}  // namespace supervisor
