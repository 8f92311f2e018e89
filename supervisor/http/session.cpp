#include "supervisor/http/session.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <functional>

#include "supervisor/http/negotiate.h"

namespace supervisor {
namespace {

constexpr std::size_t requests_per_turn = 32;
constexpr std::size_t event_bytes_per_write = 64 * 1024;
constexpr std::size_t linger_bytes_max = 256 * 1024;
constexpr std::chrono::milliseconds linger_time{1000};
// Who is logged out, or is in the configuration no more, reads an event stream at most so much longer.
constexpr std::chrono::milliseconds access_check{2000};
constexpr std::string_view only_https =
    "desktop-streamer speaks HTTPS at this address: write https:// in front of it.";
// A peer that vanished is noticed without our writing: first probe, distance, probes, and the end of unsent
// data.
constexpr int keepalive_idle_s = 12;
constexpr int keepalive_interval_s = 4;
constexpr int keepalive_probes = 3;
constexpr unsigned user_timeout_ms = 25000;

template <typename Value>
void set_option(int fd, int level, int name, Value value) {
  // A socket without the option still works; nothing to do about a failure.
  (void)::setsockopt(fd, level, name, &value, sizeof value);
}

void tune(int fd, const HttpSettings& settings) {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, keepalive_idle_s);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, keepalive_interval_s);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, keepalive_probes);
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, user_timeout_ms);
  if (settings.send_buffer_bytes > 0) set_option(fd, SOL_SOCKET, SO_SNDBUF, settings.send_buffer_bytes);
}

RequestLimits limits_of(const HttpSettings& settings) {
  return {.header_bytes = settings.header_bytes,
          .target_bytes = settings.target_bytes,
          .body_bytes = settings.body_bytes,
          .header_fields = settings.header_fields};
}

std::string address_of_peer(const HttpSocket& socket) {
  boost::system::error_code failed;
  const auto peer = socket.remote_endpoint(failed);
  return failed ? std::string() : peer.address().to_string();
}

}  // namespace

HttpSession::HttpSession(HttpSocket socket, SessionHost& host)
    : socket_(std::move(socket)),
      wire_(socket_.native_handle()),
      host_(&host),
      reader_(limits_of(host.settings())) {
  input_.resize(host.settings().header_bytes + 1024);
}

void HttpSession::start(std::shared_ptr<const TlsContext> tls) {
  tune(socket_.native_handle(), host_->settings());
  std::string peer = address_of_peer(socket_);
  address_hash_ = std::hash<std::string>{}(peer);
  reader_.set_connection(std::move(peer), tls != nullptr);
  set_deadline(host_->settings().header);
  if (!tls) return read();
  if (!wire_.secure(std::move(tls))) return close();
  phase_ = Phase::Greeting;
  shake_hands();
}

void HttpSession::go_on(HandedConnection connection) {
  address_hash_ = std::hash<std::string>{}(connection.request.peer);
  reader_.go_on(std::move(connection.request));
  if (connection.unread.size() > input_.size()) input_.resize(connection.unread.size());
  input_end_ = connection.unread.copy(input_.data(), input_.size());
  answer_request();
}

void HttpSession::wait_until(HttpSocket::wait_type ready, void (HttpSession::*then)()) {
  socket_.async_wait(ready, [self = shared_from_this(), then](const boost::system::error_code& failed) {
    if (self->phase_ == Phase::Closed) return;
    if (failed) return self->close();
    (self.get()->*then)();
  });
}

void HttpSession::shake_hands() {
  switch (wire_.shake_hands()) {
    case Wire::State::NeedRead:
      return wait_until(HttpSocket::wait_read, &HttpSession::shake_hands);
    case Wire::State::NeedWrite:
      return wait_until(HttpSocket::wait_write, &HttpSession::shake_hands);
    case Wire::State::Done:
      phase_ = Phase::Reading;
      return read();
    case Wire::State::InClear:
      return refuse(400, only_https);
    default:
      ++host_->count().tls_failed;
      return close();
  }
}

bool HttpSession::is_idle() const {
  return phase_ == Phase::Reading && served_ && !request_begun_;
}

// ---- reading

void HttpSession::read() {
  if (reading_ || phase_ == Phase::Closed) return;
  if (input_begin_ > 0) {
    std::memmove(input_.data(), input_.data() + input_begin_, input_end_ - input_begin_);
    input_end_ -= input_begin_;
    input_begin_ = 0;
  }
  if (input_end_ == input_.size()) return;  // the rest waits in the kernel
  reading_ = true;
  if (wire_.is_secured()) {
    if (!wire_.has_pending()) return wait_until(HttpSocket::wait_read, &HttpSession::read_secured);
    // Not from here: process() may have called.
    return boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->read_secured(); });
  }
  socket_.async_read_some(boost::asio::buffer(input_.data() + input_end_, input_.size() - input_end_),
                          [self = shared_from_this()](const boost::system::error_code& failed,
                                                      std::size_t bytes) { self->on_read(failed, bytes); });
}

