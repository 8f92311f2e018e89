// SHELL: what /proc and the kernel say of this process, for metrics. No disk, no waiting; some microseconds.
// Any thread.
#pragma once

#include "supervisor/report/service_facts.h"

namespace supervisor {

// What cannot be read stays 0.
ProcessFacts read_own_process();

}  // namespace supervisor
