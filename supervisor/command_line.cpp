#include "supervisor/command_line.h"

#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "common/version.h"

namespace supervisor {
namespace {

constexpr int input_priority_max = 999;  // the service knows how many there are

void add_service(CLI::App& command, ServiceAddress& service) {
  command.add_option("--url", service.url, "address of the service")->capture_default_str();
  command
      .add_option("--ca", service.ca_file,
                  "file (PEM) with the certificate of an https service, or of its authority")
      ->envname("DESKTOP_STREAMER_CA");
  command
      .add_option("--token", service.token,
                  "credentials, where the service wants some; --token-file hides them")
      ->envname("DESKTOP_STREAMER_TOKEN");
  command.add_option_function<std::string>(
      "--token-file",
      [&service](const std::string& path) {
        auto token = read_token_file(path);
        if (!token) throw CLI::ValidationError("--token-file", token.error().reason);
        service.token = std::move(*token);
      },
      "file with the token in its first line");
}

CLI::App* add_maker(CLI::App& app, CredentialCommand& made, const char* verb, const char* text) {
  CLI::App* command = app.add_subcommand(verb, text);
  command->add_option("name", made.name, "what it is called in the configuration")->required();
  command->add_option("--role", made.role, "what it may do")
      ->check(CLI::IsMember({"viewer", "operator"}))
      ->capture_default_str();
  return command;
}

CLI::App* add_passwd(CLI::App& app, CredentialCommand& made) {
  CLI::App* command = add_maker(app, made, "passwd", "make an entry of server.auth.users from a password");
  command->footer(
      "The password is asked for twice on the terminal, or is the first line of standard input. The entry "
      "is\n"
      "printed; it goes into the list server.auth.users of the configuration.");
  return command;
}

CLI::App* add_token(CLI::App& app, CredentialCommand& made) {
  CLI::App* command = add_maker(app, made, "token", "make a token and its entry of server.auth.tokens");
  command->footer(
      "The first line printed is the token: keep it, it is stored nowhere. The second is the entry for the\n"
      "list server.auth.tokens of the configuration.");
  return command;
}

// The option that names the stream.
CLI::Option* add_client(CLI::App& app, ClientCommand& client, CLI::App*& picked, const char* name,
                        const char* text, ClientCommand::Verb verb) {
  CLI::App* command = app.add_subcommand(name, text);
  CLI::Option* const stream =
      command->add_option("stream", client.stream, "name of the stream (default: all)");
  add_service(*command, client.service);
  command->callback([&client, &picked, command, verb] {
    client.verb = verb;
    picked = command;
  });
  return stream;
}

void add_drill(CLI::App& app, ClientCommand& client, CLI::App*& picked) {
  CLI::App* command = app.add_subcommand("drill", "cause a controlled fault and print the measured recovery");
  command->add_option("stream", client.stream, "name of the stream")->required();
  command->add_option("fault", client.fault, "kill, stop, freeze, exit, oom, xlost or diskfull")->required();
  add_service(*command, client.service);
  command->footer(
      "Exit codes: 0 recovered; 69 not recovered, not possible now, or no service answers; 64 no such "
      "stream\n"
      "or fault; 78 drills are off (server.drill).");
  command->callback([&client, &picked, command] {
    client.verb = ClientCommand::Verb::Drill;
    picked = command;
  });
}

void add_switch(CLI::App& app, ClientCommand& client, CLI::App*& picked) {
  CLI::App* command =
      app.add_subcommand("switch", "put one input of a stream on air, or choose automatically again");
  command->add_option("stream", client.stream, "name of the stream")->required();
  command
      ->add_option("priority", client.priority, "of the input, 0 is the first (default: the best that works)")
      ->check(CLI::Range(0, input_priority_max));
  add_service(*command, client.service);
  command->footer(
      "The input stays on air until the choice is taken back, or until it fails. Exit codes: 0 done; 64 no "
      "such\n"
      "stream or input; 69 the input does not work, or no service answers.");
  command->callback([&client, &picked, command] {
    client.verb = ClientCommand::Verb::Switch;
    picked = command;
  });
}

CLI::App* add_logs(CLI::App& app, LogsCommand& logs) {
  CLI::App* command = app.add_subcommand("logs", "print the last log lines of a running service");
  command->add_flag("-f,--follow", logs.follow,
                    "go on with the lines that come; survives a restart of the service");
  command->add_option("--level", logs.level, "this level or worse")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
  command->add_option("--stream", logs.stream, "of this stream only")->check([](const std::string& name) {
    const bool fine = !name.empty() && name.size() <= 32 &&
                      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos;
    return fine ? std::string() : std::string("a stream name is a-z, 0-9, _ and -, at most 32");
  });
  command->add_option("--since", logs.since,
                      "an age such as 10m or 2h, or a time such as 2026-03-01T12:00:00Z");
  command->add_option("-n,--lines", logs.lines, "how many of the last lines")
      ->check(CLI::Range(1, log_lines_max))
      ->capture_default_str();
  add_service(*command, logs.service);
  return command;
}

CLI::App* add_doctor(CLI::App& app, DoctorCommand& doctor) {
  CLI::App* command = app.add_subcommand(
      "doctor", "look at everything the service needs, say what is wrong and how to mend it");
  command->add_option("-c,--config", doctor.config_path,
                      std::string("configuration file (default: ") + default_config_path + ")");
  command->add_option("--watchdog-config", doctor.watchdog_config_path, "watchdog file of the flat format");
  command->add_option("--listen", doctor.listen, "ADDR:PORT instead of server.listen");
  command->add_option("--worker", doctor.worker_program,
                      "worker program (default: streamer-worker beside this program)");
  command->add_flag("--json", doctor.json, "one JSON object instead of lines");
  command->footer(
      "Exit codes: 0 nothing failed (warnings may be there); else of the first thing that failed: 78 "
      "configuration,\n"
      "77 permission, 69 display, port, worker or encoder, 71 the system refuses, 73 a directory.");
  return command;
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
  DoctorCommand doctor;
  LogsCommand logs;
  CLI::App* client_command = nullptr;
  add_run_options(app, run);
  add_run_options(*app.add_subcommand("run", "run the service (what no command does, too)"), run);
  CLI::App* check_command =
      app.add_subcommand("check", "validate a configuration: 0, or 78 and every error with its place");
  check_command->add_option("-c,--config", check.config_path, "configuration file")->required();
  check_command->add_option("--watchdog-config", check.watchdog_config_path,
                            "watchdog file of the flat format");
  const CLI::App* doctor_command = add_doctor(app, doctor);
  using Verb = ClientCommand::Verb;
  add_client(app, client, client_command, "status", "print how the streams are", Verb::Status);
  CLI::App* const status_command = app.get_subcommand("status");
  status_command->add_flag("--json", client.json, "the whole status as JSON");
  status_command->add_flag("--names", client.names, "only the names of the streams, one a line");
  add_client(app, client, client_command, "start", "start a stream, or all", Verb::Start);
  add_client(app, client, client_command, "stop", "stop a stream, or all", Verb::Stop);
  add_client(app, client, client_command, "restart", "replace the worker of a stream, or of all",
             Verb::Restart);
  add_client(app, client, client_command, "pause", "show the slate in place of the picture, for privacy",
             Verb::Pause)
      ->required();
  add_client(app, client, client_command, "resume", "show the picture again after a pause", Verb::Resume)
      ->required();
  add_client(app, client, client_command, "incidents", "list the failures of a stream, or of all",
             Verb::Incidents);
  app.get_subcommand("incidents")->add_flag("--json", client.json, "as JSON");
  add_switch(app, client, client_command);
  add_drill(app, client, client_command);
  const CLI::App* logs_command = add_logs(app, logs);
  CredentialCommand made;
  const CLI::App* passwd_command = add_passwd(app, made);
  const CLI::App* token_command = add_token(app, made);
  DeliverCommand deliver;
  CLI::App* deliver_command = app.add_subcommand("deliver", "deliver one alert")->group("");
  deliver_command->add_option("--config-fd", deliver.config_fd, "descriptor of the job")->required();
  app.require_subcommand(0, 1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    const int code = app.exit(stop, std::cout, std::cerr);
    return Finished{code == 0 ? 0 : EX_USAGE};
  }
  if (client_command != nullptr) return client;
  if (doctor_command->parsed()) return doctor;
  if (logs_command->parsed()) return logs;
  if (deliver_command->parsed()) return deliver;
  using Made = CredentialCommand::Kind;
  made.kind = token_command->parsed() ? Made::Token : Made::Password;
  if (passwd_command->parsed() || token_command->parsed()) return made;
  if (check_command->parsed()) return check;
  return run;
}

}  // namespace supervisor
