#include "supervisor/keep/state_writer.h"

#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "common/atomic_file.h"
#include "common/threads.h"

namespace supervisor {
namespace {

constexpr std::size_t state_bytes_max = 4u << 20;

std::string state_path(const std::string& directory) {
  return directory + "/state.json";
}

}  // namespace

struct StateWriter::Shared {
  void run();

  std::string path;
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::optional<std::string> waiting;
  std::string error;
  std::uint64_t written = 0;
  bool stopping = false;
  bool finished = false;
  std::thread thread;
};

void StateWriter::Shared::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [this] { return stopping || waiting; });
    if (!waiting) break;
    const std::string text = std::move(*waiting);
    waiting.reset();
    lock.unlock();
    const auto done = common::write_atomically(path, text, 0600, true);
    lock.lock();
    error = done ? "" : done.error().reason;
    if (done) ++written;
  }
  finished = true;
  changed.notify_all();
}

StateWriter::StateWriter(const std::string& directory, const std::string& file_name) {
  if (directory.empty()) return;
  shared_ = std::make_shared<Shared>();
  shared_->path = directory + "/" + file_name;
  shared_->thread = std::thread([shared = shared_] { shared->run(); });
}

StateWriter::~StateWriter() {
  if (!shared_) return;
  std::unique_lock lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.notify_all();
  common::join_or_leave(lock, shared_->changed, shared_->finished, shared_->thread,
                        std::chrono::steady_clock::now() + stop_wait);
}

void StateWriter::offer(std::string text) {
  if (!shared_) return;
  const std::lock_guard lock(shared_->mutex);
  shared_->waiting = std::move(text);
  shared_->changed.notify_all();
}

std::string StateWriter::error() const {
  if (!shared_) return {};
  const std::lock_guard lock(shared_->mutex);
  return shared_->error;
}

std::uint64_t StateWriter::written() const {
  if (!shared_) return 0;
  const std::lock_guard lock(shared_->mutex);
  return shared_->written;
}

common::Result<std::string> read_soon(const std::string& path, std::size_t limit_bytes,
                                      std::chrono::milliseconds patience) {
  auto answer = std::make_shared<std::promise<common::Result<std::string>>>();
  auto future = answer->get_future();
  std::thread reader;
  const auto started = common::start_thread(
      reader, [answer, path, limit_bytes] { answer->set_value(common::read_file(path, limit_bytes)); });
  if (!started) return common::error("cannot read " + path + ": " + started.error().reason);
  reader.detach();  // left behind when the disk hangs: nobody can end it
  if (future.wait_for(patience) == std::future_status::ready) return future.get();
  return common::errno_error("cannot read " + path, ETIMEDOUT);
}

LoadedState load_state(const std::string& directory) {
  LoadedState loaded;
  if (directory.empty()) return loaded;
  const std::string path = state_path(directory);
  const auto text = read_soon(path, state_bytes_max);
  if (!text) {
    if (text.error().system_errno != ENOENT) loaded.warning = text.error().reason + "; it is ignored";
    return loaded;
  }
  auto state = parse_state(*text);
  if (state) {
    loaded.state = std::move(*state);
    return loaded;
  }
  const std::string aside = path + ".bad";
  const bool moved = std::rename(path.c_str(), aside.c_str()) == 0;
  loaded.warning = path + ": " + state.error().reason + "; it is ignored" + (moved ? ", see " + aside : "");
  return loaded;
}

}  // namespace supervisor
