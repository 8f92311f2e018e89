// Carries alerts out of the house: each delivery in a process of its own (`streamer-supervisor deliver`, the
// program that runs now), spawned and watched by the event loop, killed when it takes longer than its job
// allows or when this object goes. What hangs there (names, TLS, a receiver), what crashes there and what
// memory libcurl takes there is gone with it. The job goes through a sealed memfd: no secret is in an
// argument or in the environment.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "supervisor/alerts/delivery_job.h"

namespace supervisor {

class AlertCourier {
 public:
  // Processes at once; further jobs wait for their turn. Every receiver that can be configured, and some.
  static constexpr std::size_t running_max = 20;
  static constexpr std::chrono::seconds kill_after{2};  // above what the job allows

  explicit AlertCourier(boost::asio::io_context& loop);
  ~AlertCourier();  // stop()
  AlertCourier(const AlertCourier&) = delete;
  AlertCourier& operator=(const AlertCourier&) = delete;

  // Event-loop thread. Kills what is under way; it and whatever comes later is answered as unreachable.
  void stop();

  // For threads that may wait, and that may outlive this object: blocks until the job is done. Never on the
  // event loop's thread.
  class Desk;
  static Delivery carry(const std::shared_ptr<Desk>& desk, const DeliveryJob& job);
  const std::shared_ptr<Desk>& desk() const { return desk_; }

 private:
  std::shared_ptr<Desk> desk_;
};

}  // namespace supervisor
