#include "worker/source/capture_thread.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace worker {
namespace {

using std::chrono::steady_clock;

// The sum over two openings of the same input.
Received sum_of(const Received& former, const Received& now) {
  Received sum = now;
  sum.pictures += former.pictures;
  sum.packets += former.packets;
  sum.bytes += former.bytes;
  sum.lost += former.lost;
  if (!sum.last_picture) sum.last_picture = former.last_picture;
  if (!sum.last_packet) sum.last_packet = former.last_packet;
  return sum;
}

class Capture {
 public:
  Capture(Board& board, Feed& feed, const InputPlan& plan, const common::TimeGrid& grid)
      : board_(board), feed_(feed), plan_(plan), grid_(grid) {}

  void run() {
    Lock lock(board_.mutex);
    while (!feed_.stop) {
      if (!source_)
        open(lock);
      else if (board_.parked && given_)
        check(lock);
      else if (const auto slot = wait_for_slot(lock))
        capture(lock, *slot);
    }
    lock.unlock();
    source_.reset();
    lock.lock();
    feed_.finished = true;
    if (feed_.left) feed_.leftovers->come_back();
    board_.news.notify_all();
  }

 private:
  using Lock = std::unique_lock<std::mutex>;

  // Calls out without the lock; the age of the call is in the feed meanwhile.
  template <typename Call>
  auto outside(Lock& lock, Call call) {
    feed_.called = steady_clock::now();
    lock.unlock();
    std::vector<common::Message> messages;
    auto result = call(messages);
    lock.lock();
    feed_.called.reset();
    tell(std::move(messages));
    return result;
  }

  // Mutex held, as in all that follow.
  void tell(std::vector<common::Message> messages) {
    for (common::Message& message : messages)
      if (auto* monitors = std::get_if<common::Monitors>(&message)) monitors->priority = feed_.priority;
    board_.add_messages(std::move(messages));
  }

  void open(Lock& lock) {
    auto opened = outside(lock, [&](auto& messages) { return plan_.open(messages); });
    if (!opened) return fail(lock, opened.error().reason);
    source_ = std::move(*opened);
    last_slot_ = -1;
    given_ = false;
    damage_before_ = feed_.damage_events;
    received_before_ = feed_.received.value_or(Received{});
  }

  // While parked: waits, then looks whether the source lives.
  void check(Lock& lock) {
    const auto due = steady_clock::now() + parked_check;
    const auto wanted = [&] { return feed_.stop || !board_.parked || !feed_.drill.empty(); };
    if (board_.wake.wait_until(lock, due, wanted) && feed_.drill.empty()) return;
    pass_drill_on();
    const auto lives = outside(lock, [&](auto& messages) {
      auto checked = source_->check();
      messages = source_->take_messages();
      return checked;
    });
    if (!lives) return fail(lock, lives.error().reason);
    feed_.life = steady_clock::now();
    take_signs();
  }

  void pass_drill_on() {
    const std::string fault = std::exchange(feed_.drill, {});
    if (!fault.empty() && !source_->drill(fault))
      board_.messages.emplace_back(
          common::LogLine{"warn", "drill " + fault + ": " + plan_.name + " has no such fault"});
  }

  void take_signs() {
    const SourceSigns signs = source_->signs();
    feed_.damage_events =
        signs.damage_events ? damage_before_ + *signs.damage_events : std::max(damage_before_, feed_.changed);
    feed_.display_asleep = signs.display_asleep;
    feed_.display_locked = signs.display_locked;
    feed_.capture_mode = signs.capture_mode;
    feed_.content = signs.content;
    behind_ = signs.behind;
    if (!signs.received) return;
    feed_.received = sum_of(received_before_, *signs.received);
    feed_.picture_at = feed_.received->last_picture;
    feed_.life = std::max(feed_.received->last_packet, feed_.picture_at);
  }

