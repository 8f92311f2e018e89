// How this process ends when it runs out of memory: with the message "bye" and exit code 73, from whatever
// thread and library the request came. The words are prepared while there is memory.
#pragma once

#include "common/protocol.h"

namespace worker {

// From now on a failed allocation of C++, and a std::bad_alloc that nobody catches, is the end. fd: where
// messages go, of the process's lifetime.
void prepare_for_out_of_memory(int fd, const common::Sender& sender);

// Says bye and ends at once, without destructors.
[[noreturn]] void end_out_of_memory();

// The drill of it: takes memory until there is none, within a limit of its own.
[[noreturn]] void run_out_of_memory();

}  // namespace worker
