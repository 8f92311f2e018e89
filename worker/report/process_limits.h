// Whether this process is about to hit a limit: asked by trying, which costs a system call or two. Any
// thread.
#pragma once

namespace worker {

// One more file descriptor can be had. A leak shows here before a call fails that has no way to say so.
bool descriptors_left();

// A few MiB, more than an encoder asks for at a time, can be had.
bool memory_left();

}  // namespace worker
