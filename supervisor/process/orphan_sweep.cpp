#include "supervisor/process/orphan_sweep.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/unique_fd.h"
#include "supervisor/process/spawn.h"

namespace supervisor {
namespace {

using boost::system::error_code;
using common::MonoTime;

constexpr std::size_t proc_bytes_max = 256 * 1024;  // an environment

MonoTime now() {
  return std::chrono::steady_clock::now();
}

std::string read_file(const std::string& path) {
  const common::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 4096> block{};
  while (file && text.size() < proc_bytes_max) {
    const ssize_t size = ::read(file.get(), block.data(), block.size());
    if (size <= 0) break;
    text.append(block.data(), static_cast<std::size_t>(size));
  }
  return text;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<int> numbers_in(std::string_view text) {
  std::vector<int> found;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (const auto one = number(text.substr(0, end))) found.push_back(*one);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return found;
}

// Numbers that are names in a folder of /proc.
std::vector<int> listed(const char* folder) {
  std::vector<int> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(folder), ::closedir);
  while (const dirent* entry = directory ? ::readdir(directory.get()) : nullptr) {
    if (const auto one = number(entry->d_name)) found.push_back(*one);
  }
  return found;
}

}  // namespace

// The fields of /proc/PID/stat behind the name that matter here.
struct OrphanRelation {
  int parent = 0, group = 0, session = 0;
};

namespace {

OrphanRelation relation_of(int pid) {
  const std::string text = read_file("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 4 > text.size()) return {};
  const auto fields = numbers_in(std::string_view(text).substr(name_end + 4, 64));
  if (fields.size() < 3) return {};
  return {fields[0], fields[1], fields[2]};
}

// proc(5): "children" is there only with CONFIG_PROC_CHILDREN.
bool kernel_lists_children() {
  static const bool does = ::access("/proc/thread-self/children", R_OK) == 0;
  return does;
}

std::vector<int> listed_children(const std::string& process) {
  std::vector<int> all;
  const std::string threads = "/proc/" + process + "/task";
  for (const int thread : listed(threads.c_str())) {
    const auto some = numbers_in(read_file(threads + "/" + std::to_string(thread) + "/children"));
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

// Where the kernel does not list them every process is a candidate. Ascending.
std::vector<int> possible_children() {
  std::vector<int> all = kernel_lists_children() ? listed_children("self") : listed("/proc");
  std::sort(all.begin(), all.end());
  return all;
}

// A descendant is not ours to reap: its number may be another's by now, so a descriptor holds the process
// while its parent is looked up.
void stop_descendant(int pid, int parent) {
  const common::UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process || relation_of(pid).parent != parent) return;
  ::syscall(SYS_pidfd_send_signal, process.get(), SIGSTOP, nullptr, 0);
}

}  // namespace

common::Result<void> become_subreaper() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
    return common::errno_error("prctl PR_SET_CHILD_SUBREAPER", errno);
  return {};
}

boost::asio::execution_context::id OrphanSweep::id;

OrphanSweep::OrphanSweep(boost::asio::execution_context& context)
    : boost::asio::execution_context::service(context),
      loop_(static_cast<boost::asio::io_context&>(context)),
      child_ended_(std::in_place, loop_, SIGCHLD),
      again_(std::in_place, loop_) {
  wait_for_child();
}

OrphanSweep& OrphanSweep::of(boost::asio::io_context& loop) {
  return boost::asio::use_service<OrphanSweep>(loop);
}

void OrphanSweep::shutdown() {
  child_ended_.reset();
  again_.reset();
}

void OrphanSweep::know(int pid) {
  workers_.insert(pid);
  sessions_.push_back(pid);  // a worker leads its session
  if (sessions_.size() > sessions_max) sessions_.pop_front();
}

void OrphanSweep::forget(int pid) {
  workers_.erase(pid);
  sweep();
}

// An orphan that ends tells so by SIGCHLD; so does every worker.
void OrphanSweep::wait_for_child() {
  child_ended_->async_wait([this](error_code failure, int) {
    if (failure) return;
    const MonoTime earliest = swept_at_ ? *swept_at_ + pause_min : now();
    if (now() >= earliest) {
      sweep();
    } else {
      sweep_after(pause_min);
    }
    wait_for_child();
  });
}

void OrphanSweep::sweep_after(std::chrono::milliseconds time) {
  const MonoTime at = now() + time;
  if (again_at_ && *again_at_ <= at) return;
  again_at_ = at;
  again_->expires_at(at);
  again_->async_wait([this](error_code failure) {
    if (failure) return;
    again_at_.reset();
    sweep();
  });
}

void OrphanSweep::sweep() {
  const MonoTime until = now() + budget;
  Round last;
  for (int i = 0; i < rounds_max; ++i) {
    last = round(until);
    if (!last.changed || now() >= until) break;
  }
  swept_at_ = now();
  if (last.left) sweep_after(last.changed || looked_up_to_ != 0 ? pause_min : repeat);
}

OrphanSweep::Round OrphanSweep::round(MonoTime until) {
  Round seen;
  seen.changed = reap(until);
  const auto all = possible_children();
  if (!freeze(all, until)) return {true, true};
  auto next = std::upper_bound(all.begin(), all.end(), looked_up_to_);
  looked_up_to_ = 0;
  for (; next != all.end(); ++next) {
    if (now() >= until) {
      looked_up_to_ = *next - 1;
      seen.left = true;
      return seen;
    }
    if (workers_.contains(*next)) continue;
    const std::size_t known = killing_.size();
    seen.left = kill_orphan(*next) || seen.left;
    seen.changed = seen.changed || killing_.size() > known;
  }
  return seen;
}

// A family that forks faster than it is killed is stopped first: who is stopped makes no children, and keeps
// its place under a limit of processes. True: a whole look found nobody new, or it has taken long enough.
bool OrphanSweep::freeze(const std::vector<int>& children, MonoTime until) {
  std::deque<std::pair<int, int>> family;  // process, parent: new ones
  bool complete = true, any = false;
  for (const int pid : children) {
    if (complete = now() < until; !complete) break;
    if (workers_.contains(pid)) continue;
    const bool known = frozen_.contains(pid);
    if (!known && !is_orphan(pid, relation_of(pid))) continue;
    any = true;
    if (!known) family.emplace_back(pid, ::getpid());
  }
  if (!any && complete) {
    frozen_.clear();
    freezing_since_.reset();
    return true;
  }
  if (!freezing_since_) freezing_since_ = now();
  const bool fresh = !family.empty();
  for (; !family.empty() && complete; family.pop_front()) {
    const auto [pid, parent] = family.front();
    if (!frozen_.insert(pid).second) continue;
    stop_descendant(pid, parent);
    if (!kernel_lists_children()) continue;
    for (const int child : listed_children(std::to_string(pid))) family.emplace_back(child, pid);
    complete = now() < until;
  }
  return (complete && !fresh) || now() - *freezing_since_ > freeze_patience;
}

bool OrphanSweep::is_orphan(int pid, const OrphanRelation& relation) const {
  return relation.parent == ::getpid() && (killing_.contains(pid) || is_ours(pid, relation.session));
}

// Whatever ended and is no worker. A worker that ended is next in the same turn of the loop: then the rest is
// reaped by the following sweep.
bool OrphanSweep::reap(MonoTime until) {
  bool reaped = false;
  while (now() < until) {
    siginfo_t info{};
    const int seen = ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT);
    if (seen != 0 || info.si_pid == 0) return reaped;
    if (workers_.contains(info.si_pid)) break;
    ::waitid(P_PID, static_cast<id_t>(info.si_pid), &info, WEXITED | WNOHANG);
    killing_.erase(info.si_pid);
    frozen_.erase(info.si_pid);
    reaped = true;
  }
  sweep_after(pause_min);
  return reaped;
}

// True: an orphan of a worker, and it is not gone yet. A child that was not waited for keeps its pid: kill
// cannot hit anybody else.
bool OrphanSweep::kill_orphan(int pid) {
  const OrphanRelation relation = relation_of(pid);
  if (!is_orphan(pid, relation)) return false;
  // Its group, when it is not our own, is of the same family.
  if (relation.group > 1 && relation.group != ::getpgrp()) ::kill(-relation.group, SIGKILL);
  ::kill(pid, SIGKILL);
  if (killing_.insert(pid).second) ++killed_;
  return true;
}

bool OrphanSweep::is_ours(int pid, int session) const {
  if (std::find(sessions_.begin(), sessions_.end(), session) != sessions_.end()) return true;
  const std::string environment = read_file("/proc/" + std::to_string(pid) + "/environ");
  const std::string mark = worker_mark();
  std::string_view rest = environment;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    if (rest.substr(0, end) == mark) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

}  // namespace supervisor
