// SHELL: one mail or one HTTP request over libcurl, from its connection to its end, within deadlines: each
// stage, the whole, and `cancelled`. Never follows a redirect, never takes a proxy from the environment,
// never accepts a certificate that does not verify, reads at most reply_bytes_max. Blocks: sinks' threads
// only; several may call it at once. Errors are sentences without any secret, address keys included.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/alerts/alert_queue.h"

namespace supervisor {

struct Patience {
  std::chrono::seconds stage{10};  // to connect, and for each answer of a mail server
  std::chrono::seconds total{60};
  const std::atomic<bool>* cancelled = nullptr;  // looked at about once a second
};

inline constexpr std::size_t reply_bytes_max = 4096;

struct MailJob {
  std::string server;
  int port = 587;
  bool use_tls = true;  // port 465: TLS from the first byte; else STARTTLS, required before anything is said
  std::string ca_file;  // empty: the system's
  std::string username, password;  // empty: none is offered
  std::string from;
  std::vector<std::string> to;
  std::string message;
};
Delivery deliver_mail(const MailJob& job, const Patience& patience);

struct WebJob {
  std::string url;
  bool get = false;  // else a POST of `body`
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string ca_file;
  bool allow_private = false;
};
Delivery deliver_web(const WebJob& job, const Patience& patience);

}  // namespace supervisor
