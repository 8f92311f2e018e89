#include "supervisor/daemon/alert_courier.h"

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>

#include "supervisor/process/orphan_sweep.h"
#include "supervisor/process/probe_run.h"

namespace supervisor {
namespace {

using namespace std::chrono_literals;

// Whatever file stands under our name by now, the job is understood by the program that wrote it.
constexpr const char* this_program = "/proc/self/exe";

Delivery unreachable(std::string error) {
  return {Delivery::Kind::Unreachable, std::move(error)};
}

Delivery delivery_of(const ProbeOutcome& outcome, std::chrono::milliseconds limit) {
  if (outcome.end == ProbeOutcome::End::Exited && outcome.code == 0) {
    if (auto delivery = parse_delivery(outcome.output)) return std::move(*delivery);
  }
  return unreachable("the delivery " + describe_outcome(outcome, limit));
}

// One job, between the thread that waits for it and the loop.
struct Errand {
  explicit Errand(const DeliveryJob& job)
      : limit(job.total + AlertCourier::kill_after), text(format_job(job)) {}

  void answer(Delivery given) {
    const std::lock_guard lock(mutex);
    if (!delivery) delivery = std::move(given);
    answered.notify_all();
  }
  Delivery wait() {
    std::unique_lock lock(mutex);
    answered.wait(lock, [this] { return delivery.has_value(); });
    return *delivery;
  }

  const std::chrono::milliseconds limit;
  const std::string text;
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<Delivery> delivery;
};

}  // namespace

// The mutex guards `loop`; the rest belongs to the loop's thread.
class AlertCourier::Desk : public std::enable_shared_from_this<Desk> {
 public:
  explicit Desk(boost::asio::io_context& loop) : loop_(&loop) {}

  // Any thread. False: closed.
  bool hand_over(const std::shared_ptr<Errand>& errand) {
    const std::lock_guard lock(mutex_);
    if (loop_ == nullptr) return false;
    boost::asio::post(*loop_, [self = shared_from_this(), errand] { self->take(errand); });
    return true;
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      loop_ = nullptr;
    }
    for (const auto& errand : std::exchange(waiting_, {})) errand->answer(unreachable("the service ends"));
    for (const auto& [errand, run] : std::exchange(running_, {})) {
      run->cancel();
      errand->answer(unreachable("the service ends"));
    }
  }

 private:
  void take(const std::shared_ptr<Errand>& errand) {
    if (loop_ == nullptr) return errand->answer(unreachable("the service ends"));
    waiting_.push_back(errand);
    run_waiting();
  }

  void run_waiting() {
    while (loop_ != nullptr && !waiting_.empty() && running_.size() < running_max) {
      const auto next = std::move(waiting_.front());
      waiting_.pop_front();
      run(next);
    }
  }

  void run(const std::shared_ptr<Errand>& errand) {
    const ProbePlan plan{.spawn = {this_program,
                                   {"deliver", "--config-fd", std::to_string(spawned_settings_fd)},
                                   errand->text},
                         .limit = errand->limit,
                         .orphans = &OrphanSweep::of(*loop_)};
    auto started =
        ProbeRun::start(*loop_, plan, [self = shared_from_this(), errand](const ProbeOutcome& outcome) {
          self->running_.erase(errand);
          errand->answer(delivery_of(outcome, errand->limit));
          self->run_waiting();
        });
    if (!started)
      return errand->answer(unreachable("no process for the delivery: " + started.error().reason));
    running_[errand] = std::move(*started);
  }

  std::mutex mutex_;
  boost::asio::io_context* loop_;  // null: closed
  std::deque<std::shared_ptr<Errand>> waiting_;
  std::map<std::shared_ptr<Errand>, std::shared_ptr<ProbeRun>> running_;
};

AlertCourier::AlertCourier(boost::asio::io_context& loop) : desk_(std::make_shared<Desk>(loop)) {}

AlertCourier::~AlertCourier() {
  stop();
}

void AlertCourier::stop() {
  desk_->close();
}

Delivery AlertCourier::carry(const std::shared_ptr<Desk>& desk, const DeliveryJob& job) {
  const auto errand = std::make_shared<Errand>(job);
  if (!desk->hand_over(errand)) return unreachable("the service ends");
  return errand->wait();
}

}  // namespace supervisor
