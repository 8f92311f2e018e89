// What a delivery process is told to do and what it answers, as values and as bytes (CBOR: passwords are
// bytes, not text). Pure; whatever the bytes are, the parsers answer with a value or with why not.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/result.h"
#include "supervisor/alerts/alert_queue.h"

namespace supervisor {

struct MailJob {
  std::string server;
  int port = 587;
  bool use_tls = true;  // port 465: TLS from the first byte; else STARTTLS, required before anything is said
  std::string ca_file;  // empty: the system's
  std::string username, password;  // empty: none is offered
  std::string from;
  std::vector<std::string> to;
  std::string message;
  friend bool operator==(const MailJob&, const MailJob&) = default;
};

struct WebJob {
  std::string url;
  bool get = false;  // else a POST of `body`
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string signing_key;     // empty: not signed
  std::int64_t signed_at = 0;  // Unix time, part of what is signed
  std::string ca_file;
  bool allow_private = false;
  friend bool operator==(const WebJob&, const WebJob&) = default;
};

struct DeliveryJob {
  std::variant<MailJob, WebJob> what;
  std::chrono::seconds stage{10};  // to connect, and for each answer of a mail server
  std::chrono::seconds total{60};
  friend bool operator==(const DeliveryJob&, const DeliveryJob&) = default;
};

inline constexpr std::size_t job_bytes_max = 1u << 20;

std::string format_job(const DeliveryJob& job);
common::Result<DeliveryJob> parse_job(std::string_view bytes);

std::string format_delivery(const Delivery& delivery);
common::Result<Delivery> parse_delivery(std::string_view bytes);

}  // namespace supervisor
