// One answer on its way into a socket: head and small body in one gather write, media with sendfile(2)
// straight from the memfd. Never blocks: push() moves what the kernel takes and says whether to wait. The
// socket must be non-blocking and SIGPIPE ignored.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "supervisor/http/reply.h"

namespace supervisor {

class Outgoing {
 public:
  static constexpr std::size_t media_bytes_per_push = 1u << 20;  // then it is the turn of other connections

  enum class Progress { Done, Blocked, Failed };

  // Takes an answer; `body` false (HEAD) sends the head only.
  void load(Reply&& reply, const HttpRequest& request, std::string_view date);
  // Takes bytes as they are (event streams).
  void load_text(std::string text);

  Progress push(int socket_fd);
  std::uint64_t bytes_moved() const {
    return bytes_moved_;
  }  // since construction: moves while the reader reads
  void clear();

 private:
  Progress push_text(int socket_fd);
  Progress push_media(int socket_fd);
  std::string_view body() const;

  std::string head_;
  std::shared_ptr<const std::string> shared_text_;
  std::string text_;
  std::string_view view_;
  MediaBytes media_;
  std::size_t text_sent_ = 0;  // of head and text body together
  std::size_t media_sent_ = 0;
  std::uint64_t bytes_moved_ = 0;
};

}  // namespace supervisor
