#include "worker/report/last_words.h"

#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>
#include <exception>
#include <new>

#include "common/exit_reason.h"

namespace worker {
namespace {

constexpr int patience_ms = 100;
constexpr rlim_t drill_bytes = 1u << 20;  // less than the process has: nothing more is mapped
constexpr std::size_t chunk_bytes = 1u << 20;

int words_fd = -1;
std::string& words() {
  static std::string line;
  return line;
}

[[noreturn]] void end_of_uncaught() {
  try {
    if (std::current_exception()) std::rethrow_exception(std::current_exception());
  } catch (const std::bad_alloc&) {
    end_out_of_memory();
  } catch (...) {
  }
  std::abort();
}

}  // namespace

void prepare_for_out_of_memory(int fd, const common::Sender& sender) {
  words() = common::format_message(
      sender, common::Bye{std::string(common::exit_reason_name(static_cast<int>(common::ExitReason::Memory))),
                          "out of memory"});
  words_fd = fd;
  std::set_new_handler(end_out_of_memory);
  std::set_terminate(end_of_uncaught);
}

void end_out_of_memory() {
  // Not through the sink: its lock may be held by this very thread. One write of a line is not torn.
  pollfd poll{words_fd, POLLOUT, 0};
  if (::poll(&poll, 1, patience_ms) == 1 && ::write(words_fd, words().data(), words().size()) < 0)
    ::_exit(static_cast<int>(common::ExitReason::Memory));
  ::_exit(static_cast<int>(common::ExitReason::Memory));
}

void run_out_of_memory() {
  const rlimit limit{drill_bytes, drill_bytes};
  ::setrlimit(RLIMIT_DATA, &limit);
  for (;;) {
    auto* chunk = new char[chunk_bytes];
    std::memset(chunk, 1, chunk_bytes);
  }
}

}  // namespace worker
