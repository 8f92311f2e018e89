// What differs between two grabs of the same size. Pure.
#pragma once

#include "worker/picture/rectangle.h"

namespace worker {

// The smallest rectangle around all pixels of another colour; empty when there is none. The fourth byte of a
// pixel, which means nothing, may make it larger, never not empty.
Rectangle changed_box(const Bgra& before, const Bgra& now);

}  // namespace worker
