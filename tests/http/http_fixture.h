// A real server on loopback with a stream made up by the test, and clients that speak raw bytes. The server
// runs in its own thread as in the daemon; everything of it is touched through TestServer::run. Waits of
// clients end by themselves.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/unique_fd.h"
#include "supervisor/http/server.h"
#include "supervisor/media/segment_body.h"

namespace supervisor {

// Publishes (msn, part) by hand. Names: "init", "seg" and "part-N" are found, "hint" comes later.
class FakeStream : public LiveStream {
 public:
  explicit FakeStream(std::size_t segment_bytes);

  ReloadVerdict judge(const PlaylistQuery& query) const override;
  std::shared_ptr<const std::string> playlist(bool skip) override;
  MediaLookup find(std::string_view name) const override;
  std::uint64_t version() const override { return version_; }
  void on_change(std::function<void()> callback) override { listeners_.push_back(std::move(callback)); }
  std::shared_ptr<const LiveSnapshot> snapshot() const override;

  void publish();       // msn rises
  void publish_hint();  // "hint" is found from now on
  void remove_media() { media_.reset(); }
  std::chrono::milliseconds timeout{5000};

 private:
  void announce();
  std::string text(bool skip) const;
  std::shared_ptr<const SegmentBody> media_;
  std::shared_ptr<const std::string> text_;
  std::vector<std::function<void()>> listeners_;
  std::uint64_t version_ = 1;
  std::int64_t msn_ = 10;
  bool hint_published_ = false;
};

// Byte `at` of the media of a FakeStream.
constexpr char media_byte(std::size_t at) {
  return static_cast<char>((at * 31 + at / 251) % 256);
}

class TestServer {
 public:
  explicit TestServer(HttpSettings settings = quick_settings(), std::size_t segment_bytes = 300'000);
  ~TestServer();

  // Deadlines of some hundred milliseconds; as many threads as $STREAMER_TEST_HTTP_THREADS says.
  static HttpSettings quick_settings();

  std::uint16_t port() const { return port_; }
  boost::asio::io_context& context() { return context_; }
  FakeStream stream;  // "desktop"; on the loop only
  EventHub events{"t1"};
  Services services;
  std::vector<std::string> commands;  // on the loop only

  // Runs `work` on the event loop and returns what it returns.
  template <typename Work>
  auto run(Work work) {
    std::packaged_task<decltype(work(std::declval<HttpServer&>()))()> task([&] { return work(*server_); });
    auto result = task.get_future();
    boost::asio::post(context_, [&task] { task(); });
    return result.get();
  }
  // Until `condition` holds on the loop; false after three seconds.
  bool eventually(const std::function<bool(HttpServer&)>& condition);

 private:
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  std::unique_ptr<HttpServer> server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

struct Response {
  int status = 0;                             // 0: the connection ended, or nothing came
  std::map<std::string, std::string> fields;  // names in lower case
  std::string body;
};

// A blocking client; every wait ends after three seconds.
class Client {
 public:
  explicit Client(std::uint16_t port, int receive_buffer_bytes = 0);

  bool send(std::string_view bytes);
  void shut_writing();
  void reset();  // closes with RST
  // The next response, by its Content-Length (`head_only`: answers to HEAD have no body).
  Response read(bool head_only = false);
  Response get(const std::string& target, const std::string& more_fields = {});
  Response exchange(const std::string& method, const std::string& target, const std::string& more_fields = {},
                    const std::string& body = {});
  // Bytes until `stop` was seen, the end, or a wait too long.
  std::string read_until(const std::string& stop);
  // Everything up to the end of the connection; `ended`: that it really came.
  std::string read_to_end(bool& ended);
  int descriptor() const { return socket_.get(); }
  bool is_ended();  // the server closed, and nothing is left to read

 private:
  bool fill();
  common::UniqueFd socket_;
  std::string buffer_;
};

std::string request_text(const std::string& method, const std::string& target,
                         const std::string& more_fields = {});

}  // namespace supervisor
