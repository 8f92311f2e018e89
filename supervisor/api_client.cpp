#include "supervisor/api_client.h"

#include <sysexits.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "supervisor/client_http.h"
#include "supervisor/client_text.h"

namespace supervisor {
namespace {

namespace http = boost::beast::http;
using nlohmann::json;
using Verb = ClientCommand::Verb;

constexpr std::chrono::seconds drill_patience{45};  // the service answers after 30 s at the latest

// Every answer of the service, or the end of the program: the reason goes to stderr.
struct Refused {
  int exit_code;
};

Answer answer_to(const ClientCommand& command, const Question& question) {
  auto answer = ask(command.service, question);
  if (answer) return std::move(*answer);
  std::cerr << answer.error().reason << '\n';
  throw Refused{parse_url(command.service.url) ? EX_UNAVAILABLE : EX_USAGE};
}

[[noreturn]] void refuse(const Answer& answer) {
  std::cerr << detail_of(answer) << '\n';
  throw Refused{exit_code_of(answer)};
}

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= 32 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos;
}

std::string target_of(const ClientCommand& command) {
  static constexpr const char* verbs[] = {"status", "start", "stop", "restart", "pause", "resume"};
  const std::string verb = verbs[static_cast<int>(command.verb)];
  if (command.verb == Verb::Status || command.stream.empty()) return "/api/" + verb;
  return "/api/streams/" + command.stream + "/" + verb;
}

int print_status(const ClientCommand& command) {
  const bool asks = command.verb == Verb::Status;
  const Answer answer =
      answer_to(command, {.method = asks ? http::verb::get : http::verb::post, .target = target_of(command)});
  if (!answer.ok()) refuse(answer);
  const json status = json::parse(answer.body);
  if (!command.stream.empty() && !has_stream(status, command.stream)) {
    std::cerr << "there is no stream \"" << command.stream << "\"; there are: " << stream_names(status, ", ")
              << '\n';
    return EX_USAGE;
  }
  if (command.json) {
    std::cout << answer.body << '\n';
  } else if (command.names) {
    std::cout << stream_names(status, "\n") << '\n';
  } else {
    std::cout << status_table(status, command.stream);
  }
  return 0;
}

int refused_drill(const Answer& answer) {
  const std::string detail = detail_of(answer);
  std::cerr << detail << '\n';
  // The one refusal that only the configuration can lift names its key.
  if (answer.status == 409 && detail.find("server.drill") != std::string::npos) return EX_CONFIG;
  return exit_code_of(answer);
}

int run_drill(const ClientCommand& command) {
  const json order = {{"fault", command.fault}};
  const Answer answer =
      answer_to(command, {.method = http::verb::post,
                          .target = "/api/streams/" + command.stream + "/drill",
                          .body = order.dump(-1, ' ', false, json::error_handler_t::replace),
                          .patience = drill_patience});
  if (!answer.ok()) return refused_drill(answer);
  const json report = json::parse(answer.body);
  std::cout << drill_table(command.stream, report);
  return report.value("verdict", "") == "recovered" ? 0 : EX_UNAVAILABLE;
}

int switch_input(const ClientCommand& command) {
  const json order = {{"priority", command.priority ? json(*command.priority) : json(nullptr)}};
  const Answer answer = answer_to(command, {.method = http::verb::post,
                                            .target = "/api/streams/" + command.stream + "/inputs/switch",
                                            .body = order.dump()});
  if (!answer.ok()) refuse(answer);
  std::cout << status_table(json::parse(answer.body), command.stream);
  return 0;
}

std::vector<std::string> streams_of(const ClientCommand& command) {
  const Answer answer = answer_to(command, {.target = "/api/status"});
  if (!answer.ok()) refuse(answer);
  std::vector<std::string> names;
  const json status = json::parse(answer.body);
  for (const json& stream : status.at("streams")) names.push_back(stream.at("name"));
  return names;
}

int list_incidents(const ClientCommand& command) {
  const auto names = command.stream.empty() ? streams_of(command) : std::vector<std::string>{command.stream};
  json incidents = json::array();
  for (const std::string& name : names) {
    const Answer answer = answer_to(command, {.target = "/api/streams/" + name + "/incidents"});
    if (!answer.ok()) refuse(answer);
    json list = json::parse(answer.body);
    for (json& incident : list.at("incidents")) incidents.push_back(std::move(incident));
  }
  if (command.json) {
    std::cout << incidents.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
  } else {
    std::cout << incident_table(incidents);
  }
  return 0;
}

int run(const ClientCommand& command) {
  if (!command.stream.empty() && !is_name(command.stream)) {
    std::cerr << "a stream name is a-z, 0-9, _ and -, at most 32\n";
    return EX_USAGE;
  }
  if (command.verb == Verb::Switch) return switch_input(command);
  if (command.verb == Verb::Drill) return run_drill(command);
  if (command.verb == Verb::Incidents) return list_incidents(command);
  return print_status(command);
}

}  // namespace

int run_client(const ClientCommand& command) {
  try {
    return run(command);
  } catch (const Refused& refused) {
    return refused.exit_code;
  } catch (const json::exception& failure) {
    std::cerr << command.service.url << " is another program, or another version of it: " << failure.what()
              << '\n';
    return EX_UNAVAILABLE;
  }
}

}  // namespace supervisor
