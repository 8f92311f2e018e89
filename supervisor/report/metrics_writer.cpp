#include "supervisor/report/metrics_writer.h"

#include <array>
#include <charconv>
#include <cmath>

namespace supervisor {

std::string number_label(double value) {
  std::array<char, 32> digits{};
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

void MetricsWriter::add_name(std::string_view name) {
  if (name.substr(0, 8) != "process_") text_ += "desktop_streamer_";
  text_ += name;
}

void MetricsWriter::head(std::string_view name, std::string_view type, std::string_view help) {
  text_ += "# HELP ";
  add_name(name);
  text_.append(" ").append(help).append("\n# TYPE ");
  add_name(name);
  text_.append(" ").append(type).append("\n");
}

void MetricsWriter::line(std::string_view name, Labels labels, double value) {
  add_name(name);
  char before = '{';
  for (const Label& label : labels) {
    text_ += before;
    text_.append(label.name).append("=\"");
    add_escaped(label.value);
    text_ += '"';
    before = ',';
  }
  text_ += labels.size() == 0 ? " " : "} ";
  add_number(value);
  text_ += '\n';
}

void MetricsWriter::single(std::string_view name, std::string_view type, std::string_view help,
                           double value) {
  head(name, type, help);
  line(name, {}, value);
}

void MetricsWriter::add_escaped(std::string_view value) {
  for (const char c : value) {
    if (c == '\n') {
      text_ += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') text_ += '\\';
    text_ += c;
  }
}

// Locale has no say here, and whole numbers stay whole.
void MetricsWriter::add_number(double value) {
  if (std::isnan(value)) {
    text_ += "NaN";
  } else if (std::isinf(value)) {
    text_ += value > 0 ? "+Inf" : "-Inf";
  } else {
    std::array<char, 400> digits{};
    const bool whole = std::trunc(value) == value && std::abs(value) < 1e15;
    const auto end =
        whole ? std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<std::int64_t>(value))
                    .ptr
              : std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    text_.append(digits.data(), end);
  }
}

}  // namespace supervisor
