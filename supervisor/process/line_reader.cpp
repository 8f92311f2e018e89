#include "supervisor/process/line_reader.h"

namespace supervisor {

void LineReader::feed(std::string_view bytes, const OnLine& on_line) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find_first_of("\n\r");
    take(bytes.substr(0, end), on_line);
    if (end == std::string_view::npos) return;
    end_line(on_line);
    bytes.remove_prefix(end + 1);
  }
}

void LineReader::finish(const OnLine& on_line) {
  end_line(on_line);
}

void LineReader::take(std::string_view piece, const OnLine& on_line) {
  if (skipping_) return;
  const std::size_t room = line_bytes_max_ - line_.size();
  line_.append(piece.substr(0, room));
  if (piece.size() <= room) return;
  on_line(line_, true);
  line_.clear();
  skipping_ = true;
  ++cut_lines_;
}

void LineReader::end_line(const OnLine& on_line) {
  if (!skipping_ && !line_.empty()) on_line(line_, false);
  line_.clear();
  skipping_ = false;
}

}  // namespace supervisor
