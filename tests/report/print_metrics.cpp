// Prints the metrics of the example, for promtool.
#include <cstdio>

#include "supervisor/report/metrics.h"
#include "tests/report/example_snapshot.h"

int main() {
  supervisor::Snapshot snapshot = supervisor::example_snapshot();
  snapshot.streams.push_back(supervisor::example_stream());
  snapshot.streams[1].name = "wall";
  snapshot.streams[1].next_retry_ms = 1500;
  std::fputs(
      supervisor::metrics_text(snapshot, supervisor::example_reliability(), supervisor::example_facts())
          .c_str(),
      stdout);
}
