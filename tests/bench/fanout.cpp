// Many low-latency viewers on one thread, for tests/bench/serving.py. Each does what RFC 8216bis wants of a
// player, over two connections: a blocking playlist reload for the next part (6.2.5.2, with delta updates,
// and with gzip as every browser asks for), and a request for the part that EXT-X-PRELOAD-HINT announces. So
// the server writes twice per viewer and part, at its publication. The delay of an answer is from the first
// byte of that publication that reached any viewer to its own last byte, both as the kernel stamped them on
// arrival: how busy this program is does not count. Prints one JSON object; "cores": what this program took
// itself.
//   streamer-fanout PORT PATH VIEWERS SECONDS
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Place {
  long segment = 0;
  long part = 0;
  auto operator<=>(const Place&) const = default;
};

// What a viewer needs of a playlist: the place and the name of the part that comes next.
struct Newest {
  Place next;
  std::string hint;
};

std::optional<long> number_after(std::string_view text, std::string_view tag) {
  const auto at = text.find(tag);
  if (at == std::string_view::npos) return std::nullopt;
  long number = 0;
  const char* begin = text.data() + at + tag.size();
  if (std::from_chars(begin, text.data() + text.size(), number).ec != std::errc()) return std::nullopt;
  return number;
}

long count(std::string_view text, std::string_view tag) {
  long found = 0;
  for (auto at = text.find(tag); at != std::string_view::npos; at = text.find(tag, at + tag.size())) ++found;
  return found;
}

std::optional<Newest> read_playlist(std::string_view text) {
  const auto sequence = number_after(text, "#EXT-X-MEDIA-SEQUENCE:");
  const auto part = text.rfind("#EXT-X-PART:");
  const auto hint = text.rfind("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"");
  if (!sequence || part == std::string_view::npos || hint == std::string_view::npos) return std::nullopt;
  const auto last_segment = text.rfind("#EXTINF:");
  const bool open = last_segment == std::string_view::npos || part > last_segment;
  const long segments = number_after(text, "SKIPPED-SEGMENTS=").value_or(0) + count(text, "\n#EXTINF:");
  const auto name = text.find('"', hint) + 1;
  Newest newest;
  newest.hint = text.substr(name, text.find('"', name) - name);
  newest.next.segment = *sequence + segments;
  newest.next.part =
      open ? count(text.substr(last_segment == std::string_view::npos ? 0 : last_segment), "#EXT-X-PART:")
           : 0;
  return newest;
}

// Of an answer with Content-Encoding: gzip; empty: it is damaged.
std::string unpacked(const std::string& packed) {
  z_stream stream{};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) return {};
  std::string text(std::size_t{256} * 1024, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  const bool whole = inflate(&stream, Z_FINISH) == Z_STREAM_END;
  text.resize(whole ? stream.total_out : 0);
  inflateEnd(&stream);
  return text;
}

struct Tally {
  std::map<Place, double> first;                           // ms since 1970
  std::map<Place, std::vector<double>> listed, delivered;  // ms since 1970
  long answers = 0, refusals = 0, failures = 0;
  unsigned long bytes = 0;

  void take(std::map<Place, std::vector<double>>& seen, const Place& place, double at) {
    const auto [first_at, is_new] = first.try_emplace(place, at);
    if (at < first_at->second) first_at->second = at;
    seen[place].push_back(at);
  }
};

// One keep-alive connection with one request at a time.
class Connection {
 public:
  Connection(int port, Tally& tally) : tally_(tally) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd_ < 0 || ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      std::perror("streamer-fanout: connect");
      std::exit(1);
    }
    const int on = 1;
    (void)::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)::setsockopt(fd_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { ::close(fd_); }

  int fd() const { return fd_; }
  bool is_busy() const { return busy_; }
  std::string text() const { return packed_ ? unpacked(body_) : body_; }  // of the answer
  double arrived_at() const { return arrived_at_; }                       // the last byte, ms since 1970

  // `keep`: the body is wanted; else it is dropped without being copied.
  void ask(const std::string& target, bool keep) {
    keep_ = keep;
    busy_ = true;
    head_.clear();
    body_.clear();
    left_.reset();
    const std::string request =
        "GET " + target +
        " HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: fanout\r\nAccept-Encoding: gzip, deflate, br\r\n\r\n";
    if (::send(fd_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
      ++tally_.failures;
  }

  enum class State { More, Answer, Over };
  // Reads until the answer is whole or nothing is left to read.
  State read() {
    while (busy_) {
      const ssize_t got = left_ && !keep_ ? receive(nullptr, *left_, MSG_TRUNC) : fill();
      if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? State::More : State::Over;
      if (got == 0) return State::Over;
      if (left_) {
        *left_ -= std::min(*left_, static_cast<std::size_t>(got));
      } else if (!read_head()) {
        return State::Over;
      }
      if (left_ && *left_ == 0) busy_ = false;
    }
    ++tally_.answers;
    return State::Answer;
  }

 private:
  ssize_t receive(char* room, std::size_t size, int flags) {
    iovec slice{room, size};
    alignas(cmsghdr) std::array<char, 256> control;
    msghdr message{};
    message.msg_iov = &slice;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(fd_, &message, MSG_DONTWAIT | flags);
    if (got <= 0) return got;
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
      if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
      timespec at{};
      std::memcpy(&at, CMSG_DATA(part), sizeof at);
      arrived_at_ = static_cast<double>(at.tv_sec) * 1e3 + static_cast<double>(at.tv_nsec) / 1e6;
    }
    return got;
  }

  ssize_t fill() {
    std::array<char, 16384> piece;
    const ssize_t got = receive(piece.data(), piece.size(), 0);
    if (got > 0) (left_ ? body_ : head_).append(piece.data(), static_cast<std::size_t>(got));
    return got;
  }

  // false: this is no good answer.
  bool read_head() {
    const auto end = head_.find("\r\n\r\n");
    if (end == std::string::npos) return true;
    if (!head_.starts_with("HTTP/1.1 200")) {
      ++tally_.refusals;
      std::fprintf(stderr, "streamer-fanout: %s\n", head_.substr(0, head_.find('\r')).c_str());
      return false;
    }
    const auto length = number_after(std::string_view(head_).substr(0, end), "Content-Length: ");
    if (!length) return false;
    tally_.bytes += static_cast<unsigned long>(*length);
    packed_ = std::string_view(head_).substr(0, end).find("Content-Encoding: gzip") != std::string_view::npos;
    const std::size_t here = head_.size() - end - 4;
    if (keep_) body_ = head_.substr(end + 4);
    left_ = static_cast<std::size_t>(*length) - here;
    return true;
  }

  Tally& tally_;
  int fd_ = -1;
  bool keep_ = false;
  bool busy_ = false;
  bool packed_ = false;
  std::string head_, body_;
  std::optional<std::size_t> left_;  // of the body
  double arrived_at_ = 0;
};

class Viewer {
 public:
  Viewer(int port, std::string path, Tally& tally)
      : path_(std::move(path)), tally_(tally), playlists_(port, tally), parts_(port, tally) {}

  Connection& playlists() { return playlists_; }
  Connection& parts() { return parts_; }
  void begin() { playlists_.ask(path_ + "/playlist.m3u8", true); }

  // false: a connection is over.
  bool readable(Connection& connection) {
    if (!connection.is_busy()) return false;  // bytes that nobody asked for, or the end
    const auto state = connection.read();
    if (state != Connection::State::Answer) return state == Connection::State::More;
    return &connection == &playlists_ ? playlist_is_here() : part_is_here();
  }

 private:
  bool playlist_is_here() {
    auto newest = read_playlist(playlists_.text());
    if (!newest) return false;
    // The first answer was not waited for: it says nothing of a delay.
    if (waited_) tally_.take(tally_.listed, place_, playlists_.arrived_at());
    waited_ = true;
    place_ = newest->next;
    hint_ = std::move(newest->hint);
    ask_part();
    playlists_.ask(path_ + "/playlist.m3u8?_HLS_msn=" + std::to_string(place_.segment) +
                       "&_HLS_part=" + std::to_string(place_.part) + "&_HLS_skip=YES",
                   true);
    return true;
  }

  bool part_is_here() {
    tally_.take(tally_.delivered, asked_, parts_.arrived_at());
    ask_part();
    return true;
  }

  void ask_part() {
    if (parts_.is_busy() || asked_ == place_) return;
    asked_ = place_;
    parts_.ask(path_ + "/" + hint_, false);
  }

  std::string path_;
  Tally& tally_;
  Connection playlists_, parts_;
  bool waited_ = false;
  Place place_;  // of the part that comes next
  Place asked_;  // of the part that was asked for last
  std::string hint_;
};

double percentile(std::vector<double>& values, double share) {
  if (values.empty()) return -1;
  const auto rank =
      std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rank), values.end());
  return values[rank];
}

