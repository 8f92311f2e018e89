#include "supervisor/http/outgoing.h"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "supervisor/media/segment_body.h"

namespace supervisor {
namespace {

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
  format_head(reply, request, date, head_);
  if (request.is_head()) return;
  shared_text_ = std::move(reply.shared_text);
  media_ = std::move(reply.media);
  view_ = reply.view;
  text_ = std::move(reply.text);
}

void Outgoing::load_text(std::string text) {
  clear();
  text_ = std::move(text);
}

void Outgoing::clear() {
  head_.clear();
  shared_text_.reset();
  std::string().swap(text_);
  view_ = {};
  media_ = {};
  text_sent_ = media_sent_ = 0;
}

std::string_view Outgoing::body() const {
  if (shared_text_) return *shared_text_;
  return view_.empty() ? std::string_view(text_) : view_;
}

Outgoing::Progress Outgoing::push(int socket_fd) {
  const Progress text = push_text(socket_fd);
  return text == Progress::Done && media_.body ? push_media(socket_fd) : text;
}

Outgoing::Progress Outgoing::push_text(int socket_fd) {
  const std::string_view head = head_;
  const std::string_view rest = media_.body ? std::string_view() : body();
  while (text_sent_ < head.size() + rest.size()) {
    std::array<iovec, 2> slices{};
    std::size_t count = 0;
    add_slice(slices, count, head.substr(std::min(text_sent_, head.size())));
    add_slice(slices, count, rest.substr(text_sent_ - std::min(text_sent_, head.size())));
    msghdr message{};
    message.msg_iov = slices.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(socket_fd, &message, MSG_NOSIGNAL | (media_.body ? MSG_MORE : 0));
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return must_wait() ? Progress::Blocked : Progress::Failed;
    text_sent_ += static_cast<std::size_t>(sent);
    bytes_moved_ += static_cast<std::uint64_t>(sent);
  }
  return Progress::Done;
}

Outgoing::Progress Outgoing::push_media(int socket_fd) {
  std::size_t budget = media_bytes_per_push;
  while (media_sent_ < media_.size) {
    if (budget == 0) return Progress::Blocked;
    off_t offset = static_cast<off_t>(media_.offset + media_sent_);
    const std::size_t wanted = std::min(media_.size - media_sent_, budget);
    const ssize_t sent = ::sendfile(socket_fd, media_.body->fd(), &offset, wanted);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return must_wait() ? Progress::Blocked : Progress::Failed;
    if (sent == 0) return Progress::Failed;  // shorter than announced: only cutting the connection says so
    media_sent_ += static_cast<std::size_t>(sent);
    bytes_moved_ += static_cast<std::uint64_t>(sent);
    budget -= static_cast<std::size_t>(sent);
  }
  return Progress::Done;
}

}  // namespace supervisor
