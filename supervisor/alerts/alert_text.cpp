#include "supervisor/alerts/alert_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>

#include "common/printable.h"
#include "supervisor/alerts/encoding.h"
#include "supervisor/report/json_parts.h"

namespace supervisor {
namespace {

using namespace std::chrono_literals;
using Kind = AlertNotice::Kind;

constexpr std::size_t line_bytes_max = 600;
constexpr std::size_t subject_bytes_max = 200;
constexpr std::size_t slack_bytes_max = 3500;
constexpr std::size_t discord_characters_max = 2000;
constexpr std::string_view zero_width_space = "\xE2\x80\x8B";

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

std::string line(std::string_view text) {
  return common::printable(text, line_bytes_max) + "\n";
}

std::string duration_words(std::chrono::milliseconds duration) {
  const auto seconds = duration / 1s;
  std::string text;
  if (seconds >= 86'400) text += std::to_string(seconds / 86'400) + " d ";
  if (seconds >= 3600) text += std::to_string(seconds / 3600 % 24) + " h ";
  if (seconds >= 60) text += std::to_string(seconds / 60 % 60) + " min ";
  return text + std::to_string(seconds % 60) + " s";
}

std::string lead(const AlertNotice& notice) {
  switch (notice.kind) {
    case Kind::Opened:
      return upper(severity_name(notice.alert.severity)) + " " + headline(notice.alert);
    case Kind::StillOpen:
      return "STILL " + upper(severity_name(notice.alert.severity)) + " " + headline(notice.alert);
    case Kind::Resolved:
      return "RESOLVED " + headline(notice.alert) + " (after " + duration_words(notice.alert.duration) + ")";
    case Kind::Digest:
      return "DIGEST " + std::to_string(notice.count) + " notices, the worst " +
             std::string(severity_name(notice.alert.severity));
    case Kind::Test:
      break;
  }
  return "TEST of the alerts";
}

std::string details(const AlertNotice& notice) {
  if (notice.kind == Kind::Test) return line("Somebody asked for this test. Nothing is wrong.");
  std::string text;
  if (notice.kind == Kind::Digest) {
    text += line("What was held back so that there are not too many messages:");
    for (const std::string& entry : notice.lines) text += line("- " + entry);
    const auto shown = static_cast<int>(notice.lines.size());
    if (notice.count > shown)
      text += line("and " + std::to_string(notice.count - shown) + " more; /api/alerts has the history");
    return text;
  }
  const Alert& alert = notice.alert;
  if (!alert.detail.empty()) text += line(alert.detail);
  text += line("rule: " + std::string(rule_name(alert.rule)) +
               ", severity: " + std::string(severity_name(alert.severity)));
  text += line("opened: " + format_rfc3339(alert.opened_at));
  if (alert.resolved_at) text += line("resolved: " + format_rfc3339(*alert.resolved_at));
  if (notice.kind != Kind::Opened) text += line("duration: " + duration_words(alert.duration));
  if (alert.flapping) text += line("It comes and goes: told once, and again when it has stayed away.");
  return text;
}

// Cut at a line end, so that no escape or character is broken.
std::string cut(std::string text, std::size_t length_max) {
  if (text.size() <= length_max) return text;
  const std::string note = "(cut; /api/alerts has all of it)\n";
  const std::size_t end = text.rfind('\n', length_max - std::min(length_max, note.size() + 1));
  return (end == std::string::npos ? "" : text.substr(0, end + 1)) + note;
}

// No receiver may take it for a mention, whatever it knows as one: @everyone, @here, @channel.
std::string without_mentions(std::string_view text) {
  std::string result;
  for (const char c : text) {
    result += c;
    if (c == '@') result += zero_width_space;
  }
  return result;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string subject_text(const AlertNotice& notice, const std::string& host) {
  return common::printable("[desktop-streamer " + host + "] " + lead(notice), subject_bytes_max);
}

std::string body_text(const AlertNotice& notice, const std::string& host, std::size_t length_max) {
  return cut(line(lead(notice)) + details(notice) + line("from: desktop-streamer on " + host), length_max);
}

std::string slack_escaped(std::string_view text) {
  std::string result;
  for (const char c : without_mentions(text)) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else {
      result += c;
    }
  }
  return result;
}

std::string slack_body(const AlertNotice& notice, const std::string& host) {
  return dump({{"text", slack_escaped(body_text(notice, host, slack_bytes_max))},
               {"mrkdwn", false},
               {"parse", "none"},
               {"link_names", false},
               {"unfurl_links", false},
               {"unfurl_media", false}});
}

std::string discord_escaped(std::string_view text) {
  constexpr std::string_view markup = "\\`*_~|>#-+[](){}<:!";
  std::string result;
  for (const char c : without_mentions(text)) {
    if (markup.find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

std::string discord_body(const AlertNotice& notice, const std::string& host) {
  constexpr int suppress_embeds = 4;
  std::size_t room = discord_characters_max;
  std::string text = discord_escaped(body_text(notice, host, room));
  while (characters(text) > discord_characters_max) {  // the escapes need room too
    room -= 100;
    text = discord_escaped(body_text(notice, host, room));
  }
  return dump(
      {{"content", text}, {"allowed_mentions", {{"parse", Json::array()}}}, {"flags", suppress_embeds}});
}

std::string mail_date(WallTime time) {
  constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02u %s %d %02d:%02d:%02d +0000",
                days.at(std::chrono::weekday(day).c_encoding()), static_cast<unsigned>(date.day()),
                months.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

// Printable text has no line breaks; characters beyond ASCII go into words of at most 75 characters.
std::string mail_header_text(std::string_view text) {
  const std::string safe = common::printable(text, subject_bytes_max * 2);
  const bool ascii = std::all_of(safe.begin(), safe.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (ascii && safe.find("=?") == std::string::npos) return safe;
  constexpr std::size_t piece_bytes = 42;
  std::string words;
  for (std::size_t at = 0; at < safe.size();) {
    std::size_t end = std::min(at + piece_bytes, safe.size());
    while (end < safe.size() && (safe[end] & 0xC0) == 0x80) --end;  // whole characters
    words += (words.empty() ? "" : "\r\n ") + ("=?utf-8?B?" + base64(safe.substr(at, end - at)) + "?=");
    at = end;
  }
  return words;
}

std::string mail_message(const AlertNotice& notice, const MailEnvelope& envelope, WallTime sent_at) {
  constexpr std::size_t mail_line = 76;
  std::string to;
  for (const std::string& address : envelope.to) to += (to.empty() ? "" : ",\r\n ") + address;
  const std::string thread = notice.alert.id.empty() ? notice.id : notice.alert.id + "-1";
  const auto id = [&](const std::string& name) { return "<" + name + "@" + envelope.host + ">"; };
  std::string mail;
  mail += "Date: " + mail_date(sent_at) + "\r\n";
  mail += "From: " + envelope.from + "\r\n";
  mail += "To: " + to + "\r\n";
  mail += "Subject: " + mail_header_text(subject_text(notice, envelope.host)) + "\r\n";
  mail += "Message-ID: " + id(notice.id) + "\r\n";
  if (thread != notice.id) mail += "References: " + id(thread) + "\r\n";
  mail += "Auto-Submitted: auto-generated\r\n";
  if (notice.alert.severity == Severity::Critical) mail += "Importance: high\r\n";
  mail += "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n";
  mail += "Content-Transfer-Encoding: base64\r\n\r\n";
  const std::string body = base64(body_text(notice, envelope.host));
  for (std::size_t at = 0; at < body.size(); at += mail_line) mail += body.substr(at, mail_line) + "\r\n";
  return mail;
}

}  // namespace supervisor
