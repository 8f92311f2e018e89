#include "supervisor/alerts/delivery_job.h"

#include <nlohmann/json.hpp>

namespace supervisor {
namespace {

using nlohmann::json;
using Kind = Delivery::Kind;

std::string bytes_of(const json& value) {
  std::string bytes;
  json::to_cbor(value, bytes);
  return bytes;
}

json mail_fields(const MailJob& job) {
  return {
      {"server", job.server},     {"port", job.port},         {"use_tls", job.use_tls}, {"ca", job.ca_file},
      {"username", job.username}, {"password", job.password}, {"from", job.from},       {"to", job.to},
      {"message", job.message}};
}

MailJob mail_of(const json& fields) {
  MailJob job;
  fields.at("server").get_to(job.server);
  fields.at("port").get_to(job.port);
  fields.at("use_tls").get_to(job.use_tls);
  fields.at("ca").get_to(job.ca_file);
  fields.at("username").get_to(job.username);
  fields.at("password").get_to(job.password);
  fields.at("from").get_to(job.from);
  fields.at("to").get_to(job.to);
  fields.at("message").get_to(job.message);
  return job;
}

json web_fields(const WebJob& job) {
  return {{"url", job.url},         {"get", job.get},
          {"body", job.body},       {"headers", job.headers},
          {"key", job.signing_key}, {"signed_at", job.signed_at},
          {"ca", job.ca_file},      {"allow_private", job.allow_private}};
}

WebJob web_of(const json& fields) {
  WebJob job;
  fields.at("url").get_to(job.url);
  fields.at("get").get_to(job.get);
  fields.at("body").get_to(job.body);
  fields.at("headers").get_to(job.headers);
  fields.at("key").get_to(job.signing_key);
  fields.at("signed_at").get_to(job.signed_at);
  fields.at("ca").get_to(job.ca_file);
  fields.at("allow_private").get_to(job.allow_private);
  return job;
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
    fields["mail"] = mail_fields(*mail);
  } else {
    fields["web"] = web_fields(std::get<WebJob>(job.what));
  }
  return bytes_of(fields);
}

common::Result<DeliveryJob> parse_job(std::string_view bytes) {
  return parsed(bytes, "job", [](const json& fields) {
    DeliveryJob job;
    job.stage = std::chrono::seconds(fields.at("stage").get<int>());
    job.total = std::chrono::seconds(fields.at("total").get<int>());
    if (fields.contains("mail")) {
      job.what = mail_of(fields.at("mail"));
    } else {
      job.what = web_of(fields.at("web"));
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
