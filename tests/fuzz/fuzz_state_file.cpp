// link: supervisor_keep
// The state file: of another version, edited by hand, half written by a dying disk. What is accepted is
// written again and read as the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "supervisor/keep/orphans.h"
#include "supervisor/keep/state_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const supervisor::WorkerRecord& worker : supervisor::parse_workers(text)) {
    if (worker.pid <= 1) std::abort();
  }
  const auto numbers = supervisor::numbers_after(text);
  if (numbers.next_msn < 0 || numbers.discontinuity_sequence < 0) std::abort();
  const auto state = supervisor::parse_state(text);
  if (!state) return 0;
  const auto again = supervisor::parse_state(supervisor::format_state(*state));
  if (!again || !(*again == *state)) std::abort();
  return 0;
}
