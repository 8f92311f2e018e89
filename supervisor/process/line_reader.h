// Cuts what a worker writes on stderr into bounded lines, whatever the sizes of the reads. Pure.
//
// A line ends at '\n' or '\r' (progress bars end in '\r'); empty lines are skipped. A line longer than
// `line_bytes_max` is delivered once, cut there and marked, and its rest is skipped up to the next end of
// line: so a flood without an end costs no memory and the next heartbeat counts again (faults P22, P23).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace supervisor {

class LineReader {
 public:
  // `cut`: the line was longer. The view is valid during the call only.
  using OnLine = std::function<void(std::string_view line, bool cut)>;

  explicit LineReader(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

  void feed(std::string_view bytes, const OnLine& on_line);
  // The stream ended: delivers what is left without an end of line.
  void finish(const OnLine& on_line);

  std::uint64_t cut_lines() const { return cut_lines_; }

 private:
  void take(std::string_view piece, const OnLine& on_line);
  void end_line(const OnLine& on_line);

  std::size_t line_bytes_max_;
  std::string line_;
  bool skipping_ = false;
  std::uint64_t cut_lines_ = 0;
};

}  // namespace supervisor
