// The serving threads as the main thread sees them: which connection goes where, what each thread has been
// told of every stream, what they report. Counts what they count into one. Event-loop thread only: it only
// posts to the threads and never waits for one, but in stop().
//
// A connection goes to the thread with the fewest; the main thread counts as one of them. A thread begins
// with its first connection.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "supervisor/http/connections.h"
#include "supervisor/http/other_threads.h"
#include "supervisor/http/serving_thread.h"

namespace supervisor {

class ServingThreads : public OtherThreads, public std::enable_shared_from_this<ServingThreads> {
 public:
  // `own`: the connections of the main thread; outlives this. settings().threads of it are there with the
  // main one. `on_closed` is called after connections of others were closed.
  ServingThreads(boost::asio::io_context& context, const Services& services, Connections& own,
                 std::function<void()> on_closed);

  std::size_t waiting() const;
  void add_counters(HttpCounters& sum) const;
  // Counts the viewers that all threads have told of, in the order of time.
  void settle_viewers();

  void forget(const LiveStream& stream);
  void wind_down();
  void close_all();
  // Ends the threads; what they hold is closed.
  void stop();

  Place place_of(const HttpRequest& request) override;
  void take(HandedConnection connection) override;
  void viewer(ViewerEvent event) override { viewers_.add(std::move(event)); }
  std::size_t connections() const override;
  void close_idle(std::size_t most) override;

 private:
  struct Lane {
    std::unique_ptr<ServingThread> thread;  // null: not begun
    std::size_t connections = 0;            // handed over, and neither closed nor handed back
    std::size_t waiting = 0;
    HttpCounters counters;
    std::map<std::string, std::shared_ptr<const LiveSnapshot>> told;
  };
  struct Watched {
    std::string name;
    LiveStream* live = nullptr;
    std::shared_ptr<const LiveSnapshot> snapshot;  // null: nobody was told of it
  };
  bool watch(std::string_view name);
  void stream_changed(const LiveStream* live);
  common::Result<void> new_thread(std::size_t number, std::unique_ptr<ServingThread>& place);
  void tell(Lane& lane, Watched& stream);
  Lane& least_loaded();
  bool begin(Lane& lane);
  void rest(Lane& lane);
  void heard(std::size_t number, ThreadReport report);

  boost::asio::io_context& context_;
  const Services& services_;
  Connections& own_;
  std::function<void()> on_closed_;
  std::vector<Lane> lanes_;
  std::map<const LiveStream*, Watched> streams_;
  ViewerLog viewers_;  // lane 0: the main thread
  bool told_of_failure_ = false;
  common::MonoTime begin_again_at_{};  // to begin a thread, after it failed
};

}  // namespace supervisor
