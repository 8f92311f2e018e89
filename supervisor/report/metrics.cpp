#include "supervisor/report/metrics.h"

#include "supervisor/report/metrics_parts.h"

namespace supervisor {

std::string metrics_text(const Snapshot& snapshot, const Reliability& reliability,
                         const ServiceFacts& facts) {
  MetricsWriter text;
  add_service_metrics(text, snapshot);
  add_fact_metrics(text, facts);
  if (!snapshot.streams.empty()) add_stream_metrics(text, snapshot);
  if (!reliability.empty()) add_reliability_metrics(text, reliability);
  return text.take();
}

}  // namespace supervisor
