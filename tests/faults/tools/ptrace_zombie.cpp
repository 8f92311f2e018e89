// ptrace_zombie PID: a tracer that keeps a killed process from being reaped by its parent (fault P13).
// Attaches without stopping it, prints "attached", and lets go when its stdin ends. man 2 ptrace: a zombie
// whose tracer is not its parent stays until the tracer has waited for it or is gone.
#include <sys/ptrace.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  if (argc != 2 || ::ptrace(PTRACE_SEIZE, std::atoi(argv[1]), nullptr, nullptr) != 0) {
    std::perror("ptrace_zombie PID");
    return 1;
  }
  std::puts("attached");
  std::fflush(stdout);
  std::array<char, 64> ignored{};
  while (::read(STDIN_FILENO, ignored.data(), ignored.size()) > 0) {
  }
  return 0;
}
