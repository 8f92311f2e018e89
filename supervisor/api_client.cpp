#include "supervisor/api_client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <iostream>

namespace supervisor {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::asio::ip::tcp;

constexpr int unavailable = 69;
constexpr std::chrono::seconds patience{10};

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

std::string target_of(const ClientCommand& command) {
  static constexpr const char* verbs[] = {"status", "start", "stop", "restart"};
  const std::string verb = verbs[static_cast<int>(command.verb)];
  if (command.verb == ClientCommand::Verb::Status || command.stream.empty()) return "/api/" + verb;
  return "/api/streams/" + command.stream + "/" + verb;
}

http::response<http::string_body> ask(const ClientCommand& command) {
  const Address address = parse_url(command.url);
  boost::asio::io_context context;
  beast::tcp_stream stream(context);
  std::string host = address.host;
  if (!host.empty() && host.front() == '[') host = host.substr(1, host.size() - 2);
  stream.expires_after(patience);
  stream.connect(tcp::resolver(context).resolve(host, address.port));
  const auto method = command.verb == ClientCommand::Verb::Status ? http::verb::get : http::verb::post;
  http::request<http::empty_body> request(method, target_of(command), 11);
  request.set(http::field::host, address.host + ":" + address.port);
  request.prepare_payload();
  http::write(stream, request);
  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  http::read(stream, buffer, response);
  return response;
}

}  // namespace

int run_client(const ClientCommand& command) {
  try {
    const auto response = ask(command);
    const bool ok = response.result_int() < 300;
    (ok ? std::cout : std::cerr) << response.body() << '\n';
    return ok ? 0 : 1;
  } catch (const std::exception& failure) {
    std::cerr << "no service answers at " << command.url << ": " << failure.what()
              << "\nIs it running? Give its address with --url.\n";
    return unavailable;
  }
}

}  // namespace supervisor
