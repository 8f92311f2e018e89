// The parts of metrics.cpp, each in a file of its own; not for other rooms. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "supervisor/report/metrics.h"
#include "supervisor/report/metrics_writer.h"

namespace supervisor {

inline constexpr double bytes_per_mb = 1024.0 * 1024.0;

// One metric with one value; nothing: unknown now, the line is left out.
template <typename Source>
struct Metric {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  std::optional<double> (*value)(const Source&);
};

template <typename Number>
double as_double(Number number) {
  return static_cast<double>(number);
}

// The lines of one stream of a histogram, behind its head.
template <typename Times>
void add_histogram(MetricsWriter& text, const std::string& name, std::string_view stream,
                   const Times& times) {
  for (std::size_t i = 0; i < times.up_to.size(); ++i) {
    text.line(name + "_bucket", {{"stream", stream}, {"le", number_label(Times::bounds_seconds[i])}},
              as_double(times.up_to[i]));
  }
  text.line(name + "_bucket", {{"stream", stream}, {"le", "+Inf"}}, as_double(times.count));
  text.line(name + "_sum", {{"stream", stream}}, times.sum_seconds);
  text.line(name + "_count", {{"stream", stream}}, as_double(times.count));
}

void add_service_metrics(MetricsWriter& text, const Snapshot& snapshot);
void add_fact_metrics(MetricsWriter& text, const ServiceFacts& facts);
void add_stream_metrics(MetricsWriter& text, const Snapshot& snapshot);
void add_reliability_metrics(MetricsWriter& text, const Reliability& reliability);

}  // namespace supervisor
