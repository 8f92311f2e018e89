// Whether a picture shows nothing: information for people (a screen saver, a sleeping display), never a fault
// by itself. Pure.
#pragma once

#include "worker/picture/picture.h"

namespace worker {

inline constexpr int black_luma_max = 16;  // limited range: 16 is black

// Every pixel's luma is at most black_luma_max. Ends at the first row that shows something.
bool is_black(const Picture& picture);

}  // namespace worker
