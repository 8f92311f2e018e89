#include "supervisor/http/server.h"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <csignal>

#include "supervisor/http/connections.h"
#include "supervisor/http/listener.h"
#include "supervisor/http/serving_threads.h"

namespace supervisor {

void HttpCounters::add(const HttpCounters& other) {
  accepted += other.accepted;
  requests += other.requests;
  refused_without_descriptor += other.refused_without_descriptor;
  timed_out += other.timed_out;
  tls_failed += other.tls_failed;
  accept_pauses += other.accept_pauses;
  bytes_sent += other.bytes_sent;
  answers.add(other.answers);
}

class HttpServer::State : public std::enable_shared_from_this<State> {
 public:
  State(boost::asio::io_context& context, const Services& services, const HttpSettings& settings)
      : context_(context),
        connections_(std::make_shared<Connections>(context, services, settings, make_instance())),
        sweep_timer_(context) {
    if (settings.threads > 1)
      threads_ =
          std::make_shared<ServingThreads>(context, services, *connections_, [this] { connection_closed(); });
    connections_->share_with(threads_.get());
  }

  void start() {
    connections_->on_closed([this] { connection_closed(); });
    schedule_sweep();
  }

  void stop() {
    sweep_timer_.cancel();
    for (const auto& listener : listeners_) listener->close();
    connections_->on_closed({});
    connections_->share_with(nullptr);
    connections_->close_all();
    if (threads_) threads_->stop();
  }

  common::Result<void> listen(const std::string& address, common::UniqueFd bound) {
    const auto endpoint = parse_listen_address(address);
    if (!endpoint) return endpoint.error();
    auto listener = std::make_shared<Listener>(context_, connections_);
    const auto opened = bound ? listener->adopt(*endpoint, std::move(bound))
                              : listener->open(*endpoint, connections_->settings().listen_backlog);
    if (!opened)
      return common::Error("cannot listen on " + address + ": " + opened.error().reason,
                           opened.error().system_errno);
    listeners_.push_back(std::move(listener));
    return {};
  }

  std::vector<std::string> addresses() const {
    std::vector<std::string> all;
    for (const auto& listener : listeners_) all.push_back(listener->address());
    return all;
  }

  std::vector<int> descriptors() const {
    std::vector<int> all;
    for (const auto& listener : listeners_) all.push_back(listener->descriptor());
    return all;
  }

  void close(std::function<void()> done) {
    for (const auto& listener : listeners_) listener->close();
    done_ = std::move(done);
    close_by_ = connections_->now() + connections_->settings().close_grace;
    closing_ = true;
    connections_->wind_down();
    if (threads_) threads_->wind_down();
    finish_if_empty();
  }

  void forget(const LiveStream& stream) {
    connections_->forget(stream);
    if (threads_) threads_->forget(stream);
  }

  Connections& connections() { return *connections_; }

  int viewers(std::string_view stream) {
    if (threads_) threads_->settle_viewers();
    return connections_->viewers(stream);
  }

  std::size_t waiting() const { return connections_->waiting() + (threads_ ? threads_->waiting() : 0); }

  const HttpCounters& counters() {
    if (!threads_) return connections_->counters();
    sum_ = connections_->counters();
    threads_->add_counters(sum_);
    return sum_;
  }

 private:
  void schedule_sweep() {
    sweep_timer_.expires_after(connections_->settings().sweep);
    sweep_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& failed) {
      if (failed) return;
      if (const auto self = weak.lock()) self->sweep();
    });
  }

  // The next one first: what is thrown here must not end all deadlines.
  void sweep() {
    schedule_sweep();
    connections_->sweep();
    if (threads_) threads_->settle_viewers();
    if (closing_ && connections_->now() >= close_by_) close_all();
    resume_listeners();
  }

  void close_all() {
    connections_->close_all();
    if (threads_) threads_->close_all();
  }

  void resume_listeners() {
    for (const auto& listener : listeners_) listener->resume();
  }

  void connection_closed() {
    if (closing_) return finish_if_empty();
    resume_listeners();
  }

  void finish_if_empty() {
    if (connections_->size() > 0 || !done_) return;
    boost::asio::post(context_.get_executor(), std::exchange(done_, {}));
  }

  using SweepTimer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                       boost::asio::wait_traits<std::chrono::steady_clock>,
                                                       boost::asio::io_context::executor_type>;
  boost::asio::io_context& context_;
  std::shared_ptr<Connections> connections_;
  std::shared_ptr<ServingThreads> threads_;  // null: this thread serves alone
  HttpCounters sum_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  SweepTimer sweep_timer_;
  bool closing_ = false;
  common::MonoTime close_by_{};
  std::function<void()> done_;
};

HttpServer::HttpServer(boost::asio::io_context& context, const Services& services, HttpSettings settings)
    : state_(std::make_shared<State>(context, services, settings)) {
  std::signal(SIGPIPE, SIG_IGN);
  state_->start();
}

HttpServer::~HttpServer() {
  state_->stop();
}

common::Result<void> HttpServer::listen(const std::string& address, common::UniqueFd bound) {
  return state_->listen(address, std::move(bound));
}

void HttpServer::use_tls(std::shared_ptr<const TlsContext> context) {
  state_->connections().use_tls(std::move(context));
}

std::vector<int> HttpServer::descriptors() const {
  return state_->descriptors();
}

std::vector<std::string> HttpServer::addresses() const {
  return state_->addresses();
}

int HttpServer::viewers(std::string_view stream) const {
  return state_->viewers(stream);
}

std::size_t HttpServer::connections() const {
  return state_->connections().size();
}

std::size_t HttpServer::waiting() const {
  return state_->waiting();
}

const HttpCounters& HttpServer::counters() const {
  return state_->counters();
}

void HttpServer::forget(const LiveStream& stream) {
  state_->forget(stream);
}

void HttpServer::close(std::function<void()> done) {
  state_->close(std::move(done));
}

}  // namespace supervisor
