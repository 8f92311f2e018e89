// Opening displays: the monitors that are there, and the words for each way it can fail.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/unique_fd.h"
#include "worker/display/monitors.h"
#include "x_server.h"

namespace worker {
namespace {

using test::XServer;

std::string reason(const std::string& display, const std::string& xauthority = "") {
  const auto monitors = list_monitors(display, xauthority);
  return monitors ? "" : monitors.error().reason;
}

TEST(DisplayAccess, both_monitors_are_listed_from_left_to_right) {
  const XServer server;
  if (server.is_xvfb()) GTEST_SKIP() << "Xorg does not start here";
  const auto monitors = list_monitors(server.display(), "");
  ASSERT_TRUE(monitors) << monitors.error().reason;
  EXPECT_EQ(describe(*monitors), "DUMMY0 640x360+0+0 primary, DUMMY1 640x360+640+0");
}

TEST(DisplayAccess, no_server_and_no_name_are_display_lost) {
  EXPECT_TRUE(reason(":4711").starts_with("display_lost: cannot open :4711: no X server listens there"))
      << reason(":4711");
  EXPECT_TRUE(reason("nonsense").starts_with("display_lost: \"nonsense\" is no display name"))
      << reason("nonsense");
}

TEST(DisplayAccess, a_wrong_or_missing_cookie_is_display_auth_and_the_right_one_opens) {
  const std::string directory =
      std::filesystem::temp_directory_path() / ("cookie." + std::to_string(getpid()));
  std::filesystem::create_directory(directory);
  const std::string cookie = directory + "/cookie";
  const XServer server("--cookie " + cookie);
  EXPECT_EQ(reason(server.display(), cookie), "");
  EXPECT_TRUE(reason(server.display()).starts_with("display_auth: " + server.display() + " refuses"));
  EXPECT_TRUE(
      reason(server.display(), directory + "/none").starts_with("display_auth: cannot read the cookie file"));
  std::ofstream(directory + "/garbage") << "not a cookie file";
  EXPECT_TRUE(reason(server.display(), directory + "/garbage").starts_with("display_auth: "));
  EXPECT_EQ(reason(server.display(), cookie), "") << "a failure leaves nothing behind";
  std::filesystem::remove_all(directory);
}

// A server that answers the set-up of some clients and hangs up on the others: what Xlib sees when the X
// server dies between two of its requests. It would end the process.
class DyingServer {
 public:
  explicit DyingServer(const std::string& real, int number, int bytes_before_death)
      : path_(socket_path(number)) {
    listener_.reset(::socket(AF_UNIX, SOCK_STREAM, 0));
    const sockaddr_un address = address_of(path_);
    ::unlink(path_.c_str());
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::listen(listener_.get(), 8);
    thread_ = std::thread([this, real, bytes_before_death] {
      serve(socket_path(std::atoi(real.c_str() + 1)), bytes_before_death);
    });
  }
  ~DyingServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
    ::unlink(path_.c_str());
  }

 private:
  static std::string socket_path(int number) { return "/tmp/.X11-unix/X" + std::to_string(number); }
  static sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
  }
  void serve(const std::string& real, int bytes_before_death) {
    std::vector<std::thread> relays;
    for (;;) {
      common::UniqueFd near(::accept(listener_.get(), nullptr, nullptr));
      if (!near) break;
      relays.emplace_back(
          [near = std::move(near), real, limit = bytes_before_death] { relay(near.get(), real, limit); });
    }
    for (auto& thread : relays) thread.join();
  }
  static void relay(int near, const std::string& real, int limit) {
    common::UniqueFd far(::socket(AF_UNIX, SOCK_STREAM, 0));
    const sockaddr_un address = address_of(real);
    if (::connect(far.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
    std::thread back([&] { pump(far.get(), near, 1 << 30); });
    pump(near, far.get(), limit);
    ::shutdown(near, SHUT_RDWR);
    ::shutdown(far.get(), SHUT_RDWR);
    back.join();
  }
  static void pump(int from, int to, int limit) {
    char bytes[4096];
    while (limit > 0) {
      const auto want = std::min(sizeof bytes, static_cast<std::size_t>(limit));
      const ssize_t count = ::recv(from, bytes, want, 0);
      if (count <= 0 || ::send(to, bytes, static_cast<std::size_t>(count), MSG_NOSIGNAL) < 0) return;
      limit -= static_cast<int>(count);
    }
  }

  std::string path_;
  common::UniqueFd listener_;
  std::thread thread_;
};

TEST(DisplayAccess, a_server_that_dies_at_any_byte_of_the_listing_does_not_end_the_process) {
  const XServer server;
  const int dying_number = 30000 + getpid() % 20000;
  int survived = 0;
  for (int bytes = 0; bytes < 700; bytes += 12) {
    const DyingServer dying(server.display(), dying_number, bytes);
    const std::string why = reason(std::string(":").append(std::to_string(dying_number)));
    if (!why.empty()) {
      EXPECT_TRUE(why.starts_with("display_lost: ")) << why;
      ++survived;
    }
  }
  EXPECT_GT(survived, 10);
}

}  // namespace
}  // namespace worker