std::string summary(const Tally& tally, const std::map<Place, std::vector<double>>& seen) {
  std::vector<double> all;
  for (const auto& [place, arrivals] : seen)
    for (const double at : arrivals) all.push_back(at - tally.first.at(place));
  char text[200];
  const double p50 = percentile(all, 0.5), p99 = percentile(all, 0.99), most = percentile(all, 1);
  std::snprintf(text, sizeof text, R"({"count":%zu,"p50_ms":%.2f,"p99_ms":%.2f,"max_ms":%.2f})", all.size(),
                p50, p99, most);
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: streamer-fanout PORT PATH VIEWERS SECONDS\n");
    return 64;
  }
  const int viewers = std::atoi(argv[3]);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);

  Tally tally;
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  std::map<int, std::pair<Viewer*, Connection*>> by_socket;
  std::vector<std::unique_ptr<Viewer>> open;
  for (int i = 0; i < viewers; ++i) {
    open.push_back(std::make_unique<Viewer>(std::atoi(argv[1]), argv[2], tally));
    for (Connection* one : {&open.back()->playlists(), &open.back()->parts()}) {
      epoll_event wanted{.events = EPOLLIN, .data = {.fd = one->fd()}};
      ::epoll_ctl(epoll, EPOLL_CTL_ADD, one->fd(), &wanted);
      by_socket[one->fd()] = {open.back().get(), one};
    }
    open.back()->begin();
  }
  const auto end = Clock::now() + std::chrono::duration<double>(std::atof(argv[4]));
  while (Clock::now() < end) {
    std::array<epoll_event, 256> events;
    const int ready = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < ready; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      const auto [viewer, connection] = by_socket.at(fd);
      if (viewer->readable(*connection)) continue;
      ++tally.failures;
      ::epoll_ctl(epoll, EPOLL_CTL_DEL, fd, nullptr);
    }
  }
  rusage own{};
  ::getrusage(RUSAGE_SELF, &own);
  const auto seconds_of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  std::printf(
      R"({"viewers":%zu,"cores":%.2f,"answers":%ld,"refusals":%ld,"failures":%ld,"parts":%zu,"bytes":%lu,"listed":%s,"delivered":%s})"
      "\n",
      open.size(), (seconds_of(own.ru_utime) + seconds_of(own.ru_stime)) / std::atof(argv[4]), tally.answers,
      tally.refusals, tally.failures, tally.first.size(), tally.bytes, summary(tally, tally.listed).c_str(),
      summary(tally, tally.delivered).c_str());
  return 0;
}
