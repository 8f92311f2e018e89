#include "supervisor/daemon/history_desk.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>

namespace supervisor {
namespace {

using namespace std::chrono_literals;

std::int64_t second_of(common::MonoTime at) {
  return std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
}

HistoryTick tick_now() {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return {second_of(std::chrono::steady_clock::now()),
          std::chrono::floor<std::chrono::seconds>(wall).count()};
}

}  // namespace

HistoryDesk::HistoryDesk(boost::asio::io_context& loop, const std::string& folder,
                         std::function<Snapshot()> snapshot)
    : timer_(loop), snapshot_(std::move(snapshot)), writer_(folder, file_name) {
  if (folder.empty()) return;
  const std::string path = folder + "/" + file_name;
  const auto saved = read_soon(path, file_bytes_max);
  if (saved && !history_.restore(*saved, tick_now())) {
    spdlog::warn("{} is not a history of this version, or the clock was set back: it begins anew", path);
  } else if (!saved && saved.error().system_errno != ENOENT) {
    spdlog::warn("{}; the history begins anew", saved.error().reason);
  }
}

void HistoryDesk::add_stream(StreamRunner& runner) {
  runner.stream().on_change([this, &runner] {
    const std::int64_t late = std::max<std::int64_t>(0, runner.stream().publisher().part_late().count());
    std::int64_t& peak = late_ms_[runner.name()];
    peak = std::max(peak, late);
  });
}

void HistoryDesk::start() {
  wait();
}

void HistoryDesk::stop() {
  timer_.cancel();
  writer_.offer(history_.save(tick_now()));
}

// At the beginning of each second, so that none is left out or counted twice.
void HistoryDesk::wait() {
  const auto second = std::chrono::floor<std::chrono::seconds>(std::chrono::steady_clock::now()) + 1s;
  timer_.expires_at(second);
  timer_.async_wait([this, second](boost::system::error_code failure) {
    if (failure) return;
    tick(second);
    wait();
  });
}

void HistoryDesk::tick(common::MonoTime second) {
  history_.add(second_of(second), snapshot_(), late_ms_);
  late_ms_.clear();
  if (++since_save_ < seconds_between_saves) return;
  since_save_ = 0;
  writer_.offer(history_.save(tick_now()));
}

std::optional<std::string> HistoryDesk::json(std::string_view range) const {
  return history_.json(range, tick_now());
}

}  // namespace supervisor
