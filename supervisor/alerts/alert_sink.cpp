#include "supervisor/alerts/alert_sink.h"

#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "common/atomic_file.h"
#include "common/threads.h"
#include "supervisor/alerts/alert_json.h"

namespace supervisor {
namespace {

using namespace std::chrono_literals;
using common::MonoTime;
using Kind = Delivery::Kind;

constexpr std::size_t queue_bytes_max = 4u << 20;

MonoTime mono_now() {
  return std::chrono::steady_clock::now();
}
WallTime wall_now() {
  return std::chrono::system_clock::now();
}

}  // namespace

struct AlertSink::Shared {
  Shared(SinkSettings given, const std::string& given_folder, Carrier given_carrier, Log given_log)
      : settings(std::move(given)),
        folder(given_folder),
        path(folder + "/queue-" + settings.name + ".json"),
        carrier(std::move(given_carrier)),
        log(std::move(given_log)),
        queue(settings.retry_delay) {}

  void run();
  void load();
  void save(std::unique_lock<std::mutex>& lock);
  void attempt(std::unique_lock<std::mutex>& lock);
  void settle(const Delivery& delivery, bool ping, MonoTime at);
  void warn(const std::string& text);

  mutable std::mutex mutex;
  std::condition_variable changed;
  SinkSettings settings;
  const std::string folder;
  const std::string path;  // of the queue's file
  const Carrier carrier;
  const Log log;
  AlertQueue queue;
  std::optional<AlertNotice> ping;  // DeadMan: instead of the queue
  bool dirty = false;
  std::string storage_error;
  std::optional<WallTime> last_delivery;
  std::string last_error;
  std::optional<MonoTime> failing_since;
  bool tried = false;
  std::uint64_t delivered = 0, refused = 0, dropped = 0;
  std::map<std::string, MonoTime> told;  // by the thread: warnings
  std::atomic<bool> stopping{false};
  MonoTime stopped_at{};
  bool finished = false;
  std::thread thread;
};

void AlertSink::Shared::run() {
  load();
  std::unique_lock lock(mutex);
  while (!stopping) {
    if (dirty) save(lock);
    if (stopping) break;
    const auto next = queue.next();
    const bool due = settings.enabled && (ping || (next && *next <= mono_now()));
    if (due) {
      attempt(lock);
    } else if (dirty) {
      continue;
    } else if (settings.enabled && next) {
      changed.wait_until(lock, *next);
    } else {
      changed.wait(lock);
    }
  }
  if (dirty) save(lock);
  finished = true;
  changed.notify_all();
}

// What came meanwhile is newer.
void AlertSink::Shared::load() {
  if (folder.empty()) return;
  ::mkdir(folder.c_str(), 0700);
  const auto text = common::read_file(path, queue_bytes_max);
  if (!text) {
    if (text.error().system_errno != ENOENT) warn(text.error().reason + "; the queue begins anew");
    return;
  }
  auto saved = parse_queue(*text);
  if (!saved) return warn(path + ": " + saved.error().reason + "; the queue begins anew");
  const std::lock_guard lock(mutex);
  queue.restore(std::move(*saved));
}

void AlertSink::Shared::save(std::unique_lock<std::mutex>& lock) {
  dirty = false;
  if (folder.empty() || settings.kind == SinkKind::DeadMan) return;
  const std::string text = format_queue(queue.saved());
  lock.unlock();
  const auto done = common::write_atomically(path, text, 0600, true);
  lock.lock();
  storage_error = done ? "" : done.error().reason;
}

void AlertSink::Shared::attempt(std::unique_lock<std::mutex>& lock) {
  const bool is_ping = ping.has_value();
  auto notice = is_ping ? std::exchange(ping, std::nullopt) : queue.due(mono_now(), wall_now());
  const int expired = queue.take_expired();
  dropped += static_cast<std::uint64_t>(expired);
  dirty = dirty || expired > 0;
  if (!notice) return;
  const SinkSettings now = settings;
  lock.unlock();
  const Delivery delivery = deliver(now, *notice, carrier);
  lock.lock();
  if (stopping && delivery.kind != Kind::Done) return;  // it was cancelled
  settle(delivery, is_ping, mono_now());
}

void AlertSink::Shared::settle(const Delivery& delivery, bool is_ping, MonoTime at) {
  tried = true;
  const bool done = delivery.kind == Kind::Done;
  AlertQueue::Settled settled{is_ping && done ? 1 : 0, is_ping && !done ? 1 : 0};
  if (!is_ping) settled = queue.settle(delivery, at);
  delivered += static_cast<std::uint64_t>(settled.delivered);
  refused += static_cast<std::uint64_t>(settled.given_up);
  dirty = true;
  if (done) {
    if (failing_since && !stopping) log(false, settings.name + " is reached again");
    last_delivery = wall_now();
    last_error.clear();
    failing_since.reset();
    return;
  }
  const bool news = !failing_since || last_error != delivery.error;
  if (!failing_since) failing_since = at;
  last_error = delivery.error;
  if (settled.given_up > 0 && !is_ping) {
    log(true, settings.name + ": " + std::to_string(settled.given_up) +
                  " notices were given up: " + delivery.error);
  } else if (news) {
    log(true, settings.name + " is not reached: " + delivery.error +
                  (is_ping ? "" : "; " + std::to_string(queue.size()) + " notices wait"));
  }
}

void AlertSink::Shared::warn(const std::string& text) {
  const MonoTime at = mono_now();
  const auto [entry, is_new] = told.try_emplace(text, at);
  if (!is_new && at - entry->second < warning_interval) return;
  entry->second = at;
  if (!stopping) log(true, text);  // the log may be gone by then
}

AlertSink::AlertSink(SinkSettings settings, const std::string& folder, Carrier carrier, Log log)
    : shared_(std::make_shared<Shared>(std::move(settings), folder, std::move(carrier), std::move(log))) {
  shared_->thread = std::thread([shared = shared_] { shared->run(); });
}

AlertSink::~AlertSink() {
  stop();
  std::unique_lock lock(shared_->mutex);
  common::join_or_leave(lock, shared_->changed, shared_->finished, shared_->thread,
                        shared_->stopped_at + stop_wait);
}

void AlertSink::stop() {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->stopping.exchange(true)) return;
  shared_->stopped_at = mono_now();
  shared_->changed.notify_all();
}

