#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "common/redact.h"
#include "supervisor/config/mail_addresses.h"
#include "supervisor/config/walk.h"

namespace supervisor {
namespace {

std::string item(const std::string& list, std::size_t index) {
  return list + "/" + std::to_string(index);
}

void check_absolute(const std::string& path, const std::string& pointer, Findings& findings) {
  if (path.empty() || path.front() == '/') return;
  findings.error(pointer,
                 "is " + in_quotes(path) + "; allowed: an absolute path (it begins with /), or \"\"");
}

void check_tls(const Tls& tls, const FileChecks& files, Findings& findings) {
  check_absolute(tls.certificate, "/server/tls/certificate", findings);
  check_absolute(tls.key, "/server/tls/key", findings);
  if (tls.key.empty()) return;
  if (tls.certificate.empty())
    return findings.error("/server/tls/key", "has no certificate beside it; allowed: both, or neither");
  if (!files.judge_tls) return;
  const auto judged = files.judge_tls(tls);
  if (!judged) {
    findings.error("/server/tls", judged.error().reason);
  } else if (!judged->empty()) {
    findings.warning("/server/tls", *judged);
  }
}

void check_server(const Server& server, const FileChecks& files, Findings& findings) {
  check_absolute(server.runtime_dir, "/server/runtime_dir", findings);
  check_absolute(server.state_dir, "/server/state_dir", findings);
  check_tls(server.tls, files, findings);
  check_auth(server, findings);
  std::set<std::string> seen;
  for (std::size_t i = 0; i < server.listen.size(); ++i) {
    const std::string pointer = item("/server/listen", i);
    const auto address = check_listen(server.listen[i], is_lan_allowed(server));
    if (!address) {
      findings.error(pointer, address.error().reason);
    } else if (!seen.insert(server.listen[i]).second && address->port != 0) {
      findings.error(pointer, in_quotes(server.listen[i]) + " is listed twice; leave one out");
    }
  }
  for (std::size_t i = 0; i < server.hosts.size(); ++i) {
    const auto allowed = check_host(server.hosts[i]);
    if (!allowed) findings.error(item("/server/hosts", i), allowed.error().reason);
  }
}

void check_slate_image(const std::string& image, const std::string& pointer, const FileCheck& why_unreadable,
                       Findings& findings) {
  check_absolute(image, pointer, findings);
  const std::string why = !image.empty() && why_unreadable ? why_unreadable(image) : "";
  if (!why.empty()) findings.warning(pointer, "cannot be read now: " + why);
}

bool is_stream_name(const std::string& name) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), is_allowed);
}

void check_names(const Config& config, Findings& findings) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < config.streams.size(); ++i) {
    const std::string& name = config.streams[i].name;
    const std::string pointer = item("/streams", i) + "/name";
    if (!findings.is_written(pointer)) continue;  // reported as missing
    if (!is_stream_name(name)) {
      findings.error(pointer, "is the text " + in_quotes(name) + "; allowed: 1 to 32 of a-z, 0-9, _ and -");
    } else if (!seen.insert(name).second) {
      findings.error(pointer, "two streams are named " + in_quotes(name) + "; names are unique");
    }
  }
}

// A text that its type cannot do without; false: it is not there, and that was said.
bool has(const char* key, const std::string& text, const char* example, const std::string& pointer,
         Findings& findings) {
  if (!text.empty()) return true;
  const bool is_written = findings.is_written(pointer + "/" + key);
  findings.error(
      is_written ? pointer + "/" + key : pointer,
      (is_written ? std::string("is empty") : in_quotes(key) + " is missing") + "; allowed: " + example);
  return false;
}