void HttpSession::read_secured() {
  if (phase_ == Phase::Closed) return;
  const auto got = wire_.read({input_.data() + input_end_, input_.size() - input_end_});
  if (got.state == Wire::State::NeedRead)
    return wait_until(HttpSocket::wait_read, &HttpSession::read_secured);
  if (got.state == Wire::State::NeedWrite)
    return wait_until(HttpSocket::wait_write, &HttpSession::read_secured);
  boost::system::error_code failed;
  if (got.state != Wire::State::Done) failed = boost::asio::error::eof;
  on_read(failed, got.bytes);
}

void HttpSession::on_read(const boost::system::error_code& failed, std::size_t bytes) {
  reading_ = false;
  if (phase_ == Phase::Closed) return;
  if (phase_ == Phase::Leaving) {
    input_end_ += bytes;  // its end, if that came, is found again where it goes
    return leave();
  }
  if (failed) return on_end_of_input();
  if (phase_ == Phase::Lingering) {
    lingered_bytes_ += bytes;
    if (lingered_bytes_ > linger_bytes_max) return close();
    return read();
  }
  input_end_ += bytes;
  if (phase_ == Phase::Reading) return process();
  if (phase_ == Phase::Waiting || phase_ == Phase::Streaming) read();  // so that its end is noticed
}

void HttpSession::on_end_of_input() {
  // A client that asked and shut its side still gets the answer that is being written; one that only waits is
  // gone.
  if (phase_ == Phase::Writing)
    ends_after_answer_ = true;
  else
    close();
}

void HttpSession::process() {
  if (processing_) return;
  processing_ = true;
  std::size_t left = requests_per_turn;
  while (phase_ == Phase::Reading && left > 0 && process_one()) --left;
  processing_ = false;
  if (phase_ != Phase::Reading) return;
  if (left > 0) return read();
  boost::asio::post(socket_.get_executor(), [self = shared_from_this()] {
    if (self->phase_ == Phase::Reading) self->process();
  });
}

// false: more bytes are needed.
bool HttpSession::process_one() {
  const auto step = reader_.read({input_.data() + input_begin_, input_end_ - input_begin_});
  input_begin_ += step.consumed;
  if (step.kind == RequestReader::Step::Kind::Bad) {
    refuse(step.status, step.detail);
    return true;
  }
  if (step.kind == RequestReader::Step::Kind::NeedMore) {
    if (!request_begun_ && input_begin_ != input_end_) {
      request_begun_ = true;
      if (served_) set_deadline(host_->settings().header);  // that of the first one runs
    }
    if (reader_.in_body() && !in_body_) continue_body();
    return false;
  }
  if (!stays_) {
    const Place place = host_->place_of(reader_.request());
    if (place == Place::Elsewhere) {
      leave();
      return true;
    }
    stays_ = place == Place::HereForGood;
  }
  answer_request();
  return true;
}

void HttpSession::answer_request() {
  ++host_->count().requests;
  std::string stream;
  Answer answer = host_->answerer().answer(reader_.request(), stream);
  if (!stream.empty()) host_->viewer_asked(stream, viewer_group());
  handle(std::move(answer));
}

// A read that is under way may have bytes already: it ends first.
void HttpSession::leave() {
  if (phase_ != Phase::Leaving) set_deadline(host_->settings().write_progress);
  phase_ = Phase::Leaving;
  boost::system::error_code ignored;
  if (reading_) {
    socket_.cancel(ignored);
    return;
  }
  HandedConnection connection{.socket = common::UniqueFd(socket_.release(ignored)),
                              .request = reader_.take(),
                              .unread = {input_.data() + input_begin_, input_end_ - input_begin_}};
  phase_ = Phase::Closed;
  std::exchange(host_, nullptr)->hand_over(shared_from_this(), std::move(connection));
}

void HttpSession::continue_body() {
  in_body_ = request_begun_ = true;
  set_deadline(host_->settings().body);
  if (!reader_.request().expects_continue || !reader_.request().http11) return;
  // Nothing else is being written now, and a client that misses it sends its body anyway (RFC 9110 10.1.1).
  // But no part of it may stay behind: TLS would send it in place of the answer's first bytes.
  constexpr std::string_view interim = "HTTP/1.1 100 Continue\r\n\r\n";
  const auto sent = wire_.write(interim);
  const bool missed = sent.state == Wire::State::NeedWrite && sent.bytes == 0 && !wire_.is_secured();
  if (!missed && sent.bytes != interim.size()) close();
}

