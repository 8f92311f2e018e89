// The worker's end of the media socket (fd 3): records out, never blocking the media thread. What the
// supervisor does not read at once waits in a bounded queue; a supervisor that reads nothing for long, or
// went away, is an error and the end of this life (class output). One thread.
#pragma once

#include <deque>

#include "common/media_record.h"
#include "common/unique_fd.h"
#include "worker/encode/encoder.h"

namespace worker {

class MediaSocket {
 public:
  static constexpr std::size_t queue_bytes_max = 32u << 20;
  static constexpr std::chrono::seconds silence_max{10};  // with bytes waiting and none taken

  // Takes a stream socket and makes it non-blocking.
  MediaSocket(common::UniqueFd socket, std::uint64_t generation);

  // Fills in generation and length of the header and queues header and bytes.
  common::Result<void> send(common::MediaRecord header, const Bytes& bytes, common::MonoTime now);
  // Writes what the socket takes. Call when poll() says POLLOUT, and at least once a second.
  common::Result<void> flush(common::MonoTime now);
  bool pending() const { return !queue_.empty(); }
  std::size_t queued_bytes() const { return queued_bytes_; }
  int fd() const { return socket_.get(); }

 private:
  common::UniqueFd socket_;
  std::uint64_t generation_;
  std::deque<Bytes> queue_;
  std::size_t front_written_ = 0;
  std::size_t queued_bytes_ = 0;
  common::MonoTime last_taken_{};
};

}  // namespace worker
