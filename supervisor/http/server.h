// The HTTP server of the supervisor: listeners, the connections and their deadlines, the requests that wait
// for media. It decides nothing: router.h says what was asked, answer.h what to say, session.h moves the
// bytes. Event-loop thread only, and with settings.threads above 1 as many more loops that answer media;
// one coarse timer looks after every deadline of a loop, and what other loops count arrives with it. Never
// blocks, never ends the
// process: an address that cannot be bound is an error value, and listen() may be called again later. SIGPIPE
// is set to ignored (sendfile has no MSG_NOSIGNAL).
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/result.h"
#include "common/unique_fd.h"
#include "supervisor/http/request_count.h"
#include "supervisor/http/services.h"
#include "supervisor/http/tls_context.h"

namespace supervisor {

// Every limit of the room. Times of waiting have the precision of `sweep`.
struct HttpSettings {
  std::size_t connections = 2048;          // more wait in the listen queue until one closes
  std::size_t header_bytes = 8 * 1024;     // 431
  std::size_t target_bytes = 4 * 1024;     // 414
  std::size_t body_bytes = 64 * 1024;      // 413
  std::size_t header_fields = 100;         // 431
  std::chrono::milliseconds header{5000};  // from accept (TLS: of the handshake as well), or the first byte
                                           // of a later request, to its empty line
  std::chrono::milliseconds body{10000};   // from there to the last byte of the body
  std::chrono::milliseconds idle{60000};   // between requests
  std::chrono::milliseconds write_progress{30000};  // the reader takes nothing: cut
  std::chrono::milliseconds part_wait{5000};        // a hinted part that does not come: 503
  std::chrono::milliseconds later_wait{40000};      // a service that answers later and does not: 504
  std::chrono::milliseconds heartbeat{15000};       // comment line on silent event streams
  std::chrono::milliseconds viewer_window{10000};
  std::chrono::milliseconds close_grace{2000};
  std::chrono::milliseconds accept_pause{100};  // after running out of descriptors
  std::chrono::milliseconds sweep{250};
  int listen_backlog = 511;
  int send_buffer_bytes = 0;  // SO_SNDBUF of connections; 0: the system's choice
  int threads = 1;            // that serve media, the event loop's own among them (serving_threads.h)
};

// Since start; for metrics.
struct HttpCounters {
  std::uint64_t accepted = 0;
  std::uint64_t requests = 0;
  std::uint64_t refused_without_descriptor = 0;  // answered 503 by the reserve descriptor
  std::uint64_t timed_out = 0;                   // connections cut by a deadline
  std::uint64_t tls_failed = 0;                  // handshakes that came to nothing
  std::uint64_t accept_pauses = 0;
  std::uint64_t bytes_sent = 0;
  RequestCount answers;

  void add(const HttpCounters& other);
};

class HttpServer {
 public:
  // `services` is kept by reference and must outlive the server, as must every LiveStream it names (see
  // forget).
  HttpServer(boost::asio::io_context& context, const Services& services, HttpSettings settings = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // "127.0.0.1:8080", "[::1]:8080", "localhost:8080"; port 0: any. The error names the address and the cause
  // (system_errno EADDRINUSE when another program has it); the server stays usable.
  // `bound`: a socket that listens on this address already, from a former process.
  common::Result<void> listen(const std::string& address, common::UniqueFd bound = {});
  // Connections that are accepted from now on speak HTTPS with this certificate, and nothing else (a request
  // in clear gets 400); those there are go on with what they began with. Null: HTTP.
  void use_tls(std::shared_ptr<const TlsContext> context);
  // What is bound, with real port numbers.
  std::vector<std::string> addresses() const;
  // The listening sockets, in the same order; valid until close().
  std::vector<int> descriptors() const;

  // The players of a stream now (viewer_count.h says how they are counted).
  int viewers(std::string_view stream) const;
  std::size_t connections() const;
  std::size_t waiting() const;  // requests parked for media
  const HttpCounters& counters() const;

  // Call before a LiveStream is destroyed: those who wait for it get 404.
  void forget(const LiveStream& stream);

  // Graceful end: no new connections, running answers are finished (at most close_grace), the waiting get
  // 503. `done` is called once, on the event loop.
  void close(std::function<void()> done);

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace supervisor