void HttpSession::refuse(int status, std::string_view detail) {
  Reply reply = problem(status, detail);
  reply.close = true;
  send(std::move(reply));
}

// ---- answering

void HttpSession::handle(Answer answer) {
  if (auto* wait = std::get_if<MediaWait>(&answer)) return begin_wait(std::move(*wait));
  if (auto* subscription = std::get_if<EventSubscription>(&answer)) return begin_streaming(subscription->hub);
  if (const auto* later = std::get_if<LaterReply>(&answer)) return begin_later(*later);
  if (const auto* again = std::get_if<AskAgain>(&answer)) return begin_asking(*again);
  send(std::get<Reply>(std::move(answer)));
}

void HttpSession::send(Reply reply) {
  if (host_->is_closing()) reply.close = true;
  compress(reader_.request(), reply);
  host_->count().answers.add(request_class(reply.kind, reader_.request().target), reply.status);
  ends_after_answer_ |= reply.close || reply.open_ended || !reader_.request().keep_alive;
  phase_ = Phase::Writing;
  outgoing_.load(std::move(reply), reader_.request(), host_->date());
  set_deadline(host_->settings().write_progress);
  push();
}

void HttpSession::push() {
  const std::uint64_t before = outgoing_.bytes_moved();
  const auto progress = outgoing_.push(wire_);
  host_->count().bytes_sent += outgoing_.bytes_moved() - before;
  if (outgoing_.bytes_moved() != before) set_deadline(host_->settings().write_progress);
  if (progress == Outgoing::Progress::Failed) return close();
  if (progress == Outgoing::Progress::Done) return on_sent();
  push_later(progress == Outgoing::Progress::Paused);
}

// `writable`: the socket is, but others come first.
void HttpSession::push_later(bool writable) {
  if (sends_later_) return;
  sends_later_ = true;
  const auto go_on = [self = shared_from_this()](const boost::system::error_code& failed) {
    self->sends_later_ = false;
    if (self->phase_ == Phase::Closed) return;
    if (failed) return self->close();
    self->push();
  };
  if (!writable) return socket_.async_wait(HttpSocket::wait_write, go_on);
  boost::asio::post(socket_.get_executor(), [go_on] { go_on({}); });
}

void HttpSession::on_sent() {
  outgoing_.clear();
  if (phase_ == Phase::Streaming) {
    if (dropped_) return linger();
    return stream_more();
  }
  if (ends_after_answer_) return linger();
  reader_.next();
  request_begun_ = in_body_ = false;
  served_ = true;
  phase_ = Phase::Reading;
  set_deadline(host_->settings().idle);
  process();
}

// Closing with unread bytes of the peer would reset the connection and take the answer back.
void HttpSession::linger() {
  phase_ = Phase::Lingering;
  wire_.unsecure();
  boost::system::error_code ignored;
  socket_.shutdown(HttpSocket::shutdown_send, ignored);
  if (ignored) return close();
  input_begin_ = input_end_ = 0;
  set_deadline(linger_time);
  read();
}

void HttpSession::close() {
  if (phase_ == Phase::Closed) return;
  const auto self = shared_from_this();
  end_wait();
  end_streaming();
  phase_ = Phase::Closed;
  outgoing_.clear();
  boost::system::error_code ignored;
  socket_.close(ignored);
  std::exchange(host_, nullptr)->closed(self);
}

void HttpSession::wind_down() {
  if (phase_ == Phase::Waiting) {
    Reply reply = wait_ ? Answerer::timed_out() : Answerer::winding_down();
    end_wait();
    return send(std::move(reply));
  }
  if (phase_ == Phase::Leaving || phase_ == Phase::Lingering) return;
  if (phase_ == Phase::Writing)
    ends_after_answer_ = true;
  else
    close();
}

// ---- waiting for media

void HttpSession::begin_wait(MediaWait wait) {
  if (host_->is_closing()) return send(Answerer::timed_out());
  phase_ = Phase::Waiting;
  set_deadline(wait.timeout);
  wait_ = std::move(wait);
  host_->wait_for(*wait_->stream, shared_from_this());
  if (wait_->name.empty() && wait_->counts) host_->viewer_began_waiting(wait_->stream_name, viewer_group());
  read();
}

void HttpSession::end_wait() {
  if (!wait_) return;
  host_->leave_wait(*wait_->stream, shared_from_this());
  if (wait_->name.empty() && wait_->counts) host_->viewer_ended_waiting(wait_->stream_name, viewer_group());
  wait_.reset();
}

void HttpSession::wake() {
  if (phase_ != Phase::Waiting || !wait_) return;
  Answer answer = host_->answerer().look_again(reader_.request(), *wait_);
  if (std::holds_alternative<MediaWait>(answer))  // the deadline stays the one of the first look
    return host_->wait_for(*wait_->stream, shared_from_this());
  end_wait();
  handle(std::move(answer));
}

