#include "supervisor/alerts/alert_json.h"
#include "supervisor/alerts/alert_sink.h"
#include "supervisor/alerts/alert_text.h"
#include "supervisor/alerts/secret_file.h"
#include "supervisor/config/mail_addresses.h"

namespace supervisor {
namespace {

using namespace std::chrono_literals;

WallTime wall_now() {
  return std::chrono::system_clock::now();
}

// A secret in the file `path`, else `text`.
common::Result<std::string> secret_of(const std::string& path, const std::string& text) {
  if (path.empty()) return text;
  return read_secret(path);
}

common::Result<MailJob> mail_job(const SinkSettings& settings, const AlertNotice& notice) {
  const EmailAlerts& email = settings.email;
  const auto to = parse_mail_addresses(email.to_email);
  const auto from = parse_mail_addresses(email.from_email);
  if (!to || !from) return common::error("from_email or to_email is no mail address");
  const auto password = secret_of(email.password_file, email.password);
  if (!password) return password.error();
  MailJob job;
  job.server = email.smtp_server;
  job.port = email.smtp_port;
  job.use_tls = email.use_tls;
  job.ca_file = email.ca_file;
  // The seed's files have an empty account for servers that want none.
  if (!password->empty()) {
    job.username = email.username;
    job.password = *password;
  }
  job.from = from->front();
  job.to = *to;
  job.message = mail_message(notice, {job.from, job.to, settings.host}, wall_now());
  return job;
}

common::Result<void> fill_body(const SinkSettings& settings, const AlertNotice& notice, WebJob& job) {
  if (settings.kind == SinkKind::Slack) {
    job.body = slack_body(notice, settings.host);
  } else if (settings.kind == SinkKind::Discord) {
    job.body = discord_body(notice, settings.host);
  } else {
    const WallTime at = wall_now();
    job.body = notice_body_json(notice, settings.host, at);
    job.headers.emplace_back("X-Streamer-Delivery", notice.id);
    const auto secret = secret_of(settings.webhook.secret_file, "");
    if (!secret) return secret.error();
    job.signing_key = *secret;
    job.signed_at = at.time_since_epoch() / 1s;
    job.headers.emplace_back("X-Streamer-Timestamp", std::to_string(job.signed_at));
  }
  job.headers.emplace_back("Content-Type", "application/json");
  return {};
}

common::Result<WebJob> web_job(const SinkSettings& settings, const AlertNotice& notice) {
  WebJob job;
  const auto url = secret_of(settings.webhook.url_file, settings.webhook.url);
  if (!url) return url.error();
  job.url = *url;
  job.ca_file = settings.webhook.ca_file;
  job.allow_private = settings.webhook.allow_private;
  job.get = settings.kind == SinkKind::DeadMan;
  if (!job.get) {
    if (const auto filled = fill_body(settings, notice, job); !filled) return filled.error();
  }
  return job;
}

template <typename Job>
common::Result<DeliveryJob> timed(const SinkSettings& settings, common::Result<Job> job) {
  if (!job) return job.error();
  return DeliveryJob{std::move(*job), settings.stage_timeout, settings.stage_timeout * stages_in_total};
}

}  // namespace

common::Result<DeliveryJob> delivery_job(const SinkSettings& settings, const AlertNotice& notice) {
  if (settings.kind == SinkKind::Email) return timed(settings, mail_job(settings, notice));
  return timed(settings, web_job(settings, notice));
}

Delivery deliver(const SinkSettings& settings, const AlertNotice& notice, const Carrier& carrier) {
  const auto job = delivery_job(settings, notice);
  if (!job) return {Delivery::Kind::Unreachable, job.error().reason};
  return carrier(*job);
}

}  // namespace supervisor
