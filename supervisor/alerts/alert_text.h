// A notice as people read it, in each format. Everything from outside (reasons, errors, names) is text there
// and stays text: no header, mention, link or markup comes of it (faults A12). Pure.
#pragma once

#include <string>
#include <string_view>

#include "supervisor/alerts/alert.h"

namespace supervisor {

// One line, printable: "[desktop-streamer HOST] CRITICAL desktop: the stream is down (hold)".
std::string subject_text(const AlertNotice& notice, const std::string& host);
// Several lines, printable, each ending in \n; at most `length_max` bytes, then a line that says so.
std::string body_text(const AlertNotice& notice, const std::string& host, std::size_t length_max = 16'384);

// Incoming webhook of Slack: & < > escaped, no markup, no mentions, no previews.
std::string slack_body(const AlertNotice& notice, const std::string& host);
std::string slack_escaped(std::string_view text);
// Webhook of Discord: markup escaped, nobody mentioned, no previews; within its 2000 characters.
std::string discord_body(const AlertNotice& notice, const std::string& host);
std::string discord_escaped(std::string_view text);

// A mail as it goes over the wire (RFC 5322, 2045), lines ending in CRLF.
struct MailEnvelope {
  std::string from;
  std::vector<std::string> to;
  std::string host;  // of this machine: part of the Message-ID
};
std::string mail_message(const AlertNotice& notice, const MailEnvelope& envelope, WallTime sent_at);
// "Sat, 21 Nov 2026 12:00:00 +0000"
std::string mail_date(WallTime time);
// An unstructured header's text: as it is when ASCII, else RFC 2047 encoded words. Never a line break.
std::string mail_header_text(std::string_view text);

}  // namespace supervisor
