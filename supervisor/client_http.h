// HTTP for the command line: one question at a time, every step bounded. Blocking. Errors are one line that
// says what to do.
#pragma once

#include <boost/beast/http/verb.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "common/result.h"

namespace supervisor {

struct ServiceAddress {
  std::string url = "http://127.0.0.1:8080";
  std::string token;    // empty: none is sent
  std::string ca_file;  // see client_tls.h; empty: the system's authorities
};

// "http://HOST[:PORT][/]", "https://..." or "HOST[:PORT]"; the error names what is wrong with it.
struct HostPort {
  std::string host;  // "[::1]" keeps its brackets
  std::string port = "80";
  bool secured = false;
};
common::Result<HostPort> parse_url(const std::string& url);

struct Question {
  boost::beast::http::verb method = boost::beast::http::verb::get;
  std::string target;
  std::string body = {};              // JSON; empty: none
  std::chrono::seconds patience{10};  // of each step: name, connection, request, answer
};

struct Answer {
  int status = 0;
  std::string body;
  bool ok() const { return status < 300; }
};

common::Result<Answer> ask(const ServiceAddress& service, const Question& question);

// What a refusal says, without its JSON around it, and what to do about 401 and 403.
std::string detail_of(const Answer& answer);
// sysexits: 64 wrong name or value, 77 not allowed, 69 not now.
int exit_code_of(const Answer& answer);

// An event stream: `opened` is called when it is there, `take` with bytes as they come. Returns when it ends,
// with the reason; a refusal (401, 404) has its status in system_errno.
inline constexpr std::chrono::seconds event_silence_max{45};  // the service says something every 15 s
common::Error follow(const ServiceAddress& service, const std::string& target,
                     const std::function<void()>& opened, const std::function<void(std::string_view)>& take);

}  // namespace supervisor
