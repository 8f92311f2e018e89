#include "supervisor/http/outgoing.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "supervisor/media/segment_body.h"

namespace supervisor {
namespace {

constexpr std::size_t tls_record_bytes = 16 * 1024;  // RFC 8446 5.1

// sendfile(2) moves as much at a time. Without a cork each such piece goes out by itself, in packets that do
// not fit it: a large one and a few bytes, and wakes the reader twice. Records of TLS leave faster without.
constexpr std::size_t piece_bytes = 64 * 1024;

bool must_wait() {
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

void add_slice(std::array<iovec, 2>& slices, std::size_t& count, std::string_view bytes) {
  if (bytes.empty()) return;
  slices[count].iov_base = const_cast<char*>(bytes.data());  // iovec has no const form; sendmsg only reads
  slices[count].iov_len = bytes.size();
  ++count;
}

}  // namespace

void Outgoing::load(Reply&& reply, const HttpRequest& request, std::string_view date) {
  clear();
  if (reply.head && !reply.close && request.keep_alive && request.http11) {
    shared_head_ = reply.head->text(reply, date);
  } else {
    format_head(reply, request, date, head_);
  }
  if (request.is_head()) return;
  shared_text_ = std::move(reply.shared_text);
  media_ = std::move(reply.media);
  view_ = reply.view;
  text_ = std::move(reply.text);
}

void Outgoing::cork(int socket_fd, bool on) {
  if (on == corked_) return;
  corked_ = on;
  const int value = on ? 1 : 0;
  (void)::setsockopt(socket_fd, IPPROTO_TCP, TCP_CORK, &value, sizeof value);
}

void Outgoing::load_text(std::string text) {
  clear();
  text_ = std::move(text);
}

void Outgoing::clear() {
  head_.clear();
  shared_head_.reset();
  shared_text_.reset();
  std::string().swap(text_);
  view_ = {};
  media_ = {};
  sent_ = 0;
}

std::string_view Outgoing::head() const {
  return shared_head_ ? *shared_head_ : head_;
}

std::string_view Outgoing::body() const {
  if (media_.body) return {};
  if (shared_text_) return *shared_text_;
  return view_.empty() ? std::string_view(text_) : view_;
}

std::size_t Outgoing::text_bytes() const {
  return head().size() + body().size();
}

std::size_t Outgoing::media_bytes() const {
  return media_.body ? media_.size : 0;
}

void Outgoing::moved(std::size_t bytes) {
  sent_ += bytes;
  bytes_moved_ += bytes;
}

Outgoing::Progress Outgoing::push(Wire& wire) {
  return wire.is_secured() ? push_records(wire) : push_clear(wire.socket());
}

Outgoing::Progress Outgoing::push_clear(int socket_fd) {
  if (media_bytes() > piece_bytes) cork(socket_fd, true);
  Progress progress = push_text(socket_fd);
  if (progress == Progress::Done && media_.body) progress = push_media(socket_fd);
  if (progress == Progress::Done) cork(socket_fd, false);
  return progress;
}

Outgoing::Progress Outgoing::push_text(int socket_fd) {
  const std::string_view head = this->head();
  const std::string_view rest = body();
  while (sent_ < text_bytes()) {
    std::array<iovec, 2> slices{};
    std::size_t count = 0;
    add_slice(slices, count, head.substr(std::min(sent_, head.size())));
    add_slice(slices, count, rest.substr(sent_ - std::min(sent_, head.size())));
    msghdr message{};
    message.msg_iov = slices.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(socket_fd, &message, MSG_NOSIGNAL | (media_.body ? MSG_MORE : 0));
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return must_wait() ? Progress::Blocked : Progress::Failed;
    moved(static_cast<std::size_t>(sent));
  }
  return Progress::Done;
}

Outgoing::Progress Outgoing::push_media(int socket_fd) {
  std::size_t budget = media_bytes_per_push;
  const std::size_t end = text_bytes() + media_bytes();
  while (sent_ < end) {
    if (budget == 0) return Progress::Paused;
    off_t offset = static_cast<off_t>(media_.offset + sent_ - text_bytes());
    const ssize_t sent = ::sendfile(socket_fd, media_.body->fd(), &offset, std::min(end - sent_, budget));
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return must_wait() ? Progress::Blocked : Progress::Failed;
    if (sent == 0) return Progress::Failed;  // shorter than announced: only cutting the connection says so
    moved(static_cast<std::size_t>(sent));
    budget -= static_cast<std::size_t>(sent);
  }
  return Progress::Done;
}

Outgoing::Progress Outgoing::push_records(Wire& wire) {
  std::array<char, tls_record_bytes> record;  // its content: next_record
  const std::uint64_t last = bytes_moved_ + media_bytes_per_push;
  const std::size_t end = text_bytes() + media_bytes();
  const bool sends_files = media_.body && wire.sends_files();
  while (sent_ < end) {
    if (bytes_moved_ >= last) return Progress::Paused;
    Wire::Moved step;
    if (sends_files && sent_ >= text_bytes()) {
      const std::size_t offset = media_.offset + sent_ - text_bytes();
      step = wire.send_file(media_.body->fd(), offset, std::min(end - sent_, media_bytes_per_push));
    } else {
      const std::string_view bytes = next_record(record, !sends_files);
      if (bytes.empty()) return Progress::Failed;  // as above
      step = wire.write(bytes);
    }
    if (step.state == Wire::State::NeedWrite) return Progress::Blocked;
    if (step.state != Wire::State::Done) return Progress::Failed;
    moved(step.bytes);
  }
  return Progress::Done;
}

std::string_view Outgoing::next_record(std::span<char> record, bool with_media) const {
  std::size_t filled = 0;
  const auto add = [&](std::string_view part, std::size_t begin) {
    const std::size_t at = sent_ + filled;
    if (at < begin || at >= begin + part.size()) return;
    filled += part.copy(record.data() + filled, record.size() - filled, at - begin);
  };
  add(head(), 0);
  add(body(), head().size());
  const std::size_t media_at = sent_ + filled - text_bytes();  // only used behind the text
  if (with_media && sent_ + filled >= text_bytes() && media_at < media_bytes()) {
    const std::size_t room = std::min(record.size() - filled, media_bytes() - media_at);
    const ssize_t got = ::pread(media_.body->fd(), record.data() + filled, room,
                                static_cast<off_t>(media_.offset + media_at));
    if (got > 0) filled += static_cast<std::size_t>(got);
  }
  return {record.data(), filled};
}

}  // namespace supervisor
