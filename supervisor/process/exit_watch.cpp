#include "supervisor/process/exit_watch.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

namespace supervisor {

using boost::system::error_code;

ExitWatch::ExitWatch(boost::asio::io_context& loop, int pid, common::UniqueFd pidfd)
    : exit_(loop, pidfd.release()), reap_again_(loop), pid_(pid) {}

void ExitWatch::wait(Callbacks callbacks) {
  exit_.async_wait(Descriptor::wait_read,
                   [this, callbacks = std::move(callbacks)](error_code failure) mutable {
                     if (!failure) reap(std::move(callbacks));
                   });
}

void ExitWatch::signal(int number) {
  if (reaped_) return;
  // Not reaped: the pid, and the group it leads, cannot be anybody else's.
  if (number == SIGKILL) ::kill(-pid_, SIGKILL);
  ::syscall(SYS_pidfd_send_signal, exit_.native_handle(), number, nullptr, 0);
}

void ExitWatch::reap(Callbacks callbacks) {
  siginfo_t info{};
  // WNOWAIT first: while it is a zombie its process group is still its own and can be swept.
  const auto id = static_cast<id_t>(exit_.native_handle());
  const int seen = ::waitid(static_cast<idtype_t>(P_PIDFD), id, &info, WEXITED | WNOHANG | WNOWAIT);
  if (seen == 0 && info.si_pid == 0) {
    reap_again_.expires_after(reap_again_after);
    reap_again_.async_wait([this, callbacks = std::move(callbacks)](error_code failure) mutable {
      if (!failure) reap(std::move(callbacks));
    });
    return;
  }
  ::kill(-pid_, SIGKILL);
  callbacks.dead();
  ::waitid(static_cast<idtype_t>(P_PIDFD), id, &info, WEXITED | WNOHANG);
  reaped_ = true;
  error_code ignored;
  exit_.close(ignored);
  callbacks.reaped(info);
}

}  // namespace supervisor
