// One answer on its way into a socket: head and small body in one gather write, media with sendfile(2)
// straight from the memfd; through TLS in records of its greatest size, of which the first holds the head
// too. Never blocks: push() moves what the kernel takes and says whether to wait. The socket must be
// non-blocking and SIGPIPE ignored.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "supervisor/http/reply.h"
#include "supervisor/http/wire.h"

namespace supervisor {

class Outgoing {
 public:
  // Then it is the turn of other connections: half a millisecond of one core. A segment of 2 s fits.
  static constexpr std::size_t media_bytes_per_push = 2u << 20;

  // Blocked: the kernel takes no more now. Paused: it would, after the others.
  enum class Progress { Done, Blocked, Paused, Failed };

  // Takes an answer; `body` false (HEAD) sends the head only.
  void load(Reply&& reply, const HttpRequest& request, std::string_view date);
  // Takes bytes as they are (event streams).
  void load_text(std::string text);

  Progress push(Wire& wire);
  std::uint64_t bytes_moved() const {
    return bytes_moved_;
  }  // since construction: moves while the reader reads
  void clear();

 private:
  Progress push_clear(int socket_fd);
  Progress push_text(int socket_fd);
  Progress push_media(int socket_fd);
  Progress push_records(Wire& wire);
  // Fills `record` from where the sending is; less than it could only at the end, or when a body is shorter
  // than it was announced.
  std::string_view next_record(std::span<char> record, bool with_media) const;
  std::string_view head() const;
  std::string_view body() const;
  std::size_t text_bytes() const;   // head, and body but for media
  std::size_t media_bytes() const;  // the rest
  void moved(std::size_t bytes);
  void cork(int socket_fd, bool on);

  std::string head_;
  std::shared_ptr<const std::string> shared_head_;  // or this one
  std::shared_ptr<const std::string> shared_text_;
  std::string text_;
  std::string_view view_;
  MediaBytes media_;
  std::size_t sent_ = 0;  // of head and body together
  std::uint64_t bytes_moved_ = 0;
  bool corked_ = false;  // only full packets leave, until the end of the answer
};

}  // namespace supervisor