// What libavformat reads over a network. The others read files and descriptors of this machine, or join
// several addresses into one: nothing a stream's address has to do.
bool is_network_scheme(std::string_view scheme) {
  constexpr std::array known = {
      std::string_view("rtsp"),  std::string_view("rtsps"), std::string_view("rtmp"),
      std::string_view("rtmps"), std::string_view("rtmpt"), std::string_view("rtmpts"),
      std::string_view("srt"),   std::string_view("rist"),  std::string_view("http"),
      std::string_view("https"), std::string_view("udp"),   std::string_view("udplite"),
      std::string_view("rtp"),   std::string_view("srtp"),  std::string_view("tcp"),
      std::string_view("tls"),   std::string_view("mmsh"),  std::string_view("mmst"),
      std::string_view("ftp"),   std::string_view("sctp")};
  return std::find(known.begin(), known.end(), scheme) != known.end();
}

void check_url(const std::string& url, const std::string& pointer, Findings& findings) {
  constexpr const char* allowed =
      "an address of a network stream, such as \"rtsp://camera/1\" or \"https://host/live.m3u8\"; it begins "
      "with "
      "rtsp, rtmp, srt, http, https, udp, rtp, rist, tcp, mmsh, ftp or one of their encrypted forms";
  if (!has("url", url, allowed, pointer, findings)) return;
  const std::size_t end = url.find("://");
  const std::string_view scheme = std::string_view(url).substr(0, end == std::string::npos ? 0 : end);
  if (scheme == "file") {
    findings.error(pointer + "/url", "is a file; allowed: \"type\": \"file\" with its \"path\"");
  } else if (!is_network_scheme(scheme) || url.size() == end + 3) {
    findings.error(pointer + "/url", "is " + in_quotes(common::redact(url)) + "; allowed: " + allowed);
  }
}

void check_path(const std::string& path, const std::string& pointer, const FileCheck& why_unreadable,
                Findings& findings) {
  if (path.empty()) return;
  if (path.front() != '/') {
    findings.warning(pointer,
                     "is looked for in the folder in which the service was started; better: an "
                     "absolute path (it begins with /)");
  }
  const std::string why = why_unreadable ? why_unreadable(path) : "";
  if (!why.empty()) findings.warning(pointer, "cannot be read now: " + why);
}

// An input that is not on air is looked at once a second: less would give up what works.
constexpr double input_timeout_min = 2;
constexpr double content_time_min = 1;

void check_input(const common::InputSettings& input, const std::string& pointer,
                 const FileCheck& why_unreadable, Findings& findings) {
  if (input.type == "url") check_url(input.url, pointer, findings);
  if (input.type == "file" && has("path", input.path, "the path of a media file", pointer, findings)) {
    check_path(input.path, pointer + "/path", why_unreadable, findings);
  }
  if (input.type == "device") {
    has("format", input.format, "a format of libavdevice, such as \"v4l2\"", pointer, findings);
    has("device", input.device, "a device, such as \"/dev/video0\"", pointer, findings);
  }
  if (input.timeout > 0 && input.timeout < input_timeout_min) {
    findings.error(pointer + "/timeout", "is " + number_text(input.timeout) +
                                             " s; allowed: 0 (selector.timeout), or " +
                                             number_text(input_timeout_min) + " to 300 s");
  }
  const auto check_content = [&](const char* key, double time) {
    if (time <= 0 || time >= content_time_min) return;
    findings.error(pointer + "/" + key, "is " + number_text(time) + " s; allowed: 0 (for ever), or " +
                                            number_text(content_time_min) + " to 86400 s");
  };
  check_content("frozen_after", input.frozen_after);
  check_content("black_after", input.black_after);
  check_content("corrupt_after", input.corrupt_after);
  if (input.type == "slate") check_slate_image(input.image, pointer + "/image", why_unreadable, findings);
}

std::string seconds(Milliseconds time) {
  return number_text(static_cast<double>(time.count()) / 1000) + " s";
}

