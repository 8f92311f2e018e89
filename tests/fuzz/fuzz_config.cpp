// link: supervisor_config
// Any bytes as a configuration file: an outcome, never a crash; what is accepted can be printed and read
// again.
#include <cstdlib>
#include <string_view>

#include "supervisor/config/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto outcome = supervisor::parse_config(text, "fuzz.json");
  if (outcome) {
    const auto printed = supervisor::format_config(outcome->config, supervisor::Secrets::Shown);
    const auto again = supervisor::parse_config(printed, "again.json");
    if (!again || !(again->config == outcome->config)) std::abort();
  }
  (void)supervisor::parse_watchdog(text, "fuzz.json", {});
  return 0;
}
