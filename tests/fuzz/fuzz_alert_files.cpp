// link: supervisor_alerts
// What alerting keeps on disk: half written, edited by hand, of another version. What is accepted can be
// written and read again, goes on, and makes texts for every receiver.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "supervisor/alerts/alert_json.h"
#include "supervisor/alerts/alert_text.h"

namespace {

constexpr common::MonoTime now{std::chrono::hours(1)};

void write_texts(const supervisor::AlertNotice& notice) {
  const std::string mail = supervisor::mail_message(notice, {"a@x.org", {"b@x.org"}, "host"}, notice.at);
  if (mail.find("\n\n") != std::string::npos) std::abort();  // every line ends in CRLF
  const std::string others = supervisor::slack_body(notice, "host") +
                             supervisor::discord_body(notice, "host") +
                             supervisor::notice_body_json(notice, "host", notice.at);
  if (others.find('\n') != std::string::npos) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto queue = supervisor::parse_queue(text)) {
    if (!supervisor::parse_queue(supervisor::format_queue(*queue))) std::abort();
    for (const supervisor::AlertNotice& notice : queue->notices) write_texts(notice);
  }
  if (const auto saved = supervisor::parse_saved_alerts(text)) {
    supervisor::AlertBook book{supervisor::Alerts{}};
    book.restore(*saved, now, {});
    book.observe({}, now + std::chrono::hours(1), {});
    if (!supervisor::parse_saved_alerts(supervisor::format_saved_alerts(book.save()))) std::abort();
  }
  return 0;
}
