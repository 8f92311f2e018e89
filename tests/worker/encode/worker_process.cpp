#include "tests/worker/encode/worker_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <thread>

extern char** environ;

namespace tests {
namespace {

using common::UniqueFd;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int own_fd_min = 10;  // above every number the child uses
const common::Sender sender{7, "c0ffee"};

UniqueFd moved_up(int fd) {
  UniqueFd moved(::fcntl(fd, F_DUPFD_CLOEXEC, own_fd_min));
  ::close(fd);
  return moved;
}

void make_pipe(UniqueFd& reader, UniqueFd& writer) {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) std::abort();
  reader = moved_up(fds[0]);
  writer = moved_up(fds[1]);
}

UniqueFd settings_file(const std::string& text) {
  UniqueFd file = moved_up(::memfd_create("settings", MFD_CLOEXEC));
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::abort();
  return file;
}

pid_t spawn(const std::string& program, const std::vector<std::string>& arguments,
            const std::vector<std::pair<int, int>>& fds) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const auto& [from, to] : fds) posix_spawn_file_actions_adddup2(&actions, from, to);
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t pid = -1;
  if (::posix_spawn(&pid, program.c_str(), &actions, nullptr, argv.data(), environ) != 0) pid = -1;
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

}  // namespace

common::WorkerSettings pattern_settings() {
  common::WorkerSettings settings;
  settings.stream = "test";
  settings.inputs.resize(2);
  settings.inputs[0].type = "pattern";
  settings.inputs[1].type = "slate";
  settings.video = {320, 180, 30, 1000, 2, "auto", "veryfast"};
  const std::int64_t now = steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  settings.grid = common::make_time_grid(30, 0.2, 2, 2, now - 5'000'000'000);
  return settings;
}

WorkerProcess::WorkerProcess(const std::string& settings, const std::string& test_encoder) {
  UniqueFd child_stdin, child_stderr;
  make_pipe(child_stdin, stdin_);
  make_pipe(stderr_, child_stderr);
  std::array<int, 2> sockets{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0) std::abort();
  media_ = moved_up(sockets[0]);
  const UniqueFd child_media = moved_up(sockets[1]);
  const UniqueFd file = settings_file(settings);
  ::setenv("STREAMER_TEST_ENCODER", test_encoder.c_str(), 1);
  pid_ = spawn(test_encoder.empty() ? STREAMER_WORKER : STREAMER_WORKER_FAULTY,
               {"stream", "--config-fd", "4", "--generation", "7", "--nonce", sender.nonce},
               {{child_stdin.get(), 0}, {child_stderr.get(), 2}, {child_media.get(), 3}, {file.get(), 4}});
}

WorkerProcess::~WorkerProcess() {
  if (pid_ < 0 || status_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void WorkerProcess::ignore_messages() {
  messages_wanted_ = false;
  while (::fcntl(stderr_.get(), F_SETPIPE_SZ, 4096) < 0) {
    std::array<char, 4096> rest{};
    if (::read(stderr_.get(), rest.data(), rest.size()) <= 0) return;
  }
}

void WorkerProcess::write(const std::string& bytes) {
  if (::write(stdin_.get(), bytes.data(), bytes.size()) < 0) other_lines.push_back("stdin is closed");
}

void WorkerProcess::read_some(milliseconds patience) {
  std::array<pollfd, 2> polls = {pollfd{media_wanted_ && !media_ended ? media_.get() : -1, POLLIN, 0},
                                 pollfd{messages_wanted_ ? stderr_.get() : -1, POLLIN, 0}};
  ::poll(polls.data(), polls.size(), static_cast<int>(patience.count()));
  std::vector<std::uint8_t> bytes(1 << 16);
  if (polls[0].revents != 0) {
    const ssize_t got = ::read(media_.get(), bytes.data(), bytes.size());
    media_ended = got <= 0;
    if (got > 0 && !reader_.feed({bytes.data(), static_cast<std::size_t>(got)}, records)) media_ended = true;
  }
  if (polls[1].revents == 0) return;
  const ssize_t got = ::read(stderr_.get(), bytes.data(), bytes.size());
  if (got <= 0) messages_wanted_ = false;
  for (ssize_t i = 0; i < got; ++i) {
    line_ += static_cast<char>(bytes[static_cast<std::size_t>(i)]);
    if (line_.back() != '\n') continue;
    auto message = common::parse_message(sender, line_);
    if (message) {
      messages.push_back(std::move(*message));
    } else {
      other_lines.push_back(line_);
    }
    line_.clear();
  }
}

bool WorkerProcess::read_until(const std::function<bool()>& done, milliseconds patience) {
  const auto limit = steady_clock::now() + patience;
  while (!done()) {
    if (steady_clock::now() > limit) return false;
    read_some(milliseconds(20));
  }
  return true;
}

bool WorkerProcess::wait_for_ready() {
  return read_until([this] { return find<common::Ready>() != nullptr; });
}

std::optional<int> WorkerProcess::wait_for_end(milliseconds patience) {
  const auto limit = steady_clock::now() + patience;
  while (!status_ && steady_clock::now() < limit) {
    read_some(milliseconds(5));
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_)
      status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  while (status_ && messages_wanted_) read_some(milliseconds(0));
  return status_;
}

std::vector<Item> WorkerProcess::parts() const {
  std::vector<Item> parts;
  for (const Item& item : records)
    if (item.header.type == common::RecordType::Part) parts.push_back(item);
  return parts;
}

std::vector<std::string> WorkerProcess::statuses(int priority) const {
  std::vector<std::string> all;
  for (const auto& message : messages) {
    const auto* report = std::get_if<common::InputReport>(&message);
    if (report == nullptr || report->priority != priority) continue;
    all.emplace_back(common::input_state_name(report->state));
    if (!report->error.empty()) all.back().append(" ").append(report->error, 0, report->error.find(':'));
  }
  return all;
}

const common::Heartbeat& WorkerProcess::last_beat() const {
  for (std::size_t i = messages.size(); i > 0; --i)
    if (const auto* beat = std::get_if<common::Heartbeat>(&messages[i - 1])) return *beat;
  std::abort();
}

std::chrono::nanoseconds WorkerProcess::cpu_time() const {
  clockid_t clock{};
  timespec spent{};
  if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &spent) != 0) std::abort();
  return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
}

int run_worker(const std::vector<std::string>& arguments) {
  UniqueFd reader, writer;
  make_pipe(reader, writer);
  const pid_t pid = spawn(STREAMER_WORKER, arguments, {{writer.get(), 1}, {writer.get(), 2}});
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace tests
