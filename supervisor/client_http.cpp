#include "supervisor/client_http.h"

#include <sysexits.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>

#include "common/printable.h"
#include "supervisor/client_tls.h"

namespace supervisor {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t answer_bytes_max = 16u << 20;

// One connection; every step runs the loop until it is done or late. (Beast's limits of time are those of
// asynchronous calls only.)
class Connection {
 public:
  explicit Connection(const ServiceAddress& service) : service_(service) {}

  common::Result<void> open(std::chrono::seconds patience) {
    auto place = parse_url(service_.url);
    if (!place) return place.error();
    place_ = *place;
    std::string host = place_.host;
    if (host.front() == '[') host = host.substr(1, host.size() - 2);
    tcp::resolver resolver(loop_);
    tcp::resolver::results_type found;
    error_code failed = boost::asio::error::timed_out;
    resolver.async_resolve(host, place_.port, [&](error_code e, tcp::resolver::results_type all) {
      failed = e;
      found = std::move(all);
    });
    loop_.restart();
    loop_.run_for(patience);
    if (failed) return unreachable(failed);
    stream_.expires_after(patience);
    failed = finish(
        [&](auto done) { stream_.async_connect(found, [done](error_code e, const auto&) { done(e); }); });
    if (failed) return unreachable(failed);
    return place_.secured ? shake_hands(host) : common::Result<void>();
  }

  error_code send(const Question& question) {
    http::request<http::string_body> request(question.method, question.target, 11);
    request.set(http::field::host, place_.host + ":" + place_.port);
    request.set(http::field::user_agent, "streamer-supervisor");
    if (!service_.token.empty()) request.set(http::field::authorization, "Bearer " + service_.token);
    request.body() = question.body;
    if (!question.body.empty()) request.set(http::field::content_type, "application/json");
    request.prepare_payload();
    stream_.expires_after(question.patience);
    return finish([&](auto done) {
      on_stream([&](auto& stream) {
        http::async_write(stream, request, [done](error_code e, std::size_t) { done(e); });
      });
    });
  }

  template <typename Parser>
  error_code read_header(Parser& parser, std::chrono::seconds patience) {
    stream_.expires_after(patience);
    return finish([&](auto done) {
      on_stream([&](auto& stream) {
        http::async_read_header(stream, buffer_, parser, [done](error_code e, std::size_t) { done(e); });
      });
    });
  }
  template <typename Parser>
  error_code read(Parser& parser, std::chrono::seconds patience) {
    stream_.expires_after(patience);
    return finish([&](auto done) {
      on_stream([&](auto& stream) {
        http::async_read(stream, buffer_, parser, [done](error_code e, std::size_t) { done(e); });
      });
    });
  }
  template <typename Parser>
  error_code read_some(Parser& parser, std::chrono::seconds patience) {
    stream_.expires_after(patience);
    return finish([&](auto done) {
      on_stream([&](auto& stream) {
        http::async_read_some(stream, buffer_, parser, [done](error_code e, std::size_t) { done(e); });
      });
    });
  }

  common::Error unreachable(error_code failed) const {
    const bool late = failed == beast::error::timeout || failed == boost::asio::error::timed_out;
    return common::error("no service answers at " + service_.url + " (" +
                         (late ? "no answer in time" : failed.message()) +
                         "): is it running (systemctl status streamer-supervisor), and is the address right "
                         "(--url)?");
  }
  common::Error broken(error_code failed) const {
    if (failed == beast::error::timeout) return unreachable(failed);
    return common::error(service_.url + " does not answer as this service does (" + failed.message() +
                         "): is the address right (--url)?");
  }

 private:
  common::Result<void> shake_hands(const std::string& host) {
    auto tls = ClientTls::make(stream_, host, service_.ca_file);
    if (!tls) return tls.error();
    tls_ = std::move(*tls);
    const error_code failed = finish(
        [&](auto done) { tls_->stream().async_handshake(boost::asio::ssl::stream_base::client, done); });
    if (!failed) return {};
    const std::string why = tls_->why_not_trusted();
    if (why.empty()) return unreachable(failed);
    return common::error("the certificate of " + service_.url + " is not trusted (" + why +
                         "): --ca FILE names the one the service is configured with, or its authority");
  }

