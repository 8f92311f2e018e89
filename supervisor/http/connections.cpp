#include "supervisor/http/connections.h"

#include <array>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <random>

namespace supervisor {

std::string make_instance() {
  std::random_device random;
  std::array<char, 16> text{};
  const int length = std::snprintf(text.data(), text.size(), "%08x", random());
  return {text.data(), static_cast<std::size_t>(length)};
}

Connections::Connections(boost::asio::io_context& context, const Services& services,
                         const HttpSettings& settings, std::string instance)
    : context_(context),
      settings_(settings),
      instance_(std::move(instance)),
      answerer_(services, instance_, settings.part_wait) {
  refresh_date();
}

void Connections::add(HttpSocket socket) {
  ++counters_.accepted;
  auto session = std::make_shared<HttpSession>(std::move(socket), *this);
  sessions_.insert(session);
  session->start(tls_);
}

bool Connections::adopt(HandedConnection connection) {
  HttpSocket socket(context_);
  const bool is_v6 = connection.request.peer.find(':') != std::string::npos;
  const auto protocol = is_v6 ? boost::asio::ip::tcp::v6() : boost::asio::ip::tcp::v4();
  boost::system::error_code failed;
  socket.assign(protocol, connection.socket.get(), failed);
  if (failed) return false;
  static_cast<void>(connection.socket.release());
  socket.non_blocking(true, failed);
  auto session = std::make_shared<HttpSession>(std::move(socket), *this);
  sessions_.insert(session);
  session->go_on(std::move(connection));
  return true;
}

void Connections::hand_over(const std::shared_ptr<HttpSession>& session, HandedConnection connection) {
  sessions_.erase(session);
  others_->take(std::move(connection));
}

std::size_t Connections::waiting() const {
  std::size_t count = 0;
  for (const auto& [stream, waiters] : waiters_) count += waiters.sessions.size();
  return count;
}

int Connections::viewers(std::string_view stream) const {
  const auto found = viewers_.find(stream);
  return found == viewers_.end() ? 0 : found->second.count(now());
}

void Connections::refresh_date() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count();
  if (seconds == date_seconds_) return;
  date_seconds_ = seconds;
  date_ = format_date(seconds);
  for (auto& [name, count] : viewers_) count.prune(now());
}

void Connections::sweep() {
  refresh_date();
  // A session may close itself, or make others close: walk a copy.
  const std::vector<std::shared_ptr<HttpSession>> all(sessions_.begin(), sessions_.end());
  const common::MonoTime time = now();
  for (const auto& session : all) session->sweep(time);
}

void Connections::close_idle(std::size_t most) {
  std::vector<std::shared_ptr<HttpSession>> idle;
  for (const auto& session : sessions_) {
    if (idle.size() == most) break;
    if (session->is_idle()) idle.push_back(session);
  }
  for (const auto& session : idle) session->close();
  if (others_ && idle.size() < most) others_->close_idle(most - idle.size());
}

void Connections::wind_down() {
  closing_ = true;
  const std::vector<std::shared_ptr<HttpSession>> all(sessions_.begin(), sessions_.end());
  for (const auto& session : all) session->wind_down();
}

void Connections::close_all() {
  const std::vector<std::shared_ptr<HttpSession>> all(sessions_.begin(), sessions_.end());
  for (const auto& session : all) session->close();
}

void Connections::closed(const std::shared_ptr<HttpSession>& session) {
  sessions_.erase(session);
  if (on_closed_) on_closed_();
}

// ---- waiting for media

void Connections::wait_for(LiveStream& stream, std::shared_ptr<HttpSession> session) {
  const auto [entry, is_new] = waiters_.try_emplace(&stream);
  entry->second.sessions.insert(std::move(session));
  if (is_new) watch(stream);
}

void Connections::leave_wait(LiveStream& stream, const std::shared_ptr<HttpSession>& session) {
  const auto found = waiters_.find(&stream);
  if (found != waiters_.end()) found->second.sessions.erase(session);
}

void Connections::watch(LiveStream& stream) {
  stream.on_change([weak = weak_from_this(), live = &stream] {
    if (const auto self = weak.lock()) self->stream_changed(live);
  });
}

// Posted, once per pass: a woken request must not run inside the publication that woke it.
void Connections::stream_changed(LiveStream* stream) {
  const auto found = waiters_.find(stream);
  if (found == waiters_.end() || found->second.sessions.empty() || found->second.wake_posted) return;
  found->second.wake_posted = true;
  boost::asio::post(context_.get_executor(), [weak = weak_from_this(), stream] {
    if (const auto self = weak.lock()) self->wake_waiters(stream);
  });
}

void Connections::wake_waiters(LiveStream* stream) {
  const auto found = waiters_.find(stream);
  if (found == waiters_.end()) return;
  found->second.wake_posted = false;
  const Sessions woken = std::exchange(found->second.sessions, {});
  for (const auto& session : woken) session->wake();
}

void Connections::forget(const LiveStream& stream) {
  const auto found = waiters_.find(&stream);
  if (found == waiters_.end()) return;
  const Sessions left = std::move(found->second.sessions);
  waiters_.erase(found);
  for (const auto& session : left) session->stream_gone();
}

// ---- viewers

ViewerCount& Connections::viewers_of(const std::string& stream) {
  return viewers_.try_emplace(stream, settings_.viewer_window).first->second;
}

void Connections::count_viewer(ViewerEvent::Kind kind, const std::string& stream, std::uint64_t group,
                               common::MonoTime at) {
  ViewerCount& viewers = viewers_of(stream);
  switch (kind) {
    case ViewerEvent::Kind::Asked:
      return viewers.asked(group, at);
    case ViewerEvent::Kind::BeganWaiting:
      return viewers.began_waiting(group, at);
    case ViewerEvent::Kind::EndedWaiting:
      return viewers.ended_waiting(group);
  }
}

void Connections::note_viewer(ViewerEvent::Kind kind, const std::string& stream, std::uint64_t group) {
  if (others_) return others_->viewer({.kind = kind, .stream = stream, .group = group, .at = now()});
  count_viewer(kind, stream, group, now());
}

void Connections::viewer_asked(const std::string& stream, std::uint64_t group) {
  note_viewer(ViewerEvent::Kind::Asked, stream, group);
}

void Connections::viewer_began_waiting(const std::string& stream, std::uint64_t group) {
  note_viewer(ViewerEvent::Kind::BeganWaiting, stream, group);
}

void Connections::viewer_ended_waiting(const std::string& stream, std::uint64_t group) {
  note_viewer(ViewerEvent::Kind::EndedWaiting, stream, group);
}

}  // namespace supervisor
