#include "tests/http/http_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <stdexcept>

namespace supervisor {

FakeStream::FakeStream(std::size_t segment_bytes) {
  std::vector<std::uint8_t> bytes(segment_bytes);
  for (std::size_t at = 0; at < bytes.size(); ++at) bytes[at] = static_cast<std::uint8_t>(media_byte(at));
  media_ = *SegmentBody::of(bytes, "test");
  text_ = std::make_shared<const std::string>("#EXTM3U\n#MSN:10\n");
}

ReloadVerdict FakeStream::judge(const PlaylistQuery& query) const {
  using Kind = ReloadVerdict::Kind;
  if (!query.msn || *query.msn <= msn_) return {.kind = Kind::Ready, .reason = {}, .timeout = {}};
  if (*query.msn > msn_ + 2) return {.kind = Kind::Invalid, .reason = "too far ahead", .timeout = {}};
  return {.kind = Kind::Wait, .reason = {}, .timeout = timeout};
}

std::string FakeStream::text(bool skip) const {
  return skip ? "#EXTM3U\n#DELTA\n" : *text_;
}

std::shared_ptr<const std::string> FakeStream::playlist(bool skip) {
  if (skip) return std::make_shared<const std::string>(text(true));
  return text_;
}

MediaLookup FakeStream::find(std::string_view name) const {
  const MediaBytes whole{.body = media_,
                         .offset = 0,
                         .size = media_ ? media_->size() : 0,
                         .content_type = "video/mp4",
                         .max_age_seconds = 40};
  if (!media_) return {};
  if (name == "seg") return {.kind = MediaLookup::Kind::Found, .bytes = whole};
  MediaBytes part = whole;
  part.offset = 1000;
  part.size = 5000;
  if (name == "part" || (name == "hint" && hint_published_))
    return {.kind = MediaLookup::Kind::Found, .bytes = part};
  if (name == "hint") return {.kind = MediaLookup::Kind::Later, .bytes = {}};
  return {};
}

std::shared_ptr<const LiveSnapshot> FakeStream::snapshot() const {
  class Copy : public LiveSnapshot {
   public:
    explicit Copy(const FakeStream& stream) : stream_(stream) { stream_.listeners_.clear(); }
    ReloadVerdict judge(const PlaylistQuery& query) const override { return stream_.judge(query); }
    std::string render(bool skip) const override { return stream_.text(skip); }
    MediaLookup find(std::string_view name) const override { return stream_.find(name); }
    std::uint64_t version() const override { return stream_.version(); }

   private:
    FakeStream stream_;
  };
  return std::make_shared<const Copy>(*this);
}

void FakeStream::publish() {
  ++msn_;
  text_ = std::make_shared<const std::string>("#EXTM3U\n#MSN:" + std::to_string(msn_) + "\n");
  announce();
}

void FakeStream::publish_hint() {
  hint_published_ = true;
  announce();
}

void FakeStream::announce() {
  ++version_;
  for (const auto& listener : listeners_) listener();
}

HttpSettings TestServer::quick_settings() {
  using std::chrono::milliseconds;
  HttpSettings settings;
  settings.header = milliseconds(300);
  settings.body = milliseconds(300);
  settings.idle = milliseconds(800);
  settings.write_progress = milliseconds(400);
  settings.part_wait = milliseconds(300);
  settings.later_wait = milliseconds(300);
  settings.heartbeat = milliseconds(200);
  settings.accept_pause = milliseconds(50);
  settings.close_grace = milliseconds(300);
  settings.sweep = milliseconds(25);
  if (const char* threads = std::getenv("STREAMER_TEST_HTTP_THREADS")) settings.threads = std::stoi(threads);
  return settings;
}

TestServer::TestServer(HttpSettings settings, std::size_t segment_bytes) : stream(segment_bytes) {
  static const Asset page{.bytes = "<html>dashboard</html>",
                          .gzipped = "zipped",
                          .content_type = "text/html; charset=utf-8",
                          .etag = "page1",
                          .immutable = false};
  services.find_stream = [this](std::string_view name) { return name == "desktop" ? &stream : nullptr; };
  services.status_json = [] { return std::string(R"({"service":{}})"); };
  services.health = [] { return HealthAnswer{.ok = false, .json = R"({"stream_active":false})"}; };
  services.health_detailed_json = []() -> std::string { throw std::runtime_error("boom"); };
  services.metrics_text = [] { return std::string("up 1\n"); };
  services.logs_json = [](const LogRequest& query) {
    return "{\"limit\":" + std::to_string(query.limit) + "}";
  };
  services.command = [this](std::string_view name, CommandVerb) {
    commands.emplace_back(name);
    if (name == "busy")
      return CommandOutcome{.kind = CommandOutcome::Kind::Refused, .reason = "on hold", .status_json = {}};
    if (!name.empty() && name != "desktop")
      return CommandOutcome{.kind = CommandOutcome::Kind::UnknownStream, .reason = {}, .status_json = {}};
    return CommandOutcome{.kind = CommandOutcome::Kind::Accepted, .reason = {}, .status_json = {}};
  };
  services.find_asset = [](std::string_view path) { return path == "index.html" ? &page : nullptr; };
  services.events = &events;
  services.host_names = {"wall.example"};
  server_ = std::make_unique<HttpServer>(context_, services, settings);
  for (int port = 18100; port < 18200 && port_ == 0; ++port)
    if (server_->listen("127.0.0.1:" + std::to_string(port))) port_ = static_cast<std::uint16_t>(port);
  if (port_ == 0) throw std::runtime_error("no port from 18100 to 18199 is free");
  thread_ = std::thread([this] { context_.run(); });
}

TestServer::~TestServer() {
  run([this](HttpServer&) { server_.reset(); });
  work_.reset();
  thread_.join();
}

bool TestServer::eventually(const std::function<bool(HttpServer&)>& condition) {
  for (int turn = 0; turn < 300; ++turn) {
    if (run(condition)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

std::string request_text(const std::string& method, const std::string& target,
                         const std::string& more_fields) {
  return method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1:18100\r\n" + more_fields + "\r\n";
}

Client::Client(std::uint16_t port, int receive_buffer_bytes)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer_bytes > 0)
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  const timeval wait{.tv_sec = 3, .tv_usec = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    socket_.reset();
}

bool Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Client::shut_writing() {
  ::shutdown(socket_.get(), SHUT_WR);
}

void Client::reset() {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  socket_.reset();
}

bool Client::fill() {
  char bytes[65536];
  const ssize_t got = ::recv(socket_.get(), bytes, sizeof bytes, 0);
  if (got <= 0) return false;
  buffer_.append(bytes, static_cast<std::size_t>(got));
  return true;
}

Response Client::read(bool head_only) {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return {};
  Response response;
  const std::string head = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  std::size_t line = head.find("\r\n") + 2;
  response.status = std::stoi(head.substr(9, 3));
  while (line < head.size()) {
    const std::size_t line_end = head.find("\r\n", line);
    const std::size_t colon = head.find(": ", line);
    std::string name = head.substr(line, colon - line);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return static_cast<char>(std::tolower(c)); });
    response.fields[name] = head.substr(colon + 2, line_end - colon - 2);
    line = line_end + 2;
  }
  if (head_only || !response.fields.contains("content-length")) return response;
  const std::size_t length = std::stoul(response.fields["content-length"]);
  while (buffer_.size() < length)
    if (!fill()) return {};
  response.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return response;
}

Response Client::get(const std::string& target, const std::string& more_fields) {
  return exchange("GET", target, more_fields);
}

Response Client::exchange(const std::string& method, const std::string& target,
                          const std::string& more_fields, const std::string& body) {
  if (!send(request_text(method, target, more_fields) + body)) return {};
  return read(method == "HEAD");
}

std::string Client::read_until(const std::string& stop) {
  while (buffer_.find(stop) == std::string::npos)
    if (!fill()) break;
  return std::exchange(buffer_, {});
}

std::string Client::read_to_end(bool& ended) {
  while (fill()) {
  }
  char byte = 0;
  ended = ::recv(socket_.get(), &byte, 1, MSG_DONTWAIT) == 0;
  return std::exchange(buffer_, {});
}

bool Client::is_ended() {
  bool ended = false;
  return read_to_end(ended).empty() && ended;
}

}  // namespace supervisor
