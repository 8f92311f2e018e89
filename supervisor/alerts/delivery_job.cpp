#include "supervisor/alerts/delivery_job.h"

#include <nlohmann/json.hpp>

namespace supervisor {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(MailJob, server, port, use_tls, ca_file, username, password, from, to,
                                   message)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(WebJob, url, get, body, headers, signing_key, signed_at, ca_file,
                                   allow_private)

namespace {

using nlohmann::json;
using Kind = Delivery::Kind;

std::string bytes_of(const json& value) {
  std::string bytes;
  json::to_cbor(value, bytes);
  return bytes;
}

// What `read` makes of the bytes; whatever it throws is an error.
template <typename Read>
auto parsed(std::string_view bytes, const char* what, Read read) -> common::Result<decltype(read(json()))> {
  try {
    return read(json::from_cbor(bytes));
  } catch (const json::exception& failure) {
    return common::error(std::string("no ") + what + ": " + failure.what());
  }
}

}  // namespace

std::string format_job(const DeliveryJob& job) {
  json fields = {{"stage", job.stage.count()}, {"total", job.total.count()}};
  if (const auto* mail = std::get_if<MailJob>(&job.what)) {
    fields["mail"] = *mail;
  } else {
    fields["web"] = std::get<WebJob>(job.what);
  }
  return bytes_of(fields);
}

common::Result<DeliveryJob> parse_job(std::string_view bytes) {
  return parsed(bytes, "job", [](const json& fields) {
    DeliveryJob job;
    job.stage = std::chrono::seconds(fields.at("stage").get<int>());
    job.total = std::chrono::seconds(fields.at("total").get<int>());
    if (fields.contains("mail")) {
      job.what = fields.at("mail").get<MailJob>();
    } else {
      job.what = fields.at("web").get<WebJob>();
    }
    return job;
  });
}

std::string format_delivery(const Delivery& delivery) {
  json fields = {{"kind", static_cast<int>(delivery.kind)}, {"error", delivery.error}};
  if (delivery.retry_after) fields["retry_after_ms"] = delivery.retry_after->count();
  return bytes_of(fields);
}

common::Result<Delivery> parse_delivery(std::string_view bytes) {
  return parsed(bytes, "answer", [](const json& fields) {
    Delivery delivery;
    const int kind = fields.at("kind").get<int>();
    delivery.kind =
        kind >= 0 && kind <= static_cast<int>(Kind::GivenUp) ? static_cast<Kind>(kind) : Kind::Unreachable;
    fields.at("error").get_to(delivery.error);
    if (fields.contains("retry_after_ms"))
      delivery.retry_after = std::chrono::milliseconds(fields.at("retry_after_ms").get<std::int64_t>());
    return delivery;
  });
}

}  // namespace supervisor