void HttpSession::stream_gone() {
  if (phase_ != Phase::Waiting || !wait_) return;
  end_wait();
  send(Answerer::stream_gone());
}

// ---- waiting for a service

void HttpSession::begin_later(const LaterReply& later) {
  phase_ = Phase::Waiting;
  set_deadline(host_->settings().later_wait);
  // Neither an answer after the deadline nor one to a former request may be written.
  later.start([weak = weak_from_this(), number = ++later_](Reply reply) {
    const auto self = weak.lock();
    if (!self || self->phase_ != Phase::Waiting || self->wait_ || self->later_ != number) return;
    self->send(std::move(reply));
  });
  if (phase_ == Phase::Waiting) read();  // so that its end is noticed
}

void HttpSession::begin_asking(const AskAgain& again) {
  phase_ = Phase::Waiting;
  set_deadline(host_->settings().later_wait);
  again.start([weak = weak_from_this(), number = ++later_] {
    const auto self = weak.lock();
    if (!self || self->phase_ != Phase::Waiting || self->wait_ || self->later_ != number) return;
    self->answer_again();
  });
  if (phase_ == Phase::Waiting) read();  // so that its end is noticed
}

void HttpSession::answer_again() {
  std::string stream;
  Answer answer = host_->answerer().answer(reader_.request(), stream);
  if (std::holds_alternative<AskAgain>(answer)) return send(Answerer::not_known_in_time());
  if (!stream.empty()) host_->viewer_asked(stream, viewer_group());
  handle(std::move(answer));
}

// ---- event streams

void HttpSession::begin_streaming(EventHub* hub) {
  hub_ = hub;
  host_->count().answers.add(RequestClass::Events, 200);
  event_position_ = hub->ring().position_after(reader_.request().last_event_id);
  std::weak_ptr<HttpSession> weak = weak_from_this();
  listener_ = hub->listen([weak] {
    if (const auto self = weak.lock(); self && self->phase_ == Phase::Streaming && !self->sends_later_)
      self->stream_more();
  });
  heartbeat_at_ = host_->now() + host_->settings().heartbeat;
  access_check_at_ = host_->now() + access_check;
  ends_after_answer_ = true;
  phase_ = Phase::Streaming;
  Reply head = event_stream_reply();
  head.text = "retry: 2000\n\n" + hub->ring().gap_after(reader_.request().last_event_id);
  outgoing_.load(std::move(head), reader_.request(), host_->date());
  set_deadline(host_->settings().write_progress);
  push();
  if (phase_ == Phase::Streaming) read();
}

// Only called when nothing is being written.
void HttpSession::stream_more() {
  std::string text;
  if (!hub_->ring().collect(event_position_, text, event_bytes_per_write)) {
    text = "event: dropped\ndata: {\"code\":\"slow_consumer\"}\n\n";
    dropped_ = true;
  }
  if (text.empty()) {
    deadline_ = common::MonoTime::max();  // silent is fine: the heartbeat looks after it
    return;
  }
  heartbeat_at_ = host_->now() + host_->settings().heartbeat;
  set_deadline(host_->settings().write_progress);
  outgoing_.load_text(std::move(text));
  push();
}

void HttpSession::end_streaming() {
  if (!hub_) return;
  std::exchange(hub_, nullptr)->stop_listening(listener_);
}

// ---- time

void HttpSession::set_deadline(std::chrono::milliseconds from_now) {
  deadline_ = host_->now() + from_now;
}

void HttpSession::sweep(common::MonoTime now) {
  if (phase_ == Phase::Closed) return;
  if (now >= deadline_) return on_deadline();
  if (phase_ == Phase::Streaming && now >= access_check_at_) {
    access_check_at_ = now + access_check;
    if (!host_->answerer().may_continue(reader_.request())) return close();
  }
  if (phase_ == Phase::Streaming && !sends_later_ && now >= heartbeat_at_) {
    heartbeat_at_ = now + host_->settings().heartbeat;
    set_deadline(host_->settings().write_progress);
    outgoing_.load_text(": still here\n\n");
    push();
  }
}

void HttpSession::on_deadline() {
  if (phase_ == Phase::Waiting) {
    Reply reply = wait_ ? Answerer::timed_out() : Answerer::not_answered();
    end_wait();
    return send(std::move(reply));
  }
  if (phase_ != Phase::Lingering && !is_idle()) ++host_->count().timed_out;
  if (phase_ == Phase::Reading && request_begun_) return refuse(408, "The request did not arrive in time.");
  close();
}

std::uint64_t HttpSession::viewer_group() const {
  return address_hash_ ^ (std::hash<std::string>{}(reader_.request().user_agent) * 0x9e3779b97f4a7c15ULL);
}

}  // namespace supervisor
