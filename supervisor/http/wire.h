// The bytes of one connection on its non-blocking socket: in clear, or through TLS. Never blocks; says what
// to wait for instead. Owns no descriptor; SIGPIPE must be ignored. Event-loop thread only.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "supervisor/http/tls_context.h"

struct ssl_st;

namespace supervisor {

class Wire {
 public:
  // NeedRead, NeedWrite: nothing was moved; try again when the socket is readable, writable. InClear: the
  // client does not speak TLS. Ended: the client says no more. Failed: the connection is of no use.
  enum class State { Done, NeedRead, NeedWrite, InClear, Ended, Failed };
  struct Moved {
    State state = State::Done;
    std::size_t bytes = 0;
  };

  // In clear.
  explicit Wire(int socket_fd) : socket_(socket_fd) {}
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // From the next byte on: TLS, as its server. False: no memory for it.
  bool secure(std::shared_ptr<const TlsContext> context);
  bool is_secured() const { return tls_ != nullptr; }
  // Until Done. With InClear the bytes are still there to be read, and the wire is in clear again.
  State shake_hands();
  // Says goodbye to the other side; what is read and written from here on is not TLS.
  void unsecure();

  // Bytes are here already that the socket will not announce again.
  bool has_pending() const;
  Moved read(std::span<char> room);
  // Through TLS: after NeedWrite the next call must begin with the same bytes, and at least as many.
  Moved write(std::string_view bytes);
  // The kernel encrypts: send_file works. Only while secured.
  bool sends_files() const;
  // Bytes of a file, without copying them. Precondition: sends_files().
  Moved send_file(int file, std::size_t offset, std::size_t size);

  int socket() const { return socket_; }

 private:
  State state_of(int result) const;

  int socket_;
  std::shared_ptr<const TlsContext> context_;
  ssl_st* tls_ = nullptr;
  bool begun_ = false;  // the first byte was looked at
};

}  // namespace supervisor