  void capture(Lock& lock, common::Slot slot) {
    pass_drill_on();
    const bool shown = feed_.full_rate;
    auto picture = outside(lock, [&, forget = std::exchange(feed_.forget, false)](auto& messages) {
      source_->show(shown);
      if (forget) source_->forget();
      auto captured = source_->capture(slot);
      messages = source_->take_messages();
      return captured;
    });
    if (!picture) return fail(lock, picture.error().reason);
    last_slot_ = slot;
    if (*picture) {
      give(slot, std::move(*picture));
      feed_.current = shown && feed_.full_rate && !behind_;
    } else {
      take_signs();
    }
  }

  void give(common::Slot slot, std::shared_ptr<const Picture> picture) {
    given_ = true;
    if (feed_.state != Feed::State::Giving || feed_.error_told) feed_.error.clear();
    feed_.state = Feed::State::Giving;
    feed_.slot = slot;
    feed_.life = steady_clock::now();
    feed_.picture_at = feed_.life;
    ++feed_.captured;
    if (feed_.picture != picture) ++feed_.changed;
    feed_.picture = std::move(picture);
    take_signs();
    board_.news.notify_all();
  }

  void fail(Lock& lock, const std::string& why) {
    const bool frozen = source_ && why.starts_with(frozen_tag);
    feed_.error = why;
    feed_.error_told = false;
    if (!frozen) {
      feed_.state = Feed::State::Failed;
      feed_.picture.reset();
    }
    board_.news.notify_all();
    lock.unlock();
    source_.reset();
    lock.lock();
    if (!frozen) wait_for_better_times(lock);
  }

  void wait_for_better_times(Lock& lock) {
    // Where threads get stuck, each attempt may cost another one.
    const int alive = feed_.leftovers ? feed_.leftovers->alive() : 0;
    const auto limit = steady_clock::now() + plan_.retry_after * (1 + stuck_patience * alive);
    while (!feed_.stop && steady_clock::now() < limit) {
      board_.wake.wait_until(lock, std::min(limit, steady_clock::now() + cause_look),
                             [&] { return feed_.stop; });
      if (plan_.cause_changed && plan_.cause_changed()) return;
    }
  }

  // The slot that is due; slots that were missed are left out. Nothing: stop, or parked.
  std::optional<common::Slot> wait_for_slot(Lock& lock) {
    while (!feed_.stop && (!board_.parked || !given_)) {
      const int seldom = grid_.fps * hidden_seconds;
      const int distance = !given_ ? 1 : feed_.full_rate ? board_.every : seldom;
      const common::Slot running = grid_.slot_at(steady_clock::now());
      const bool due_now = last_slot_ < 0 || running >= last_slot_ + distance;
      const bool asked = !given_ || board_.asked >= last_slot_ || running >= last_slot_ + seldom;
      if (due_now && asked) return running;
      board_.starving = board_.starving || due_now;
      const auto due = due_now ? common::MonoTime::max() : grid_.time_of(last_slot_ + distance);
      board_.wake.wait_until(lock, std::min(due, steady_clock::now() + hidden_look));
      if (source_->has_ended()) return grid_.slot_at(steady_clock::now());
    }
    return std::nullopt;
  }

  Board& board_;
  Feed& feed_;
  const InputPlan& plan_;
  const common::TimeGrid& grid_;
  std::unique_ptr<Source> source_;
  common::Slot last_slot_ = -1;  // of this opening
  bool given_ = false;           // a picture, since it was opened
  bool behind_ = false;          // as the source said last
  // Of former openings.
  std::uint64_t damage_before_ = 0;
  Received received_before_;
};

}  // namespace

bool is_hung(const Feed& feed, common::MonoTime now) {
  return feed.called && now - *feed.called > call_time_max;
}

void Board::add_messages(std::vector<common::Message> more) {
  std::move(more.begin(), more.end(), std::back_inserter(messages));
  if (messages.size() > messages_max)
    messages.erase(messages.begin(), messages.end() - static_cast<std::ptrdiff_t>(messages_max));
}

void run_capture(const std::shared_ptr<Board>& board, const std::shared_ptr<Feed>& feed,
                 const InputPlan& plan, const common::TimeGrid& grid) {
  Capture(*board, *feed, plan, grid).run();
}

}  // namespace worker
