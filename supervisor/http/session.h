// One connection, in clear or through TLS: reads requests one after the other (pipelined ones too), has them
// answered, moves the bytes. Shell. Everything is tried at once on the non-blocking socket and waits only
// when the kernel says so; no timer of its own: the host calls sweep() and the session compares its deadline.
// Of one thread only: a connection that changes the thread gets a new session there.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/time_grid.h"
#include "supervisor/http/answer.h"
#include "supervisor/http/other_threads.h"
#include "supervisor/http/outgoing.h"
#include "supervisor/http/request_reader.h"
#include "supervisor/http/server.h"
#include "supervisor/http/wire.h"

namespace supervisor {

using HttpSocket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

class HttpSession;

// What a session needs from the server.
class SessionHost {
 public:
  virtual ~SessionHost() = default;
  virtual const HttpSettings& settings() const = 0;
  virtual const Answerer& answerer() const = 0;
  virtual std::string_view date() const = 0;
  virtual common::MonoTime now() const = 0;
  virtual HttpCounters& count() = 0;
  virtual bool is_closing() const = 0;
  // HttpSession::wake is called after the next change of the stream; leave_wait takes it back.
  virtual void wait_for(LiveStream& stream, std::shared_ptr<HttpSession> session) = 0;
  virtual void leave_wait(LiveStream& stream, const std::shared_ptr<HttpSession>& session) = 0;
  virtual void viewer_asked(const std::string& stream, std::uint64_t group) = 0;
  virtual void viewer_began_waiting(const std::string& stream, std::uint64_t group) = 0;
  virtual void viewer_ended_waiting(const std::string& stream, std::uint64_t group) = 0;
  virtual Place place_of(const HttpRequest& request) = 0;
  // One of these is the last call of a session.
  virtual void closed(const std::shared_ptr<HttpSession>& session) = 0;
  virtual void hand_over(const std::shared_ptr<HttpSession>& session, HandedConnection connection) = 0;
};

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(HttpSocket socket, SessionHost& host);

  // `tls`: what it speaks; null: nothing of the kind.
  void start(std::shared_ptr<const TlsContext> tls);
  // Instead: with a connection that another thread began.
  void go_on(HandedConnection connection);
  // Looks at the deadline.
  void sweep(common::MonoTime now);
  // The stream it waits for changed.
  void wake();
  // The stream it waits for goes away.
  void stream_gone();
  // Ends after the answer that is running; idle, waiting and event streams end now.
  void wind_down();
  void close();
  // Between two requests, with none under way. A connection that has not asked yet is not idle.
  bool is_idle() const;

 private:
  enum class Phase { Greeting, Reading, Waiting, Writing, Streaming, Lingering, Leaving, Closed };

  void shake_hands();
  void wait_until(HttpSocket::wait_type ready, void (HttpSession::*then)());
  void read();
  void read_secured();
  void on_read(const boost::system::error_code& failed, std::size_t bytes);
  void on_end_of_input();
  void process();
  bool process_one();
  void answer_request();
  void leave();
  void refuse(int status, std::string_view detail);
  void continue_body();
  void handle(Answer answer);
  void send(Reply reply);
  void push();
  void push_later(bool writable);
  void on_sent();
  void linger();

  void begin_wait(MediaWait wait);
  void end_wait();
  void begin_later(const LaterReply& later);
  void begin_asking(const AskAgain& again);
  void answer_again();
  void begin_streaming(EventHub* hub);
  void stream_more();
  void end_streaming();

  void set_deadline(std::chrono::milliseconds from_now);
  void on_deadline();
  std::uint64_t viewer_group() const;

  HttpSocket socket_;
  Wire wire_;
  SessionHost* host_;
  RequestReader reader_;
  Outgoing outgoing_;
  Phase phase_ = Phase::Reading;
  std::vector<char> input_;
  std::size_t input_begin_ = 0, input_end_ = 0;
  bool reading_ = false;      // a read is under way
  bool sends_later_ = false;  // what is being sent goes on by itself
  bool processing_ = false;   // inside process(): answers that are sent at once do not start it again
  bool stays_ = false;        // on this thread, whatever is asked
  bool ends_after_answer_ = false;
  bool served_ = false;         // has had an answer
  bool request_begun_ = false;  // bytes of a request are here: its deadline runs
  bool in_body_ = false;
  std::uint64_t address_hash_ = 0;
  common::MonoTime deadline_{};
  std::size_t lingered_bytes_ = 0;

  std::optional<MediaWait> wait_;
  std::uint64_t later_ = 0;  // number of the last LaterReply: an answer to a former one is not ours
  EventHub* hub_ = nullptr;
  EventHub::Listener listener_{};
  std::uint64_t event_position_ = 0;
  bool dropped_ = false;  // told that it was too slow: close once that is sent
  common::MonoTime heartbeat_at_{};
  common::MonoTime access_check_at_{};  // of an event stream
};

}  // namespace supervisor
