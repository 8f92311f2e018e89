#include "supervisor/sse_reader.h"

namespace supervisor {

void SseReader::feed(std::string_view bytes, const std::function<void(const SseEvent&)>& take) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    if (line_.size() + event_.data.size() < event_bytes_max) {
      line_ += bytes.substr(0, end);
    } else {
      too_long_ = true;
    }
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    if (line_.ends_with('\r')) line_.pop_back();
    take_line(line_, take);
    line_.clear();
  }
}

void SseReader::take_line(std::string_view line, const std::function<void(const SseEvent&)>& take) {
  if (line.empty()) {
    if (!event_.data.empty() && !too_long_) take(event_);
    event_ = {};
    too_long_ = false;
    return;
  }
  const std::size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "id") event_.id = value;
  if (field == "event") event_.event = value;
  if (field != "data") return;
  if (!event_.data.empty()) event_.data += '\n';
  event_.data += value;
}

}  // namespace supervisor
