#include "supervisor/api_client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "supervisor/client_text.h"

namespace supervisor {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::asio::ip::tcp;
using nlohmann::json;
using Verb = ClientCommand::Verb;

constexpr int usage_error = 64;
constexpr int unavailable = 69;
constexpr int config_error = 78;
constexpr std::chrono::seconds patience{10};
constexpr std::chrono::seconds drill_patience{45};  // the service answers after 30 s at the latest
constexpr std::size_t answer_bytes_max = 16u << 20;

struct Address {
  std::string host;
  std::string port = "80";
};

// "http://HOST[:PORT][/]": what --url takes.
Address parse_url(std::string url) {
  if (url.rfind("http://", 0) == 0) url.erase(0, 7);
  url.erase(std::min(url.find('/'), url.size()));
  const std::size_t colon = url.rfind(':');
  if (colon == std::string::npos || url.back() == ']') return {url, "80"};
  return {url.substr(0, colon), url.substr(colon + 1)};
}

struct Question {
  http::verb method = http::verb::get;
  std::string target;
  std::string body;  // JSON; empty: none
  std::chrono::seconds patience = supervisor::patience;
};

struct Answer {
  int status = 0;
  std::string body;
  bool ok() const { return status < 300; }
};

Answer ask(const std::string& url, const Question& question) {
  const Address address = parse_url(url);
  boost::asio::io_context context;
  beast::tcp_stream stream(context);
  std::string host = address.host;
  if (!host.empty() && host.front() == '[') host = host.substr(1, host.size() - 2);
  stream.expires_after(question.patience);
  stream.connect(tcp::resolver(context).resolve(host, address.port));
  http::request<http::string_body> request(question.method, question.target, 11);
  request.set(http::field::host, address.host + ":" + address.port);
  request.body() = question.body;
  if (!question.body.empty()) request.set(http::field::content_type, "application/json");
  request.prepare_payload();
  http::write(stream, request);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> response;
  response.body_limit(answer_bytes_max);
  http::read(stream, buffer, response);
  return {static_cast<int>(response.get().result_int()), response.get().body()};
}

std::string target_of(const ClientCommand& command) {
  static constexpr const char* verbs[] = {"status", "start", "stop", "restart"};
  const std::string verb = verbs[static_cast<int>(command.verb)];
  if (command.verb == Verb::Status || command.stream.empty()) return "/api/" + verb;
  return "/api/streams/" + command.stream + "/" + verb;
}

int print_answer(const ClientCommand& command) {
  const auto method = command.verb == Verb::Status ? http::verb::get : http::verb::post;
  const Answer answer = ask(command.url, {method, target_of(command), {}});
  (answer.ok() ? std::cout : std::cerr) << answer.body << '\n';
  return answer.ok() ? 0 : 1;
}

// What a refusal says, without its JSON around it.
std::string detail_of(const Answer& answer) {
  const json problem = json::parse(answer.body, nullptr, false);
  if (problem.is_object() && problem.contains("detail") && problem["detail"].is_string()) {
    return problem["detail"].get<std::string>();
  }
  return "the service answered " + std::to_string(answer.status);
}

int refused_drill(const Answer& answer) {
  const std::string detail = detail_of(answer);
  std::cerr << detail << '\n';
  if (answer.status == 400 || answer.status == 404 || answer.status == 422) return usage_error;
  // The one refusal that only the configuration can lift names its key.
  return answer.status == 409 && detail.find("server.drill") != std::string::npos ? config_error
                                                                                  : unavailable;
}

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= 32 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos;
}

int run_drill(const ClientCommand& command) {
  if (!is_name(command.stream)) {
    std::cerr << "a stream name is a-z, 0-9, _ and -, at most 32\n";
    return usage_error;
  }
  const Answer answer =
      ask(command.url, {http::verb::post, "/api/streams/" + command.stream + "/drill",
                        json{{"fault", command.fault}}.dump(-1, ' ', false, json::error_handler_t::replace),
                        drill_patience});
  if (!answer.ok()) return refused_drill(answer);
  const json report = json::parse(answer.body);
  std::cout << drill_table(command.stream, report);
  return report.value("verdict", "") == "recovered" ? 0 : unavailable;
}

std::vector<std::string> streams_of(const std::string& url) {
  const Answer answer = ask(url, {http::verb::get, "/api/status", {}});
  if (!answer.ok()) throw std::runtime_error(detail_of(answer));
  std::vector<std::string> names;
  const json status = json::parse(answer.body);
  for (const json& stream : status.at("streams")) names.push_back(stream.at("name"));
  return names;
}

int list_incidents(const ClientCommand& command) {
  const auto names =
      command.stream.empty() ? streams_of(command.url) : std::vector<std::string>{command.stream};
  json incidents = json::array();
  for (const std::string& name : names) {
    const Answer answer = ask(command.url, {http::verb::get, "/api/streams/" + name + "/incidents", {}});
    if (!answer.ok()) {
      std::cerr << detail_of(answer) << '\n';
      return answer.status == 404 ? usage_error : 1;
    }
    json list = json::parse(answer.body);
    for (json& incident : list.at("incidents")) incidents.push_back(std::move(incident));
  }
  std::cout << incident_table(incidents);
  return 0;
}

int run(const ClientCommand& command) {
  if (command.verb == Verb::Drill) return run_drill(command);
  if (command.verb == Verb::Incidents) return list_incidents(command);
  return print_answer(command);
}

}  // namespace

int run_client(const ClientCommand& command) {
  try {
    return run(command);
  } catch (const json::exception& failure) {
    std::cerr << command.url << " is another program, or another version of it: " << failure.what() << '\n';
    return unavailable;
  } catch (const std::exception& failure) {
    std::cerr << "no service answers at " << command.url << ": " << failure.what()
              << "\nIs it running? Give its address with --url.\n";
    return unavailable;
  }
}

}  // namespace supervisor
