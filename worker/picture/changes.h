// What differs between two grabs of the same size. Pure.
#pragma once

#include "worker/picture/rectangle.h"

namespace worker {

// The band of rows from the first to the last that differs, over the full width; empty when all are equal.
Rectangle changed_rows(const Bgra& before, const Bgra& now);

}  // namespace worker