  template <typename Use>
  void on_stream(Use use) {
    if (tls_) {
      use(tls_->stream());
    } else {
      use(stream_);
    }
  }

  template <typename Start>
  error_code finish(Start start) {
    error_code result = boost::asio::error::timed_out;
    start([&result](error_code e) { result = e; });
    loop_.restart();
    loop_.run();
    return result;
  }

  const ServiceAddress& service_;
  HostPort place_;
  boost::asio::io_context loop_{1};
  beast::tcp_stream stream_{loop_};
  std::unique_ptr<ClientTls> tls_;  // null: in clear
  beast::flat_buffer buffer_;
};

}  // namespace

common::Result<HostPort> parse_url(const std::string& url) {
  std::string rest = url;
  HostPort place;
  if (rest.starts_with("https://")) {
    place.secured = true;
    place.port = "443";
    rest.erase(0, 8);
  } else if (rest.starts_with("http://")) {
    rest.erase(0, 7);
  }
  rest.erase(std::min(rest.find('/'), rest.size()));
  const std::size_t colon = rest.rfind(':');
  const bool has_port = colon != std::string::npos && rest.back() != ']';
  place.host = has_port ? rest.substr(0, colon) : rest;
  if (has_port) place.port = rest.substr(colon + 1);
  const bool bracketed = place.host.size() > 2 && place.host.front() == '[' && place.host.back() == ']';
  const bool digits = !place.port.empty() && place.port.size() <= 5 &&
                      place.port.find_first_not_of("0123456789") == std::string::npos;
  if (place.host.empty() || !digits || (!bracketed && place.host.find_first_of("[]@: ") != std::string::npos))
    return common::error("--url " + common::printable(url, 100) +
                         ": write http://HOST:PORT or https://HOST:PORT, for example http://127.0.0.1:8080");
  return place;
}

common::Result<Answer> ask(const ServiceAddress& service, const Question& question) {
  Connection connection(service);
  if (const auto opened = connection.open(question.patience); !opened) return opened.error();
  if (const auto failed = connection.send(question)) return connection.unreachable(failed);
  http::response_parser<http::string_body> response;
  response.body_limit(answer_bytes_max);
  if (const auto failed = connection.read(response, question.patience)) return connection.broken(failed);
  return Answer{static_cast<int>(response.get().result_int()), std::move(response.get().body())};
}

std::string detail_of(const Answer& answer) {
  if (answer.status == 401)
    return "the service wants credentials: --token TOKEN, or DESKTOP_STREAMER_TOKEN in the environment";
  std::string detail = "the service answered " + std::to_string(answer.status);
  const auto problem = nlohmann::json::parse(answer.body, nullptr, false);
  if (problem.is_object() && problem.contains("detail") && problem["detail"].is_string())
    detail = common::printable(problem["detail"].get<std::string>());
  if (answer.status == 403) detail += " (--token of a role that may do it)";
  return detail;
}

int exit_code_of(const Answer& answer) {
  if (answer.status == 401 || answer.status == 403) return EX_NOPERM;
  const bool ours = answer.status == 400 || answer.status == 404 || answer.status == 422;
  return ours ? EX_USAGE : EX_UNAVAILABLE;
}

common::Error follow(const ServiceAddress& service, const std::string& target,
                     const std::function<void()>& opened, const std::function<void(std::string_view)>& take) {
  const Question question{.target = target};
  Connection connection(service);
  if (const auto open = connection.open(question.patience); !open) return open.error();
  if (const auto failed = connection.send(question)) return connection.unreachable(failed);
  http::response_parser<http::string_body> response;
  response.body_limit(boost::none);
  if (const auto failed = connection.read_header(response, question.patience))
    return connection.broken(failed);
  if (const int status = static_cast<int>(response.get().result_int()); status != 200) {
    connection.read(response, question.patience);
    return common::Error(detail_of({status, response.get().body()}), status);
  }
  opened();
  while (!response.is_done()) {
    const auto failed = connection.read_some(response, event_silence_max);
    take(response.get().body());
    response.get().body().clear();
    if (failed == beast::error::timeout) return connection.unreachable(failed);
    if (failed) break;
  }
  return common::error("the service ended the connection");
}

}  // namespace supervisor
