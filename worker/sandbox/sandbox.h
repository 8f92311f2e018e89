// What a worker gives up before it opens its first input: whoever takes it over by a picture, a stream or a
// driver changes no file, starts no program and reaches no host that it was not told to reach. It keeps what
// it works with: reading, the X socket, devices below /dev, memory, threads. Files and programs by Landlock
// (landlock(7), Linux 5.13), programs and internet sockets by a seccomp filter (seccomp(2), libseccomp).
// Refuses to guard what was open before, and reading: the packaged unit hides what is not to be read.
#pragma once

#include <string>
#include <vector>

namespace worker {

struct SandboxPlan {
  bool network = false;  // internet sockets stay possible
};

// From now on, for this thread, those it makes and programs they would be: never undone. To be called while
// there is one thread. Returns what this machine could not do, in words; empty: all of it holds.
std::vector<std::string> enter_sandbox(const SandboxPlan& plan);

}  // namespace worker
