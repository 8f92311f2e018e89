// Threads that were told to end and did not: nobody can end a call that hangs, so they are left behind, and
// counted for as long as they live. Shared with those threads. Any thread.
#pragma once

#include <atomic>
#include <memory>

namespace worker {

class Leftovers {
 public:
  // all: counts the threads of several inputs; may be null.
  explicit Leftovers(std::shared_ptr<Leftovers> all = nullptr) : all_(std::move(all)) {}

  // One was left behind; one of them ended after all.
  void leave() { count(1); }
  void come_back() { count(-1); }
  int alive() const { return alive_.load(); }

 private:
  void count(int change) {
    alive_ += change;
    if (all_) all_->count(change);
  }
  const std::shared_ptr<Leftovers> all_;
  std::atomic<int> alive_{0};
};

}  // namespace worker
