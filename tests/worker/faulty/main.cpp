// streamer-worker-faulty: the role `stream` of streamer-worker with encoders that fail as told
// (fault_encoder.h). Everything else is the product's own code; the product itself has no such hook.
#include <cstdio>
#include <cstdlib>

#include "common/exit_reason.h"
#include "tests/worker/faulty/fault_encoder.h"
#include "worker/roles/stream.h"

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  const char* text = std::getenv("STREAMER_TEST_ENCODER");
  const auto fault = tests::parse_fault(text == nullptr ? "none" : text);
  if (!fault || args.empty() || args[0] != "stream") {
    std::fprintf(stderr, "streamer-worker-faulty: %s\n",
                 fault ? "only the role stream" : fault.error().reason.c_str());
    return static_cast<int>(common::ExitReason::Usage);
  }
  return worker::run_stream(std::span(args).subspan(1),
                            [&](const std::string& name, const worker::EncoderSettings& settings) {
                              return tests::open_faulty_encoder(name, settings, *fault);
                            });
}
