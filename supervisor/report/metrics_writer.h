// Writes the Prometheus text format 0.0.4. Every name gets the prefix desktop_streamer_, but those that
// Prometheus' own libraries give to every process (process_...). Pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace supervisor {

// The shortest text that is read back as `value`, for a label.
std::string number_label(double value);

class MetricsWriter {
 public:
  struct Label {
    std::string_view name;
    std::string_view value;
  };
  using Labels = std::initializer_list<Label>;

  // Once, before the lines of a metric. `type`: counter, gauge, histogram.
  void head(std::string_view name, std::string_view type, std::string_view help);
  void line(std::string_view name, Labels labels, double value);
  // A metric without labels, whole.
  void single(std::string_view name, std::string_view type, std::string_view help, double value);

  std::string take() { return std::move(text_); }

 private:
  void add_name(std::string_view name);
  void add_escaped(std::string_view value);
  void add_number(double value);

  std::string text_;
};

}  // namespace supervisor
