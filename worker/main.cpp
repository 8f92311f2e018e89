// streamer-worker: the disposable process that touches displays, codecs and networks. Chooses the role.
#include <cstdio>
#include <string>
#include <vector>

#include "common/exit_reason.h"
#include "common/version.h"
#include "worker/roles/probe.h"
#include "worker/roles/stream.h"

namespace {

constexpr const char* usage =
    "Usage: streamer-worker ROLE [OPTIONS]\n"
    "The process that captures, encodes and packages one stream; started by streamer-supervisor.\n\n"
    "Roles:\n"
    "  stream --config-fd N --generation G --nonce HEX   make media (fd 3: media socket, stdin: commands)\n"
    "  probe monitors [--display :N] [--xauthority FILE] [--monitor NAME]\n"
    "                                                    print the monitors as JSON\n"
    "  probe encoders                                    try every encoder, print the result as JSON\n"
    "  probe input (JSON | --config-fd N) [--disprove frozen|black|corrupt]\n"
    "                                                    open an input, print what comes from it as JSON\n"
    "      each with [--limit-ms N]: how long it may take\n\n"
    "  --help, --version\n";

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  const std::string role = args.empty() ? "" : args[0];
  if (role == "--help" || role == "-h") {
    std::fputs(usage, stdout);
    return 0;
  }
  if (role == "--version") {
    std::printf("streamer-worker %s\n", common::version);
    return 0;
  }
  if (role == "stream") return worker::run_stream(std::span(args).subspan(1));
  if (role == "probe") return worker::run_probe(std::span(args).subspan(1));
  std::fprintf(stderr, "streamer-worker: %s\n%s", role.empty() ? "a role is missing" : "unknown role", usage);
  return static_cast<int>(common::ExitReason::Usage);
}
