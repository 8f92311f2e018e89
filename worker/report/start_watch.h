// Asks for patience when a start takes long: opening an encoder or its device may hang for seconds without
// being at fault. As long as the object lives, every five seconds a message Extend, at most for a minute in
// all; what hangs longer is the supervisor's to judge. Has a thread of its own, because the one that starts
// is the one that is stuck.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "worker/report/message_sink.h"

namespace worker {

class StartWatch {
 public:
  static constexpr std::chrono::milliseconds step{5000};
  static constexpr int steps_max = 12;

  // what: "opening the encoder". period: shorter than `step` only in tests.
  StartWatch(MessageSink& sink, std::string what, std::chrono::milliseconds period = step);
  ~StartWatch();
  StartWatch(const StartWatch&) = delete;
  StartWatch& operator=(const StartWatch&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace worker
