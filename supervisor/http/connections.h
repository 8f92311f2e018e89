// The open connections of one thread of the server, those among them that wait for media, and who watches
// what. Shell; the part of the server behind its listeners. Of the thread that runs `context` only.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "supervisor/http/other_threads.h"
#include "supervisor/http/session.h"
#include "supervisor/http/viewer_count.h"

namespace supervisor {

// Of entity tags: those of one process must not be taken for those of the next.
std::string make_instance();

class Connections : public SessionHost, public std::enable_shared_from_this<Connections> {
 public:
  Connections(boost::asio::io_context& context, const Services& services, const HttpSettings& settings,
              std::string instance);
  // Connections come from there and go there; null (as at first): from nowhere.
  void share_with(OtherThreads* others) { others_ = others; }

  void add(HttpSocket socket);
  // One that another thread began; its request is answered here. False: it came to nothing.
  bool adopt(HandedConnection connection);
  // What connections speak that are added from now on; null: no TLS.
  void use_tls(std::shared_ptr<const TlsContext> context) { tls_ = std::move(context); }
  std::size_t own_size() const { return sessions_.size(); }
  std::size_t size() const { return own_size() + (others_ ? others_->connections() : 0); }  // of all threads
  bool is_full() const { return size() >= settings_.connections; }
  const std::string& instance() const { return instance_; }
  std::size_t waiting() const;
  int viewers(std::string_view stream) const;
  void count_viewer(ViewerEvent::Kind kind, const std::string& stream, std::uint64_t group,
                    common::MonoTime at);
  const HttpCounters& counters() const { return counters_; }

  // Every deadline is looked at; to be called every settings().sweep.
  void sweep();
  // Closes some connections between two requests, to make room.
  void close_idle(std::size_t most);
  void forget(const LiveStream& stream);
  // From here on every answer ends its connection.
  void wind_down();
  void close_all();
  // Called after a connection was closed.
  void on_closed(std::function<void()> callback) { on_closed_ = std::move(callback); }

  const HttpSettings& settings() const override { return settings_; }
  const Answerer& answerer() const override { return answerer_; }
  std::string_view date() const override { return date_; }
  common::MonoTime now() const override { return std::chrono::steady_clock::now(); }
  HttpCounters& count() override { return counters_; }
  bool is_closing() const override { return closing_; }
  void wait_for(LiveStream& stream, std::shared_ptr<HttpSession> session) override;
  void leave_wait(LiveStream& stream, const std::shared_ptr<HttpSession>& session) override;
  void viewer_asked(const std::string& stream, std::uint64_t group) override;
  void viewer_began_waiting(const std::string& stream, std::uint64_t group) override;
  void viewer_ended_waiting(const std::string& stream, std::uint64_t group) override;
  void closed(const std::shared_ptr<HttpSession>& session) override;
  Place place_of(const HttpRequest& request) override {
    return others_ ? others_->place_of(request) : Place::HereForGood;
  }
  void hand_over(const std::shared_ptr<HttpSession>& session, HandedConnection connection) override;

 private:
  using Sessions = std::unordered_set<std::shared_ptr<HttpSession>>;
  struct Waiters {
    Sessions sessions;
    bool wake_posted = false;
  };
  void watch(LiveStream& stream);
  void stream_changed(LiveStream* stream);
  void wake_waiters(LiveStream* stream);
  void note_viewer(ViewerEvent::Kind kind, const std::string& stream, std::uint64_t group);
  ViewerCount& viewers_of(const std::string& stream);
  void refresh_date();

  boost::asio::io_context& context_;
  HttpSettings settings_;
  const std::string instance_;
  Answerer answerer_;
  OtherThreads* others_ = nullptr;
  HttpCounters counters_;
  std::shared_ptr<const TlsContext> tls_;
  Sessions sessions_;
  std::unordered_map<const LiveStream*, Waiters> waiters_;
  std::map<std::string, ViewerCount, std::less<>> viewers_;
  std::function<void()> on_closed_;
  std::string date_;
  std::int64_t date_seconds_ = -1;
  bool closing_ = false;
};

}  // namespace supervisor
