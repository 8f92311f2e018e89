#include "supervisor/process/spawn.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <vector>

namespace supervisor {
namespace {

using common::errno_error;
using common::Error;
using common::Result;
using common::UniqueFd;

constexpr int media_fd = 3;
constexpr int settings_fd = spawned_settings_fd;
constexpr int first_own_fd = 10;  // ours lie above the numbers the child gets, so that no dup2 overwrites one

struct Ends {
  UniqueFd ours;
  UniqueFd childs;
};

Result<UniqueFd> lifted(int fd) {
  UniqueFd low(fd);
  UniqueFd high(::fcntl(fd, F_DUPFD_CLOEXEC, first_own_fd));
  if (!high) return errno_error("cannot duplicate a descriptor for the worker", errno);
  return high;
}

Result<Ends> ends(int ours, int childs) {
  UniqueFd spare(childs);
  auto high_ours = lifted(ours);
  if (!high_ours) return high_ours.error();
  auto high_childs = lifted(spare.release());
  if (!high_childs) return high_childs.error();
  if (::fcntl(high_ours->get(), F_SETFL, O_NONBLOCK) != 0) return errno_error("fcntl O_NONBLOCK", errno);
  return Ends{std::move(*high_ours), std::move(*high_childs)};
}

Result<Ends> make_pipe(bool child_reads) {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) return errno_error("cannot make a pipe for the worker", errno);
  return child_reads ? ends(fds[1], fds[0]) : ends(fds[0], fds[1]);
}

Result<Ends> make_media_socket() {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0) {
    return errno_error("cannot make the media socket", errno);
  }
  return ends(fds[0], fds[1]);
}

Result<UniqueFd> settings_file(const std::string& text) {
  auto file = lifted(::memfd_create("worker-settings", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) return file.error();
  if (::write(file->get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return errno_error("cannot write the worker's settings", errno);
  }
  ::lseek(file->get(), 0, SEEK_SET);
  ::fcntl(file->get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  return file;
}

// What happens in the child between fork and exec: only async-signal-safe calls.
struct ChildSetup {
  std::array<std::array<int, 2>, 5> descriptors;  // {from, to}
  pid_t parent;
  const char* const* environment;  // ends with a null

  // errno, or 0.
  int apply() const {
    for (const auto& [from, to] : descriptors) {
      if (::dup2(from, to) < 0) return errno;
    }
    // Nothing else crosses the exec: Asio's sockets are not close-on-exec, and a worker that holds the
    // listening socket keeps the port from the next supervisor.
    ::close_range(settings_fd + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    ::setsid();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(0);  // the supervisor died before prctl took effect
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    const rlimit files{worker_files_max, worker_files_max};
    ::setrlimit(RLIMIT_NOFILE, &files);
    const rlimit core{0, 0};
    ::setrlimit(RLIMIT_CORE, &core);
    return 0;
  }
};

// The child of a failed exec ends by itself within microseconds; SIGKILL first, so that the wait cannot last.
void reap_failed_child(int pid) {
  if (pid <= 0) return;
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

std::vector<std::string> arguments(const SpawnPlan& plan) {
  return {plan.program,   "stream",
          "--config-fd",  std::to_string(settings_fd),
          "--generation", std::to_string(plan.generation),
          "--nonce",      plan.nonce};
}

// Ours with the mark. The strings of environ are not copied: nothing changes them before the exec.
std::vector<const char*> marked_environment(const std::string& mark) {
  const std::string name = mark.substr(0, mark.find('=') + 1);
  std::vector<const char*> all;
  for (const char* const* one = ::environ; one != nullptr && *one != nullptr; ++one) {
    if (!std::string_view(*one).starts_with(name)) all.push_back(*one);
  }
  all.push_back(mark.c_str());
  all.push_back(nullptr);
  return all;
}

// The child: never returns. Nobody else's code runs here: Asio would renew its reactor for a child that
// forgets it at once, and what it throws would go on as a second supervisor.
[[noreturn]] void become_worker(const char* program, char* const* argv, const ChildSetup& setup, int errors) {
  int number = setup.apply();
  if (number == 0) {
    ::execve(program, argv, const_cast<char* const*>(setup.environment));
    number = errno;
  }
  [[maybe_unused]] const ssize_t told = ::write(errors, &number, sizeof number);
  ::_exit(127);
}

// errno of a failed exec; 0 when the pipe ended with the exec. Blocks for the milliseconds between.
int wait_for_exec(int errors) {
  int number = 0;
  ssize_t size = 0;
  do {
    size = ::read(errors, &number, sizeof number);
  } while (size < 0 && errno == EINTR);
  return size == static_cast<ssize_t>(sizeof number) ? number : 0;
}

// `words`: the program and its arguments.
Result<int> launch(std::vector<std::string> words, const ChildSetup& setup) {
  const std::string program = words.front();
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return errno_error("cannot start " + program, errno);
  const UniqueFd reader(pipe[0]);
  auto writer = lifted(pipe[1]);
  if (!writer) return writer.error();
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) return errno_error("cannot start " + program, errno);
  if (pid == 0) become_worker(program.c_str(), argv.data(), setup, writer->get());
  writer->reset();
  const int failure = wait_for_exec(reader.get());
  if (failure == 0) return pid;
  reap_failed_child(pid);
  return errno_error("cannot start " + program, failure);
}

// The pidfd of a child just started; a child without one is ended.
Result<UniqueFd> open_pidfd(int pid) {
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, O_NONBLOCK)));
  if (pidfd) return pidfd;
  const int number = errno;
  reap_failed_child(pid);
  return errno_error("pidfd_open", number);
}

}  // namespace

