#include "supervisor/http/serving_thread.h"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "common/threads.h"
#include "supervisor/http/auth_desk.h"
#include "supervisor/http/router.h"

namespace supervisor {

ServingThread::ServingThread(const Services& services, std::string instance, const HttpSettings& settings,
                             std::function<void(ThreadReport)> report)
    : work_(context_.get_executor()),
      sweep_timer_(context_),
      media_protected_(services.auth ? services.auth->media_protected() : nullptr),
      tell_(std::move(report)) {
  services_.host_names = services.host_names;
  services_.probe_agent = services.probe_agent;
  services_.find_stream = [this](std::string_view name) -> LiveStream* {
    const auto found = streams_.find(name);
    return found == streams_.end() ? nullptr : found->second.get();
  };
  connections_ = std::make_shared<Connections>(context_, services_, settings, std::move(instance));
  connections_->share_with(this);
  connections_->on_closed([this] { closed(); });
}

ServingThread::~ServingThread() {
  stop();
}

common::Result<void> ServingThread::start() {
  return common::start_thread(thread_, [this] { run(); });
}

void ServingThread::stop() {
  if (!thread_.joinable()) return;
  boost::asio::post(context_, [this] {
    connections_->close_all();
    report();
    context_.stop();
  });
  thread_.join();
}

// As that of the main thread: what a handler throws must not end the service.
void ServingThread::run() {
  (void)::pthread_setname_np(::pthread_self(), "serving");
  for (;;) {
    try {
      context_.run();
      return;
    } catch (const std::exception& failure) {
      spdlog::error("http: an exception reached a serving thread: {}", failure.what());
    } catch (...) {
      spdlog::error("http: something unknown was thrown into a serving thread");
    }
  }
}

void ServingThread::adopt(HandedConnection connection) {
  boost::asio::post(context_, [this, connection = std::move(connection)]() mutable {
    begin_sweeping();
    if (!connections_->adopt(std::move(connection))) closed();
  });
}

void ServingThread::publish(std::string name, std::shared_ptr<const LiveSnapshot> snapshot) {
  boost::asio::post(context_, [this, name = std::move(name), snapshot = std::move(snapshot)]() mutable {
    const auto found = streams_.find(name);
    if (found != streams_.end()) return found->second->replace(std::move(snapshot));
    streams_.emplace(std::move(name), std::make_unique<SnapshotStream>(std::move(snapshot)));
  });
}

void ServingThread::forget(std::string name) {
  boost::asio::post(context_, [this, name = std::move(name)] {
    const auto gone = streams_.extract(name);  // who is woken does not find it again
    if (gone) connections_->forget(*gone.mapped());
  });
}

void ServingThread::ask_to_close_idle(std::size_t most) {
  boost::asio::post(context_, [this, most] { connections_->close_idle(most); });
}

void ServingThread::wind_down() {
  boost::asio::post(context_, [this] { connections_->wind_down(); });
}

void ServingThread::close_all() {
  boost::asio::post(context_, [this] { connections_->close_all(); });
}

Place ServingThread::place_of(const HttpRequest& request) {
  if (media_protected_ && media_protected_->load()) return Place::Elsewhere;
  return streams_.contains(stream_of_media(request.method, request.target)) ? Place::Here : Place::Elsewhere;
}

void ServingThread::take(HandedConnection connection) {
  pending_.handed_back.push_back(std::move(connection));
  report();
}

void ServingThread::viewer(ViewerEvent event) {
  // A client that asks a thousand times a second is one viewer all the same.
  if (event.kind == ViewerEvent::Kind::Asked && !pending_.viewers.empty()) {
    ViewerEvent& last = pending_.viewers.back();
    if (last.kind == event.kind && last.group == event.group && last.stream == event.stream) {
      last.at = event.at;
      return;
    }
  }
  pending_.viewers.push_back(std::move(event));
  if (pending_.viewers.size() >= viewer_events_max) report();
}

void ServingThread::closed() {
  ++pending_.closed;
  report_soon();
}

void ServingThread::begin_sweeping() {
  if (std::exchange(sweeping_, true)) return;
  sweep();
}

// Rests while there is no connection: an unused thread costs nothing.
void ServingThread::sweep() {
  // First: what is thrown below must not end all deadlines.
  sweep_timer_.expires_after(connections_->settings().sweep);
  sweep_timer_.async_wait([this](const boost::system::error_code& failed) {
    if (failed) return;
    if (connections_->size() > 0) return sweep();
    sweeping_ = false;
    pending_.rests = true;
    report();
  });
  connections_->sweep();
  report();
}

// Many connections that end in one turn of the loop are one report.
void ServingThread::report_soon() {
  if (std::exchange(report_posted_, true)) return;
  boost::asio::post(context_, [this] {
    if (report_posted_) report();
  });
}

void ServingThread::report() {
  report_posted_ = false;
  ThreadReport report = std::exchange(pending_, {});
  report.counters = connections_->counters();
  report.waiting = connections_->waiting();
  report.until = connections_->now();
  tell_(std::move(report));
}

}  // namespace supervisor