void AlertSink::set_settings(SinkSettings settings) {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->settings == settings) return;
  shared_->queue.set_retry_delay(settings.retry_delay);
  shared_->queue.try_now();
  shared_->settings = std::move(settings);
  shared_->changed.notify_all();
}

SinkSettings AlertSink::settings() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->settings;
}

void AlertSink::send(AlertNotice notice) {
  const std::lock_guard lock(shared_->mutex);
  const SinkSettings& settings = shared_->settings;
  if (!settings.enabled) return;
  if (settings.kind == SinkKind::DeadMan) {
    shared_->ping = std::move(notice);
  } else {
    if (notice.alert.severity < settings.min_severity) return;
    shared_->dropped += static_cast<std::uint64_t>(shared_->queue.push(std::move(notice)));
    shared_->dirty = true;
  }
  shared_->changed.notify_all();
}

SinkStatus AlertSink::status() const {
  const std::lock_guard lock(shared_->mutex);
  SinkStatus status;
  status.name = shared_->settings.name;
  status.kind = shared_->settings.kind;
  status.enabled = shared_->settings.enabled;
  status.state = !status.enabled          ? "off"
                 : shared_->failing_since ? "failing"
                 : shared_->tried         ? "ok"
                                          : "unknown";
  status.last_delivery_at = shared_->last_delivery;
  status.last_error = shared_->last_error;
  if (status.enabled && shared_->failing_since) {
    status.failing_seconds = std::chrono::duration<double>(mono_now() - *shared_->failing_since).count();
  }
  status.pending = shared_->queue.size();
  status.delivered = shared_->delivered;
  status.failed = shared_->refused + shared_->dropped;
  status.dropped = shared_->dropped;
  return status;
}

std::string AlertSink::storage_error() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->storage_error;
}

}  // namespace supervisor
