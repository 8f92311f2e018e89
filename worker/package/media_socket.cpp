#include "worker/package/media_socket.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>

namespace worker {
namespace {

constexpr int socket_buffer_bytes = 1 << 20;

}  // namespace

MediaSocket::MediaSocket(common::UniqueFd socket, std::uint64_t generation)
    : socket_(std::move(socket)), generation_(generation) {
  ::fcntl(socket_.get(), F_SETFL, ::fcntl(socket_.get(), F_GETFL) | O_NONBLOCK);
  // As much as the system allows: a key frame then leaves in one call.
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &socket_buffer_bytes, sizeof socket_buffer_bytes);
}

common::Result<void> MediaSocket::send(common::MediaRecord header, const Bytes& bytes, common::MonoTime now) {
  const std::size_t size = common::MediaRecord::header_bytes + bytes.size();
  if (bytes.size() > common::MediaRecord::length_max)
    return common::error("media socket: a record is too long");
  if (queued_bytes_ + size > queue_bytes_max)
    return common::error("media socket: the supervisor reads too slowly, the queue is full");
  header.generation = generation_;
  header.length = static_cast<std::uint32_t>(bytes.size());
  const auto head = common::encode_header(header);
  Bytes record(head.begin(), head.end());
  record.insert(record.end(), bytes.begin(), bytes.end());
  if (queue_.empty()) last_taken_ = now;
  queued_bytes_ += size;
  queue_.push_back(std::move(record));
  return flush(now);
}

common::Result<void> MediaSocket::flush(common::MonoTime now) {
  while (!queue_.empty()) {
    const Bytes& front = queue_.front();
    const ssize_t sent = ::send(socket_.get(), front.data() + front_written_, front.size() - front_written_,
                                MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (sent < 0) return common::errno_error("media socket", errno);
    last_taken_ = now;
    queued_bytes_ -= static_cast<std::size_t>(sent);
    front_written_ += static_cast<std::size_t>(sent);
    if (front_written_ < front.size()) continue;
    queue_.pop_front();
    front_written_ = 0;
  }
  if (!queue_.empty() && now - last_taken_ > silence_max)
    return common::error("media socket: the supervisor reads nothing any more");
  return {};
}

}  // namespace worker
