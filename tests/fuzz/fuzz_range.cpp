// link: supervisor_http
// Any bytes as a Range field: the verdict stays inside the representation; never a crash.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "supervisor/http/range.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::uint64_t whole = 0;
  if (size < sizeof whole) return 0;
  std::memcpy(&whole, data, sizeof whole);
  const std::string_view field(reinterpret_cast<const char*>(data) + sizeof whole, size - sizeof whole);
  const auto verdict = supervisor::judge_range(field, whole);
  if (verdict.kind != supervisor::RangeVerdict::Kind::Part) return 0;
  if (verdict.length == 0 || verdict.first >= whole || verdict.length > whole - verdict.first) std::abort();
  return 0;
}
