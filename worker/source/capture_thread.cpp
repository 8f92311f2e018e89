#include "worker/source/capture_thread.h"

#include <algorithm>
#include <iterator>

namespace worker {
namespace {

using std::chrono::steady_clock;

class Capture {
 public:
  Capture(Board& board, std::size_t index, const InputPlan& plan, const common::TimeGrid& grid)
      : board_(board), feed_(board.feeds[index]), plan_(plan), grid_(grid) {}

  void run() {
    std::unique_lock lock(board_.mutex);
    while (!board_.stop) {
      if (!source_)
        open(lock);
      else if (const auto slot = wait_for_slot(lock))
        capture(lock, *slot);
    }
    lock.unlock();
    source_.reset();
    lock.lock();
    feed_.finished = true;
    board_.news.notify_all();
  }

 private:
  using Lock = std::unique_lock<std::mutex>;

  // Calls out without the lock; the age of the call is on the board meanwhile.
  template <typename Call>
  auto outside(Lock& lock, Call call) {
    feed_.called = steady_clock::now();
    lock.unlock();
    std::vector<common::Message> messages;
    auto result = call(messages);
    lock.lock();
    feed_.called.reset();
    board_.add_messages(std::move(messages));
    return result;
  }

  void open(Lock& lock) {
    auto opened = outside(lock, [&](auto& messages) { return plan_.open(messages); });
    if (!opened) return fail(lock, opened.error().reason);
    source_ = std::move(*opened);
    last_slot_ = -1;
  }

  void capture(Lock& lock, common::Slot slot) {
    auto picture = outside(lock, [&](auto& messages) {
      auto captured = source_->capture(slot);
      messages = source_->take_messages();
      return captured;
    });
    if (!picture) return fail(lock, picture.error().reason);
    last_slot_ = slot;
    feed_.state = Feed::State::Giving;
    feed_.error.clear();
    feed_.slot = slot;
    feed_.life = steady_clock::now();
    ++feed_.captured;
    if (feed_.picture != *picture) ++feed_.changed;
    feed_.picture = *picture;
    board_.news.notify_all();
  }

  void fail(Lock& lock, const std::string& why) {
    feed_.state = Feed::State::Failed;
    feed_.error = why;
    feed_.picture.reset();
    board_.news.notify_all();
    lock.unlock();
    source_.reset();
    lock.lock();
    board_.wake.wait_until(lock, steady_clock::now() + retry_after, [&] { return board_.stop; });
  }

  // The slot that is due; slots that were missed are left out. Nothing: stop.
  std::optional<common::Slot> wait_for_slot(Lock& lock) {
    while (!board_.stop) {
      const int distance = feed_.full_rate ? 1 : grid_.fps * standby_seconds;
      const common::Slot running = grid_.slot_at(steady_clock::now());
      if (last_slot_ < 0 || running >= last_slot_ + distance) return running;
      board_.wake.wait_until(lock, grid_.time_of(last_slot_ + distance));
    }
    return std::nullopt;
  }

  Board& board_;
  Feed& feed_;
  const InputPlan& plan_;
  const common::TimeGrid& grid_;
  std::unique_ptr<Source> source_;
  common::Slot last_slot_ = -1;
};

}  // namespace

bool is_hung(const Feed& feed, common::MonoTime now) {
  return feed.called && now - *feed.called > call_time_max;
}

bool gives_pictures(const Feed& feed, common::MonoTime now) {
  return feed.state == Feed::State::Giving && !is_hung(feed, now);
}

void Board::add_messages(std::vector<common::Message> more) {
  std::move(more.begin(), more.end(), std::back_inserter(messages));
  if (messages.size() > messages_max)
    messages.erase(messages.begin(), messages.end() - static_cast<std::ptrdiff_t>(messages_max));
}

void run_capture(const std::shared_ptr<Board>& board, std::size_t index, const InputPlan& plan,
                 const common::TimeGrid& grid) {
  Capture(*board, index, plan, grid).run();
}

}  // namespace worker
