#include "supervisor/report/log_writer.h"

#include <utility>

namespace supervisor {

LogWriter::LogWriter(std::unique_ptr<LogOutput> output, Tell tell, std::size_t queue_lines_max)
    : output_(std::move(output)),
      tell_(std::move(tell)),
      queue_lines_max_(queue_lines_max),
      thread_([this] { run(); }) {}

LogWriter::~LogWriter() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  news_.notify_one();
  thread_.join();
}

void LogWriter::push(std::shared_ptr<const LogEntry> entry) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() == queue_lines_max_) {
      queue_.pop_front();
      ++dropped_;
    }
    queue_.push_back(std::move(entry));
  }
  news_.notify_one();
}

std::uint64_t LogWriter::lost() const {
  const std::lock_guard lock(mutex_);
  return dropped_ + refused_;
}

void LogWriter::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    news_.wait(lock, [this] { return ends_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const std::shared_ptr<const LogEntry> entry = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    write(*entry);
    tell_lost();
    lock.lock();
  }
}

void LogWriter::write(const LogEntry& entry) {
  const auto written = output_->write(entry);
  if (!written) {
    {
      const std::lock_guard lock(mutex_);
      ++refused_;
    }
    ++refused_in_a_row_;
    if (failing_.empty()) {
      failing_ = written.error().reason;
      tell_(LogLevel::Error,
            output_->name() + ": " + failing_ + "; the log goes on without it, and it is tried again");
    }
    return;
  }
  if (failing_.empty()) return;
  failing_.clear();
  tell_(LogLevel::Info, output_->name() + " is written again; " +
                            std::to_string(std::exchange(refused_in_a_row_, 0)) + " lines are missing there");
}

// Once all is caught up, or now and then when it never is.
void LogWriter::tell_lost() {
  std::uint64_t dropped = 0;
  bool behind = false;
  {
    const std::lock_guard lock(mutex_);
    dropped = dropped_ - dropped_told_;
    behind = !queue_.empty();
  }
  const auto now = std::chrono::steady_clock::now();
  if (dropped == 0 || (behind && now - told_at_ < lost_told_every)) return;
  dropped_told_ += dropped;
  told_at_ = now;
  tell_(LogLevel::Warn, std::to_string(dropped) + " log lines were dropped: " + output_->name() +
                            " did not take them in time");
}

}  // namespace supervisor
