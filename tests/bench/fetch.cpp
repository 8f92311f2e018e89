// Fetches one address again and again over many connections and drops what comes without copying it, so that
// the server is what is measured; for tests/bench/serving.py. "tls": TLS 1.3, and what comes is dropped as it
// is. Takes a whole answer of one connection before it looks at the next, so that requests come one by one
// and the server is never without. Prints one JSON object; "cores": what this program took itself.
//   streamer-fetch PORT PATH CONNECTIONS SECONDS [tls]
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Tally {
  unsigned long answers = 0, bytes = 0, errors = 0;
};

int connected(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    std::perror("streamer-fetch: connect");
    std::exit(1);
  }
  const int on = 1;
  (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

// Every answer after the first is as long as the first: it is the same file, and a date has one length.
class Client {
 public:
  Client(int port, const std::string& path, SSL_CTX* tls, Tally& tally)
      : request_("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
        tally_(tally),
        fd_(connected(port)) {
    if (tls != nullptr) {
      ssl_ = SSL_new(tls);
      SSL_set_fd(ssl_, fd_);
      if (SSL_connect(ssl_) != 1) fail("no TLS");
    }
    ask();
    read_first();
    ask();
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    SSL_free(ssl_);
    ::close(fd_);
  }

  int fd() const { return fd_; }

  // Until nothing is left to read, or the answer is whole. false: the connection is over.
  bool readable() {
    do {
      const ssize_t got = ssl_ != nullptr ? take_of_record() : drop(left_);
      if (got <= 0) return got < 0 && errno == EAGAIN;
    } while (left_ > 0 || record_left_ > 0);
    ++tally_.answers;
    tally_.bytes += body_;
    ask();
    return true;
  }

 private:
  [[noreturn]] static void fail(const char* why) {
    std::fprintf(stderr, "streamer-fetch: %s\n", why);
    std::exit(1);
  }

  ssize_t drop(std::size_t& left) {
    const ssize_t got = ::recv(fd_, nullptr, left, MSG_DONTWAIT | MSG_TRUNC);
    if (got > 0) left -= static_cast<std::size_t>(got);
    return got;
  }

  // What is encrypted is dropped undeciphered: only the lengths of the records are read (RFC 8446 5.2).
  ssize_t take_of_record() {
    if (record_left_ > 0) return drop(record_left_);
    const ssize_t got =
        ::recv(fd_, header_.data() + header_size_, header_.size() - header_size_, MSG_DONTWAIT);
    if (got <= 0) return got;
    header_size_ += static_cast<std::size_t>(got);
    if (header_size_ < header_.size()) return got;
    header_size_ = 0;
    record_left_ = static_cast<std::size_t>(header_[3]) * 256 + header_[4];
    constexpr std::size_t type_and_tag = 17;
    left_ -= std::min(left_, record_left_ - type_and_tag);
    return got;
  }

  void read_first() {
    std::string answer;
    std::size_t whole = std::string::npos;
    while (answer.size() < whole) {
      std::array<char, 16384> piece{};
      const auto got = ssl_ != nullptr ? SSL_read(ssl_, piece.data(), static_cast<int>(piece.size()))
                                       : ::recv(fd_, piece.data(), piece.size(), 0);
      if (got <= 0) fail("no answer");
      answer.append(piece.data(), static_cast<std::size_t>(got));
      const auto end = answer.find("\r\n\r\n");
      if (whole != std::string::npos || end == std::string::npos) continue;
      constexpr std::string_view field = "Content-Length: ";
      const auto at = answer.find(field);
      if (!answer.starts_with("HTTP/1.1 200") || at > end) fail(answer.substr(0, answer.find('\r')).c_str());
      std::from_chars(answer.data() + at + field.size(), answer.data() + end, body_);
      whole = end + 4 + body_;
    }
    whole_ = whole;
  }

  void ask() {
    left_ = whole_;
    const auto size = static_cast<int>(request_.size());
    const bool sent = ssl_ != nullptr ? SSL_write(ssl_, request_.data(), size) == size
                                      : ::send(fd_, request_.data(), request_.size(), MSG_NOSIGNAL) == size;
    if (!sent) ++tally_.errors;
  }

  std::string request_;
  Tally& tally_;
  int fd_;
  SSL* ssl_ = nullptr;
  std::size_t whole_ = 0, body_ = 0;  // bytes of an answer, and of its body
  std::size_t left_ = 0;              // of the answer that is coming
  std::array<unsigned char, 5> header_{};
  std::size_t header_size_ = 0, record_left_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const bool over_tls = argc == 6 && std::string_view(argv[5]) == "tls";
  if (argc != 5 && !over_tls) {
    std::fprintf(stderr, "usage: streamer-fetch PORT PATH CONNECTIONS SECONDS [tls]\n");
    return 64;
  }
  SSL_CTX* const tls = over_tls ? SSL_CTX_new(TLS_client_method()) : nullptr;
  if (over_tls) SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION);
  Tally tally;
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < std::atoi(argv[3]); ++i) {
    clients.push_back(std::make_unique<Client>(std::atoi(argv[1]), argv[2], tls, tally));
    epoll_event wanted{.events = EPOLLIN, .data = {.ptr = clients.back().get()}};
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, clients.back()->fd(), &wanted);
  }
  const auto own_seconds = [] {
    rusage own{};
    ::getrusage(RUSAGE_SELF, &own);
    return static_cast<double>(own.ru_utime.tv_sec + own.ru_stime.tv_sec) +
           static_cast<double>(own.ru_utime.tv_usec + own.ru_stime.tv_usec) / 1e6;
  };
  const double before = own_seconds();
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::duration<double>(std::atof(argv[4]));
  while (Clock::now() < end) {
    std::array<epoll_event, 64> events{};
    const int ready = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < ready; ++i) {
      auto* client = static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (client->readable()) continue;
      ++tally.errors;
      ::epoll_ctl(epoll, EPOLL_CTL_DEL, client->fd(), nullptr);
    }
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  std::printf(R"({"seconds":%.3f,"cores":%.2f,"answers":%lu,"bytes":%lu,"errors":%lu})"
              "\n",
              seconds, (own_seconds() - before) / seconds, tally.answers, tally.bytes, tally.errors);
  return 0;
}
