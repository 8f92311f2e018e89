#include "worker/report/start_watch.h"

namespace worker {

StartWatch::StartWatch(MessageSink& sink, std::string what, std::chrono::milliseconds period)
    : thread_([this, &sink, what = std::move(what), period] {
        std::unique_lock lock(mutex_);
        for (int i = 0; i < steps_max; ++i) {
          if (wake_.wait_for(lock, period, [this] { return done_; })) return;
          sink.send(common::Extend{step.count(), what + " takes long"});
        }
      }) {}

StartWatch::~StartWatch() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

}  // namespace worker