void check_selector(const Selector& selector, const std::string& pointer, Findings& findings) {
  if (selector.timeout < selector.suspect_after) {
    findings.error(pointer + "/timeout", "is " + seconds(selector.timeout) + ", below suspect_after (" +
                                             seconds(selector.suspect_after) + ")");
  }
  if (selector.probe_interval_max < selector.probe_interval) {
    findings.error(pointer + "/probe_interval_max", "is " + seconds(selector.probe_interval_max) +
                                                        ", below probe_interval (" +
                                                        seconds(selector.probe_interval) + ")");
  }
  if (selector.penalty_reuse >= selector.penalty_suppress) {
    findings.error(pointer + "/penalty_reuse", "is " + std::to_string(selector.penalty_reuse) +
                                                   ", not below penalty_suppress (" +
                                                   std::to_string(selector.penalty_suppress) + ")");
  }
}

void check_even(int size, const std::string& pointer, Findings& findings) {
  if (size % 2 == 0) return;
  findings.error(pointer, "is " + std::to_string(size) + "; allowed: an even number, such as " +
                              std::to_string(size - 1));
}

void check_durations(const Stream& stream, const std::string& pointer, Findings& findings) {
  if (stream.hls.part_duration > stream.hls.segment_duration) {
    findings.error(pointer + "/hls/part_duration",
                   "is " + number_text(stream.hls.part_duration) + " s, above segment_duration (" +
                       number_text(stream.hls.segment_duration) + " s); allowed: at most segment_duration");
  }
  if (stream.restart.backoff_max < stream.restart.restart_delay) {
    findings.error(pointer + "/restart/backoff_max", "is " + seconds(stream.restart.backoff_max) +
                                                         ", below restart_delay (" +
                                                         seconds(stream.restart.restart_delay) + ")");
  }
  if (stream.timers.hold_max < stream.timers.hold) {
    findings.error(pointer + "/timers/hold_max", "is " + seconds(stream.timers.hold_max) + ", below hold (" +
                                                     seconds(stream.timers.hold) + ")");
  }
}

// Keys that are read but change nothing yet: whoever sets one must not believe it works.
void check_idle_keys(const Stream& stream, const std::string& pointer, Findings& findings) {
  for (const char* name : {"display_auth", "geometry"}) {
    if (stream.restart.strategies.contains(name)) {
      findings.warning(pointer + "/restart/strategies/" + name,
                       "changes nothing: the worker mends this itself, at the pace of display_lost.delay");
    }
  }
  const bool has_own_slate = !stream.inputs.empty() && stream.inputs.back().type == "slate";
  if (has_own_slate && stream.slate != ImplicitSlate{}) {
    findings.warning(pointer + "/slate", "changes nothing: the last of \"inputs\" is a slate of its own");
  }
}

void check_monitoring(const Monitoring& monitoring, Findings& findings) {
  const std::string pointer = "/monitoring/auto_recovery";
  const std::string idle = "changes nothing: what fails is always started again";
  if (!monitoring.auto_recovery.service_restart) findings.warning(pointer + "/service_restart", idle);
  if (!monitoring.auto_recovery.stream_restart) findings.warning(pointer + "/stream_restart", idle);
}

void check_stream(const Stream& stream, const std::string& pointer, const FileCheck& why_unreadable,
                  Findings& findings) {
  for (std::size_t i = 0; i < stream.inputs.size(); ++i) {
    check_input(stream.inputs[i], item(pointer + "/inputs", i), why_unreadable, findings);
  }
  check_slate_image(stream.slate.image, pointer + "/slate/image", why_unreadable, findings);
  check_selector(stream.selector, pointer + "/selector", findings);
  check_even(stream.video.width, pointer + "/video/width", findings);
  check_even(stream.video.height, pointer + "/video/height", findings);
  check_absolute(stream.hls.output_dir, pointer + "/hls/output_dir", findings);
  check_durations(stream, pointer, findings);
  check_idle_keys(stream, pointer, findings);
}

void check_addresses(const std::string& list, const std::string& pointer, bool only_one, Findings& findings) {
  const auto addresses = parse_mail_addresses(list);
  if (addresses && (!only_one || addresses->size() == 1)) return;
  const std::string allowed =
      only_one ? "one mail address"
               : "mail addresses, separated by commas, at most " + std::to_string(mail_addresses_max);
  findings.error(pointer,
                 "is " + in_quotes(list) + "; allowed: " + allowed + ", such as \"operator@example.org\"");
}

