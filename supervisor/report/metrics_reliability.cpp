// Incidents, recoveries and availability.
#include <array>
#include <map>

#include "supervisor/report/metrics_parts.h"
#include "supervisor/supervise/failure_class.h"

namespace supervisor {
namespace {

void add_availability(MetricsWriter& text, const Reliability& reliability, std::string_view name,
                      std::string_view help, std::optional<double> (AvailabilitySums::*figure)() const) {
  bool headed = false;
  for (const auto& [stream, measured] : reliability) {
    const std::array<std::pair<std::string_view, const AvailabilitySums*>, 3> windows = {
        {{"1h", &measured.hour}, {"24h", &measured.day}, {"30d", &measured.month}}};
    for (const auto& [window, sums] : windows) {
      const auto value = (sums->*figure)();
      if (!value) continue;
      if (!headed) text.head(name, "gauge", help);
      headed = true;
      text.line(name, {{"stream", stream}, {"window", window}}, *value);
    }
  }
}

void add_recoveries(MetricsWriter& text, const Reliability& reliability) {
  text.head("stream_recovery_seconds", "histogram", "Time from a detected failure to the first new part.");
  for (const auto& [stream, measured] : reliability)
    add_histogram(text, "stream_recovery_seconds", stream, measured.recoveries);
}

// Each class has its line from the beginning: a rise from nothing to 1 is seen by nobody who asks for a rate.
void add_incidents(MetricsWriter& text, const Reliability& reliability) {
  text.head("incidents_total", "counter", "Failures since the start, by class.");
  for (const auto& [stream, measured] : reliability) {
    std::map<std::string_view, std::uint64_t> counts;
    for (std::size_t i = 0; i < failure_class_count; ++i)
      counts[failure_class_name(static_cast<FailureClass>(i))];
    counts.erase(failure_class_name(FailureClass::StopRequested));
    for (const auto& [failure, count] : measured.incidents_by_class) counts[failure] = count;
    for (const auto& [failure, count] : counts) {
      text.line("incidents_total", {{"stream", stream}, {"class", failure}}, as_double(count));
    }
  }
}

}  // namespace

void add_reliability_metrics(MetricsWriter& text, const Reliability& reliability) {
  add_incidents(text, reliability);
  add_recoveries(text, reliability);
  add_availability(text, reliability, "stream_picture_availability_ratio",
                   "Part of the wanted time in which viewers saw the wanted picture.",
                   &AvailabilitySums::picture);
  add_availability(text, reliability, "stream_availability_ratio",
                   "Part of the wanted time in which parts were published in time, whatever they showed.",
                   &AvailabilitySums::stream);
}

}  // namespace supervisor