Result<SpawnedWorker> spawn_worker(boost::asio::io_context&, const SpawnPlan& plan) {
  auto commands = make_pipe(true);
  if (!commands) return commands.error();
  auto messages = make_pipe(false);
  if (!messages) return messages.error();
  auto media = make_media_socket();
  if (!media) return media.error();
  auto settings = settings_file(plan.settings);
  if (!settings) return settings.error();
  auto null = lifted(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (!null) return null.error();

  const std::string mark = worker_mark();
  const auto environment = marked_environment(mark);
  const ChildSetup setup{{{{commands->childs.get(), STDIN_FILENO},
                           {null->get(), STDOUT_FILENO},
                           {messages->childs.get(), STDERR_FILENO},
                           {media->childs.get(), media_fd},
                           {settings->get(), settings_fd}}},
                         ::getpid(),
                         environment.data()};
  auto pid = launch(arguments(plan), setup);
  if (!pid) return pid.error();

  SpawnedWorker worker;
  worker.pid = *pid;
  auto pidfd = open_pidfd(*pid);
  if (!pidfd) return pidfd.error();
  worker.pidfd = std::move(*pidfd);
  worker.commands = std::move(commands->ours);
  worker.messages = std::move(messages->ours);
  worker.media = std::move(media->ours);
  return worker;
}

Result<SpawnedProbe> spawn_probe(const ProbeSpawn& plan) {
  auto output = make_pipe(false);
  if (!output) return output.error();
  auto errors = make_pipe(false);
  if (!errors) return errors.error();
  auto settings = settings_file(plan.settings);
  if (!settings) return settings.error();
  auto null = lifted(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) return null.error();

  const std::string mark = worker_mark();
  const auto environment = marked_environment(mark);
  const ChildSetup setup{{{{null->get(), STDIN_FILENO},
                           {output->childs.get(), STDOUT_FILENO},
                           {errors->childs.get(), STDERR_FILENO},
                           {null->get(), media_fd},
                           {settings->get(), settings_fd}}},
                         ::getpid(),
                         environment.data()};
  std::vector<std::string> words = plan.arguments;
  words.insert(words.begin(), plan.program);
  auto pid = launch(std::move(words), setup);
  if (!pid) return pid.error();
  auto pidfd = open_pidfd(*pid);
  if (!pidfd) return pidfd.error();
  return SpawnedProbe{*pid, std::move(*pidfd), std::move(output->ours), std::move(errors->ours)};
}

std::string worker_mark() {
  return "STREAMER_SUPERVISOR=" + std::to_string(::getpid());
}

std::string make_nonce() {
  std::array<unsigned char, 16> bytes{};
  // Up to 256 bytes come whole once the kernel's pool is seeded (getrandom(2)); only a signal can cut in
  // before.
  while (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
  }
  std::string text;
  for (const unsigned char byte : bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

}  // namespace supervisor
