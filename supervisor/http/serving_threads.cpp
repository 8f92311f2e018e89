#include "supervisor/http/serving_threads.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "supervisor/http/auth_desk.h"
#include "supervisor/http/router.h"

namespace supervisor {
namespace {

constexpr std::chrono::seconds begin_again_after{10};

}  // namespace

ServingThreads::ServingThreads(boost::asio::io_context& context, const Services& services, Connections& own,
                               std::function<void()> on_closed)
    : context_(context),
      services_(services),
      own_(own),
      on_closed_(std::move(on_closed)),
      lanes_(static_cast<std::size_t>(own.settings().threads - 1)),
      viewers_(static_cast<std::size_t>(own.settings().threads)) {}

std::size_t ServingThreads::connections() const {
  std::size_t sum = 0;
  for (const Lane& lane : lanes_) sum += lane.connections;
  return sum;
}

std::size_t ServingThreads::waiting() const {
  std::size_t sum = 0;
  for (const Lane& lane : lanes_) sum += lane.waiting;
  return sum;
}

void ServingThreads::add_counters(HttpCounters& sum) const {
  for (const Lane& lane : lanes_) sum.add(lane.counters);
}

void ServingThreads::settle_viewers() {
  viewers_.reached(0, common::MonoTime::max());  // its own come before this call
  for (const ViewerEvent& event : viewers_.take())
    own_.count_viewer(event.kind, event.stream, event.group, event.at);
}

// ---- connections

Place ServingThreads::place_of(const HttpRequest& request) {
  if (request.over_tls || own_.is_closing()) return Place::HereForGood;
  const std::string_view name = stream_of_media(request.method, request.target);
  if (name.empty() || (services_.auth && services_.auth->protects_media()) || !watch(name))
    return Place::Here;
  if (own_.now() < begin_again_at_) return Place::Here;
  // The one that asks is among its own.
  return least_loaded().connections < own_.own_size() ? Place::Elsewhere : Place::HereForGood;
}

ServingThreads::Lane& ServingThreads::least_loaded() {
  return *std::min_element(lanes_.begin(), lanes_.end(), [](const Lane& one, const Lane& other) {
    return one.connections < other.connections;
  });
}

bool ServingThreads::begin(Lane& lane) {
  if (lane.thread) return true;
  const auto begun = new_thread(static_cast<std::size_t>(&lane - lanes_.data()), lane.thread);
  if (begun) return true;
  begin_again_at_ = own_.now() + begin_again_after;
  if (!std::exchange(told_of_failure_, true))
    spdlog::warn("http: {}; the main thread serves alone", begun.error().reason);
  return false;
}

common::Result<void> ServingThreads::new_thread(std::size_t number, std::unique_ptr<ServingThread>& place) {
  try {
    auto thread = std::make_unique<ServingThread>(
        services_, own_.instance(), own_.settings(),
        [weak = weak_from_this(), &context = context_, number](ThreadReport report) {
          boost::asio::post(context, [weak, number, report = std::move(report)]() mutable {
            if (const auto self = weak.lock()) self->heard(number, std::move(report));
          });
        });
    const auto started = thread->start();
    if (started) place = std::move(thread);
    return started;
  } catch (const std::exception& failure) {  // of Asio: no descriptors for another loop
    return common::error(failure.what());
  }
}

void ServingThreads::take(HandedConnection connection) {
  Lane& lane = least_loaded();
  if (own_.is_closing() || !begin(lane)) {
    own_.adopt(std::move(connection));
    return;
  }
  if (lane.connections++ == 0)
    viewers_.reached(1 + static_cast<std::size_t>(&lane - lanes_.data()), own_.now());
  for (auto& [live, stream] : streams_) tell(lane, stream);
  lane.thread->adopt(std::move(connection));
}

void ServingThreads::heard(std::size_t number, ThreadReport report) {
  Lane& lane = lanes_[number];
  lane.connections -= report.closed + report.handed_back.size();
  lane.waiting = report.waiting;
  lane.counters = std::move(report.counters);
  for (ViewerEvent& event : report.viewers) viewers_.add(std::move(event));
  if (report.rests && lane.connections == 0) rest(lane);
  // One that was handed over meanwhile is later than the report.
  viewers_.reached(1 + number, lane.connections == 0 ? common::MonoTime::max() : report.until);
  for (HandedConnection& connection : report.handed_back)
    if (!own_.adopt(std::move(connection))) ++report.closed;
  if (report.closed > 0) on_closed_();
}

// A snapshot keeps what has left the window meanwhile.
void ServingThreads::rest(Lane& lane) {
  for (const auto& [name, snapshot] : std::exchange(lane.told, {})) lane.thread->forget(name);
  if (connections() > 0) return;
  for (auto& [live, stream] : streams_) stream.snapshot.reset();
}

void ServingThreads::close_idle(std::size_t most) {
  for (const Lane& lane : lanes_)
    if (lane.connections > 0) lane.thread->ask_to_close_idle(most);
}

void ServingThreads::wind_down() {
  for (const Lane& lane : lanes_)
    if (lane.thread) lane.thread->wind_down();
}

void ServingThreads::close_all() {
  for (const Lane& lane : lanes_)
    if (lane.thread) lane.thread->close_all();
}

void ServingThreads::stop() {
  for (Lane& lane : lanes_) lane.thread.reset();
}

// ---- streams

bool ServingThreads::watch(std::string_view name) {
  LiveStream* live = services_.find_stream ? services_.find_stream(name) : nullptr;
  if (!live) return false;
  const auto known = streams_.find(live);
  if (known != streams_.end()) return true;
  if (!live->snapshot()) return false;
  streams_.emplace(live, Watched{.name = std::string(name), .live = live, .snapshot = {}});
  live->on_change([weak = weak_from_this(), live] {
    if (const auto self = weak.lock()) self->stream_changed(live);
  });
  return true;
}

// At once: the main thread answers with it from now on, and what it names has to be known to all.
void ServingThreads::stream_changed(const LiveStream* live) {
  const auto found = streams_.find(live);
  if (found == streams_.end()) return;
  for (Lane& lane : lanes_)
    if (lane.connections > 0) tell(lane, found->second);
}

// Of a stream that nobody else serves nothing is copied.
void ServingThreads::tell(Lane& lane, Watched& stream) {
  if (!stream.snapshot || stream.snapshot->version() != stream.live->version())
    stream.snapshot = stream.live->snapshot();
  auto& told = lane.told[stream.name];
  if (told == stream.snapshot) return;
  told = stream.snapshot;
  lane.thread->publish(stream.name, stream.snapshot);
}

void ServingThreads::forget(const LiveStream& stream) {
  const auto found = streams_.find(&stream);
  if (found == streams_.end()) return;
  for (Lane& lane : lanes_) {
    lane.told.erase(found->second.name);
    if (lane.thread) lane.thread->forget(found->second.name);
  }
  streams_.erase(found);
}

}  // namespace supervisor
