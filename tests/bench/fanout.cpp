// Many low-latency viewers on one thread, for tests/bench/serving.py: each holds one connection, asks for the
// next part with a blocking playlist reload (RFC 8216bis 6.2.5.2, with delta updates), fetches that part, and
// so on. Delay of a part: from its first arrival at any of the viewers, which is its publication but for the
// time of one answer. Prints one JSON object.
//   streamer-fanout PORT PATH VIEWERS SECONDS
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
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

// What a viewer needs of a playlist: the newest part, and the place of the one after it.
struct Newest {
  Place next;
  std::string part_uri;
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
  if (!sequence || part == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(part, text.find('\n', part) - part);
  const auto uri = line.find("URI=\"");
  if (uri == std::string_view::npos) return std::nullopt;
  const auto last_segment = text.rfind("#EXTINF:");
  const bool open = last_segment == std::string_view::npos || part > last_segment;
  const long segments = number_after(text, "SKIPPED-SEGMENTS=").value_or(0) + count(text, "\n#EXTINF:");
  Newest newest;
  newest.part_uri = line.substr(uri + 5, line.find('"', uri + 5) - uri - 5);
  newest.next.segment = *sequence + segments;
  newest.next.part =
      open ? count(text.substr(last_segment == std::string_view::npos ? 0 : last_segment), "#EXT-X-PART:")
           : 0;
  return newest;
}

struct Tally {
  std::map<Place, Clock::time_point> first;
  std::map<Place, std::vector<double>> listed, delivered;  // ms after the first arrival
  long answers = 0, refusals = 0, failures = 0;
  unsigned long bytes = 0;
};

class Viewer {
 public:
  Viewer(int port, std::string path, Tally& tally) : path_(std::move(path)), tally_(tally) {
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
  }
  Viewer(const Viewer&) = delete;
  Viewer& operator=(const Viewer&) = delete;
  ~Viewer() { ::close(fd_); }

  int fd() const { return fd_; }
  void begin() { ask(path_ + "/playlist.m3u8", false); }

  // false: the connection is over.
  bool readable() {
    for (;;) {
      const ssize_t got = body_left_ && in_part_ ? skip() : fill();
      if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
      if (got == 0) return false;
      if (!advance()) return false;
    }
  }

 private:
  ssize_t fill() {
    char piece[16384];
    const ssize_t got = ::recv(fd_, piece, sizeof piece, MSG_DONTWAIT);
    if (got > 0) buffer_.append(piece, static_cast<std::size_t>(got));
    return got;
  }

  // Media is not copied: a viewer's work is not what is measured.
  ssize_t skip() {
    const ssize_t got = ::recv(fd_, nullptr, *body_left_, MSG_DONTWAIT | MSG_TRUNC);
    if (got > 0) *body_left_ -= static_cast<std::size_t>(got);
    return got;
  }

  bool advance() {
    if (!body_left_) {
      const auto end = buffer_.find("\r\n\r\n");
      if (end == std::string::npos) return true;
      if (!buffer_.starts_with("HTTP/1.1 200")) {
        ++tally_.refusals;
        std::fprintf(stderr, "streamer-fanout: %s\n", buffer_.substr(0, buffer_.find('\r')).c_str());
        return false;
      }
      const auto length = number_after(std::string_view(buffer_).substr(0, end), "Content-Length: ");
      if (!length) return false;
      body_left_ = static_cast<std::size_t>(*length);
      tally_.bytes += *body_left_;
      buffer_.erase(0, end + 4);
      if (in_part_) {
        *body_left_ -= std::min(*body_left_, buffer_.size());
        buffer_.clear();
      }
    }
    return in_part_ ? *body_left_ > 0 || part_is_here() : buffer_.size() < *body_left_ || playlist_is_here();
  }

  bool playlist_is_here() {
    ++tally_.answers;
    const auto newest = read_playlist(buffer_);
    if (!newest) return false;
    place_ = newest->next;
    const auto now = Clock::now();
    const auto first = tally_.first.try_emplace(place_, now).first->second;
    if (waited_)
      tally_.listed[place_].push_back(std::chrono::duration<double, std::milli>(now - first).count());
    ask(path_ + "/" + newest->part_uri, true);
    return true;
  }

  bool part_is_here() {
    ++tally_.answers;
    if (waited_)
      tally_.delivered[place_].push_back(
          std::chrono::duration<double, std::milli>(Clock::now() - tally_.first[place_]).count());
    waited_ = true;
    ask(path_ + "/playlist.m3u8?_HLS_msn=" + std::to_string(place_.segment) +
            "&_HLS_part=" + std::to_string(place_.part) + "&_HLS_skip=YES",
        false);
    return true;
  }

  void ask(const std::string& target, bool part) {
    in_part_ = part;
    buffer_.clear();
    body_left_.reset();
    const std::string request =
        "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: fanout\r\n\r\n";
    if (::send(fd_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
      ++tally_.failures;
  }

  std::string path_;
  Tally& tally_;
  int fd_ = -1;
  bool in_part_ = false;
  bool waited_ = false;  // the first answers are not waited for: they say nothing of a delay
  std::string buffer_;
  std::optional<std::size_t> body_left_;
  Place place_;
};

double percentile(std::vector<double>& values, double share) {
  if (values.empty()) return -1;
  const auto rank =
      std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rank), values.end());
  return values[rank];
}

std::string summary(const std::map<Place, std::vector<double>>& delays) {
  std::vector<double> all;
  for (const auto& [place, values] : delays) all.insert(all.end(), values.begin(), values.end());
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
  std::map<int, std::unique_ptr<Viewer>> open;
  for (int i = 0; i < viewers; ++i) {
    auto viewer = std::make_unique<Viewer>(std::atoi(argv[1]), argv[2], tally);
    epoll_event wanted{.events = EPOLLIN, .data = {.fd = viewer->fd()}};
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, viewer->fd(), &wanted);
    viewer->begin();
    open.emplace(viewer->fd(), std::move(viewer));
  }
  const auto end = Clock::now() + std::chrono::duration<double>(std::atof(argv[4]));
  while (Clock::now() < end && !open.empty()) {
    epoll_event events[256];
    const int ready = ::epoll_wait(epoll, events, 256, 100);
    for (int i = 0; i < ready; ++i)
      if (!open.at(events[i].data.fd)->readable()) {
        ++tally.failures;
        open.erase(events[i].data.fd);
      }
  }
  std::printf(
      R"({"viewers":%zu,"answers":%ld,"refusals":%ld,"failures":%ld,"parts":%zu,"bytes":%lu,"listed":%s,"delivered":%s})"
      "\n",
      open.size(), tally.answers, tally.refusals, tally.failures, tally.first.size(), tally.bytes,
      summary(tally.listed).c_str(), summary(tally.delivered).c_str());
  return 0;
}