// A name or a number, nothing that could mean more in an address.
bool is_host(const std::string& host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '-' || c == ':' || c == '_';
  });
}

void check_email(const EmailAlerts& email, Findings& findings) {
  const std::string pointer = "/alerts/email_alerts";
  check_absolute(email.password_file, pointer + "/password_file", findings);
  check_absolute(email.ca_file, pointer + "/ca_file", findings);
  if (!email.enabled) return;
  if (!is_host(email.smtp_server)) {
    findings.error(pointer + "/smtp_server",
                   "is " + in_quotes(email.smtp_server) + "; allowed: the name or number of the mail server");
  }
  check_addresses(email.from_email, pointer + "/from_email", true, findings);
  check_addresses(email.to_email, pointer + "/to_email", false, findings);
  if (!email.username.empty() && !email.use_tls) {
    findings.warning(pointer + "/use_tls", "the password of the account goes over the network in clear text");
  }
}

bool is_web_address(const std::string& url) {
  return url.starts_with("https://") || url.starts_with("http://");
}

// `needed`: it must have an address, in one of two ways.
void check_web_address(const std::string& url, const std::string& url_file, bool needed,
                       const std::string& pointer, Findings& findings) {
  check_absolute(url_file, pointer + "/url_file", findings);
  if (!url.empty() && !url_file.empty()) {
    findings.error(pointer + "/url_file", "url and url_file are both given; leave one of them out");
  } else if (needed && url.empty() && url_file.empty()) {
    findings.error(pointer, "has no address; give \"url\" or \"url_file\"");
  }
  if (!url.empty() && !is_web_address(url)) {
    findings.error(pointer + "/url", "is a text; allowed: an address that begins with https:// (or http://)");
  }
}

void check_webhook(const WebhookAlerts& webhook, const std::string& pointer, Findings& findings) {
  check_web_address(webhook.url, webhook.url_file, webhook.enabled, pointer, findings);
  check_absolute(webhook.secret_file, pointer + "/secret_file", findings);
  check_absolute(webhook.ca_file, pointer + "/ca_file", findings);
  if (!webhook.secret_file.empty() && webhook.format != "json") {
    findings.warning(pointer + "/secret_file",
                     "changes nothing: only messages of the format json are signed");
  }
  if (webhook.enabled && webhook.url.starts_with("http://") && !webhook.allow_private) {
    findings.warning(pointer + "/url",
                     "messages, and the key in the address, go over the network in clear text");
  }
}

void check_alerts(const Alerts& alerts, Findings& findings) {
  check_email(alerts.email_alerts, findings);
  const DeadManPing& dead_man = alerts.dead_man;
  check_web_address(dead_man.url, dead_man.url_file, false, "/alerts/dead_man", findings);
  check_absolute(dead_man.ca_file, "/alerts/dead_man/ca_file", findings);
  if (!alerts.email_alerts.password.empty()) {
    findings.warning(
        "/alerts/email_alerts/password",
        "a password in this file is seen by everybody who may read it; put it in a file of its own and "
        "name that in \"password_file\"");
  }
  for (std::size_t i = 0; i < alerts.webhook_alerts.size(); ++i) {
    check_webhook(alerts.webhook_alerts[i], item("/alerts/webhook_alerts", i), findings);
  }
}

}  // namespace

void check_config(const Config& config, const FileChecks& files, Findings& findings) {
  check_server(config.server, files, findings);
  if (config.streams.empty()) findings.error("/streams", "is empty; at least one stream is needed");
  check_names(config, findings);
  for (std::size_t i = 0; i < config.streams.size(); ++i) {
    check_stream(config.streams[i], item("/streams", i), files.why_unreadable, findings);
  }
  check_monitoring(config.monitoring, findings);
  check_alerts(config.alerts, findings);
  check_absolute(config.log.file, "/log/file", findings);
}

}  // namespace supervisor
