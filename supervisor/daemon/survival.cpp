#include "supervisor/daemon/survival.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "supervisor/daemon/test_hooks.h"
#include "supervisor/http/listener.h"
#include "supervisor/http/server.h"

namespace supervisor {
namespace {

using namespace std::chrono_literals;
using common::MonoTime;

constexpr auto orphan_patience = 2s;
constexpr int turns_between_saves = 4;
constexpr int watchdog_share = 3;  // WATCHDOG=1 comes three times in the time that systemd allows
constexpr std::size_t playlist_bytes_max = 4u << 20;
constexpr std::chrono::milliseconds dead_man_patience{10'000};

MonoTime now() {
  return std::chrono::steady_clock::now();
}

const char* variable(const char* name) {
  return std::getenv(name);
}

// No worker shall talk to systemd.
ServiceNotify take_notify_socket() {
  ServiceNotify notify(variable("NOTIFY_SOCKET"));
  ::unsetenv("NOTIFY_SOCKET");
  return notify;
}

std::string listener_name(const std::string& address) {
  std::string name = "listen-" + address;
  std::replace(name.begin(), name.end(), ':', '_');  // systemd separates names by colons
  return name;
}

bool listens_on(int fd, const boost::asio::ip::tcp::endpoint& endpoint) {
  boost::asio::ip::tcp::endpoint bound;
  auto size = static_cast<socklen_t>(bound.capacity());
  int listening = 0;
  socklen_t option_size = sizeof listening;
  if (::getsockname(fd, bound.data(), &size) != 0 || size > bound.capacity()) return false;
  bound.resize(size);
  return bound == endpoint && ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &option_size) == 0 &&
         listening != 0;
}

// A watchdog of systemd kills without a word: the dead man speaks before it.
DeadManSettings dead_man_settings(const std::optional<std::chrono::microseconds>& watchdog) {
  DeadManSettings settings;
  settings.patience = dead_man_patience;
  if (watchdog) {
    const auto before = std::chrono::duration_cast<std::chrono::milliseconds>(*watchdog / 2);
    settings.patience = std::min(settings.patience, before);
  }
  settings.look_interval = std::clamp<std::chrono::milliseconds>(settings.patience / 20, 20ms, 500ms);
  return settings;
}

// Without what changes by itself with every moment.
std::string comparable(SavedState state) {
  for (auto& [name, stream] : state.streams) {
    stream.supervision.wait_left = stream.supervision.hardware_retry_left = 0ms;
    if (!stream.supervision.inputs) continue;
    for (auto& input : stream.supervision.inputs->selection.inputs) input.penalty = 0;  // wears off by itself
  }
  return format_state(state);
}

}  // namespace

Survival::Survival(boost::asio::io_context& loop, SurvivalPlan plan)
    : plan_(std::move(plan)),
      notify_(take_notify_socket()),
      handed_over_(take_handed_over()),
      watchdog_(watchdog_interval()),
      turn_timer_(loop),
      save_timer_(loop),
      orphan_timer_(loop) {
  for (const char* name : {"WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
}

Survival::~Survival() = default;

common::Result<void> Survival::begin() {
  directories_ = choose_directories(
      {plan_.server.runtime_dir, plan_.server.state_dir, plan_.config_path, plan_.server.listen}, variable);
  for (const std::string& warning : directories_.warnings) spdlog::warn("{}", warning);
  if (directories_.runtime.empty()) {
    spdlog::warn("no runtime directory: the window does not outlive this process; set server.runtime_dir");
  } else {
    auto lock = InstanceLock::take(directories_.runtime);
    if (!lock && lock.error().system_errno == EWOULDBLOCK) return lock.error();
    if (!lock) spdlog::warn("{}", lock.error().reason);
    if (lock) lock_.emplace(std::move(*lock));
  }
  if (lock_ && !directories_.in_memory) {
    spdlog::info("{} is not in memory: a slow disk can make the stream late; see server.runtime_dir",
                 directories_.runtime);
  }
  look_for_orphans();
  LoadedState loaded = load_state(directories_.state);
  if (!loaded.warning.empty()) spdlog::warn("{}", loaded.warning);
  former_ = std::move(loaded.state);
  writer_ = std::make_unique<StateWriter>(directories_.state);
  windows_ =
      std::make_unique<WindowKeep>(lock_ ? directories_.runtime : "", read_boot_id(), notify_, handed_over_);
  return {};
}

void Survival::look_for_orphans() {
  if (!lock_) return;
  orphans_ = kill_orphans(read_workers(directories_.runtime), plan_.worker_program);
  for (const Orphan& orphan : orphans_) {
    spdlog::warn("worker {} outlived its supervisor and was killed", orphan.pid);
  }
}

void Survival::report_orphans() {
  std::erase_if(orphans_, [](const Orphan& orphan) { return orphan.is_gone(); });
  for (const Orphan& orphan : orphans_) {
    spdlog::error("worker {} of the former supervisor cannot be killed; nothing of it can be published",
                  orphan.pid);
  }
}

void Survival::prepare(StreamPlan& plan, const std::string& output_dir) {
  Numbers known;
  if (const auto former = former_.streams.find(plan.name); former != former_.streams.end()) {
    plan.saved = former->second.supervision;
    known = former->second.numbers;
  }
  if (!output_dir.empty()) {
    const auto playlist = read_soon(output_dir + "/playlist.m3u8", playlist_bytes_max);
    if (playlist) known = later(known, numbers_after(*playlist));
  }
  written_[plan.name] = known;
  auto kept = windows_->open(plan.name, plan.publishing, known);
  if (!kept.text.empty()) {
    spdlog::log(kept.lost ? spdlog::level::warn : spdlog::level::info, "{}: {}", plan.name, kept.text);
  }
  if (kept.window) {
    // Numbers of lives go on even when the state file is lost: what is left of an old one stays fenced.
    if (!plan.saved && kept.window->position.generation > 0) {
      plan.saved.emplace();
      plan.saved->desired_up = !kept.window->position.stopped;
    }
    if (plan.saved) {
      plan.saved->generation = std::max(plan.saved->generation, kept.window->position.generation);
      // The state file may not have been written any more: what one of them hides stays hidden.
      plan.saved->paused = plan.saved->paused || kept.window->position.paused;
    }
  }
  kept_[plan.name] = std::move(kept);
}

void Survival::attach(StreamRunner& runner) {
  WindowKeep::Kept kept = std::move(kept_[runner.name()]);
  kept_.erase(runner.name());
  if (kept.window) runner.stream().restore(std::move(*kept.window), now());
  if (kept.journal) runner.stream().keep(std::move(kept.journal));
  runners_.push_back(&runner);
}

common::UniqueFd Survival::take_listener(const std::string& address) {
  const auto endpoint = parse_listen_address(address);
  if (!endpoint) return {};
  for (auto one = handed_over_.begin(); one != handed_over_.end(); ++one) {
    if (!listens_on(one->second.get(), *endpoint)) continue;
    common::UniqueFd found = std::move(one->second);
    handed_over_.erase(one);
    return found;
  }
  return {};
}

common::Result<void> Survival::listen(HttpServer& http, const std::string& address) {
  common::UniqueFd former = take_listener(address);
  const bool is_kept = static_cast<bool>(former);
  if (auto bound = http.listen(address, std::move(former)); !bound) return bound;
  if (!is_kept && !address.ends_with(":0")) {
    notify_.store(http.descriptors().back(), listener_name(address));
  }
  return {};
}

void Survival::serving() {
  // Sockets of addresses that are not served any more.
  for (const auto& [name, fd] : handed_over_) notify_.remove(name);
  handed_over_.clear();
  serving_ = true;
  save();  // numbers are written ahead before the first of them is used
  if (!orphans_.empty()) {
    orphan_timer_.expires_after(orphan_patience);
    orphan_timer_.async_wait([this](boost::system::error_code failure) {
      if (!failure) report_orphans();
    });
  }
  dead_man_ = std::make_unique<DeadMan>(dead_man_settings(watchdog_));
  turn();
}

void Survival::turn() {
  // Armed first: what follows may throw, and the loop goes on.
  turn_timer_.expires_after(watchdog_ ? std::min<std::chrono::nanoseconds>(turn_interval, *watchdog_ / 8)
                                      : std::chrono::nanoseconds(turn_interval));
  turn_timer_.async_wait([this](boost::system::error_code failure) {
    if (!failure) turn();
  });
  dead_man_->turned();
  const DeadMan::Step step("what the next process needs");
  run_test_hooks();
  if (!ready_ && !reloading_) ready_ = notify_.ready();
  notify_.flush_removals();
  feed_watchdog();
  if (++turns_ % turns_between_saves == 0) save();
}

void Survival::feed_watchdog() {
  std::string violated;
  for (const StreamRunner* runner : runners_) {
    if (const auto rule = runner->violated(now())) violated = runner->name() + ": " + *rule;
  }
  if (!violated.empty() && violated != violated_) spdlog::error("a rule does not hold: {}", violated);
  violated_ = violated;
  if (!watchdog_ || !violated.empty() || now() < fed_ + *watchdog_ / watchdog_share) return;
  if (notify_.watchdog()) fed_ = now();
}

void Survival::reloading() {
  reloading_ = true;
  ready_ = false;
  notify_.reloading();
}

void Survival::reloaded() {
  reloading_ = false;
  ready_ = notify_.ready();
}

void Survival::changed() {
  if (save_pending_ || !serving_) return;
  save_pending_ = true;
  save_timer_.expires_after(save_after);
  save_timer_.async_wait([this](boost::system::error_code failure) {
    save_pending_ = false;
    if (!failure) save();
  });
  note_workers();
  tell_status();
}

// For `systemctl status`.
void Survival::tell_status() {
  if (!notify_.active()) return;
  std::string text;
  for (const StreamRunner* runner : runners_) {
    const StreamSnapshot stream = runner->snapshot(now());
    text += (text.empty() ? "" : "; ") + stream.name + ": " + stream.state;
    if (!stream.reason.empty()) text += " (" + stream.reason + ")";
  }
  if (text != status_ && notify_.status(text)) status_ = text;
}

SavedState Survival::state() const {
  SavedState state;
  for (StreamRunner* runner : runners_) {
    SavedStream& stream = state.streams[runner->name()];
    stream.supervision = runner->saved(now());
    const Store& store = runner->stream().publisher().store();
    Numbers numbers{written_ahead(store.next_msn()), store.discontinuity_sequence()};
    for (const Segment& segment : store.window()) numbers.discontinuity_sequence += segment.discontinuity;
    const auto known = written_.find(runner->name());
    stream.numbers = known == written_.end() ? numbers : later(numbers, known->second);
  }
  return state;
}

// A window that does not outlive this process is worth a line, and so is one that does again.
void Survival::tell_journals() {
  for (StreamRunner* runner : runners_) {
    const Journal* journal = runner->stream().journal();
    std::string& told = journal_errors_[runner->name()];
    if (journal == nullptr || journal->error() == told) continue;
    told = journal->error();
    if (told.empty()) {
      spdlog::info("{}: the window outlives this process again", runner->name());
    } else {
      spdlog::warn("{}: the window would not outlive this process: {}", runner->name(), told);
    }
  }
}

void Survival::save() {
  if (!writer_ || runners_.empty()) return;
  tell_journals();
  SavedState current = state();
  std::string key = comparable(current);
  if (const std::string error = writer_->error(); error != state_error_) {
    state_error_ = error;
    if (!error.empty()) spdlog::warn("the state file: {}", error);
    if (!error.empty()) saved_key_.clear();
  }
  if (key == saved_key_) return;
  saved_key_ = std::move(key);
  for (const auto& [name, stream] : current.streams) written_[name] = stream.numbers;
  writer_->offer(format_state(current));
}

void Survival::note_workers() {
  if (!lock_) return;
  std::vector<WorkerRecord> workers;
  for (const StreamRunner* runner : runners_) {
    for (const int pid : runner->pids()) {
      if (const auto record = record_of(pid)) workers.push_back(*record);
    }
  }
  if (workers == workers_) return;
  if (const auto written = write_workers(directories_.runtime, workers); !written) {
    spdlog::warn("{}", written.error().reason);
  }
  workers_ = std::move(workers);
}

void Survival::stopping() {
  notify_.stopping();
}

void Survival::finish() {
  save();
  note_workers();
  turn_timer_.cancel();
  save_timer_.cancel();
  orphan_timer_.cancel();
  dead_man_.reset();
  writer_.reset();
}

}  // namespace supervisor
