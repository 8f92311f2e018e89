// One more thread that answers requests for media: an event loop of its own with connections, answers and
// deadlines of its own, made of the same parts as those of the main thread (connections.h). It knows streams
// by the snapshots that were posted to it, and shares nothing that changes. Whatever else is asked on its
// connections goes back to the main thread, unanswered. Never blocks.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "supervisor/http/connections.h"
#include "supervisor/http/other_threads.h"
#include "supervisor/media/snapshot_stream.h"

namespace supervisor {

// What a serving thread tells the main one.
struct ThreadReport {
  HttpCounters counters;    // since it began
  std::size_t waiting = 0;  // requests parked for media
  std::size_t closed = 0;   // connections, since the last report
  std::vector<ViewerEvent> viewers;
  common::MonoTime until{};                     // every earlier one has been told
  std::vector<HandedConnection> handed_back{};  // they are not its own any more
  bool rests = false;                           // it has had no connection for a while
};

class ServingThread : public OtherThreads {
 public:
  static constexpr std::size_t viewer_events_max = 4096;  // then it reports before its sweep

  // `services`: host names, the agent of the probe and the rule of media_is_open are taken from it.
  // `report` is called on the thread.
  ServingThread(const Services& services, std::string instance, const HttpSettings& settings,
                std::function<void(ThreadReport)> report);
  ~ServingThread() override;

  // The functions up to stop() belong to the main thread and return at once. The error: the system gives no
  // thread now.
  common::Result<void> start();
  void adopt(HandedConnection connection);
  void publish(std::string name, std::shared_ptr<const LiveSnapshot> snapshot);
  void forget(std::string name);  // as HttpServer::forget
  void ask_to_close_idle(std::size_t most);
  void wind_down();
  void close_all();
  // Ends it: waits for the turn of its loop that runs. What it holds is closed.
  void stop();

  // The rest belongs to the thread.
  Place place_of(const HttpRequest& request) override;
  void take(HandedConnection connection) override;
  void viewer(ViewerEvent event) override;
  std::size_t connections() const override { return 0; }
  void close_idle(std::size_t) override {}

 private:
  void run();
  void begin_sweeping();
  void sweep();
  void closed();
  void report();
  void report_soon();

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer sweep_timer_;
  std::map<std::string, std::unique_ptr<SnapshotStream>, std::less<>> streams_;
  Services services_;
  std::shared_ptr<const std::atomic<bool>> media_protected_;  // null: never
  std::shared_ptr<Connections> connections_;
  std::function<void(ThreadReport)> tell_;
  ThreadReport pending_;
  bool report_posted_ = false;
  bool sweeping_ = false;
  std::thread thread_;
};

}  // namespace supervisor
