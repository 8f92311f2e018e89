// The Range field (RFC 9110 14.1.2). Pure, bounded: the first byte range is served; a request for several
// gets the whole representation (14.2 allows it), so a thousand overlapping ranges cost no more than none
// (fault N09).
#pragma once

#include <cstdint>
#include <string_view>

namespace supervisor {

struct RangeVerdict {
  enum class Kind { Whole, Part, Unsatisfiable };  // 200, 206, 416
  Kind kind = Kind::Whole;
  std::uint64_t first = 0;   // Part: offset of the first byte
  std::uint64_t length = 0;  // Part: at least 1
};

// `field`: the value of Range, empty when missing; `size`: bytes of the whole. A field that is not valid, or
// not of the unit bytes, is ignored: Whole.
RangeVerdict judge_range(std::string_view field, std::uint64_t size);

}  // namespace supervisor
