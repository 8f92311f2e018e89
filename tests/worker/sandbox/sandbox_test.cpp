// A process that has entered the sandbox, and what it can do then. Each test in a child: there is no way
// back.
#include "worker/sandbox/sandbox.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "common/unique_fd.h"
#include "common/worker_settings.h"

namespace worker {
namespace {

constexpr int not_available = 255;

// errno of what `act` tries inside (0: it could), or not_available.
int inside(const SandboxPlan& plan, const std::function<int()>& act) {
  const pid_t child = ::fork();
  if (child == 0) {
    const bool whole = enter_sandbox(plan).empty();
    ::_exit(whole ? act() : not_available);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

int error_of(long result) {
  return result < 0 ? errno : 0;
}

int open_socket(int family, int type) {
  const common::UniqueFd fd(::socket(family, type, 0));
  return fd ? 0 : errno;
}

class Sandbox : public testing::Test {
 protected:
  void SetUp() override {
    if (inside({}, [] { return 0; }) == not_available)
      GTEST_SKIP() << "this kernel has no Landlock or no seccomp";
    folder_ = std::filesystem::temp_directory_path() / ("sandbox_test." + std::to_string(::getpid()));
    std::filesystem::create_directory(folder_);
    std::ofstream(folder_ / "there") << "before";
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }
  std::string path(const char* name) const { return folder_ / name; }

  std::filesystem::path folder_;
};

}  // namespace

TEST_F(Sandbox, no_file_is_made_written_cut_or_removed) {
  const std::string there = path("there"), made = path("made");
  EXPECT_EQ(inside({}, [&] { return error_of(::open(made.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)); }),
            EACCES);
  EXPECT_EQ(inside({}, [&] { return error_of(::open(there.c_str(), O_WRONLY | O_CLOEXEC)); }), EACCES);
  EXPECT_EQ(inside({}, [&] { return error_of(::unlink(there.c_str())); }), EACCES);
  EXPECT_EQ(inside({}, [&] { return error_of(::mkdir(made.c_str(), 0700)); }), EACCES);
  EXPECT_EQ(inside({}, [&] { return error_of(::symlink("there", made.c_str())); }), EACCES);
  EXPECT_NE(inside({}, [&] { return error_of(::rename(there.c_str(), made.c_str())); }), 0);
  std::string text;
  std::ifstream(there) >> text;
  EXPECT_EQ(text, "before");
  EXPECT_FALSE(std::filesystem::exists(made));
}

TEST_F(Sandbox, no_program_is_started) {
  char* const arguments[] = {const_cast<char*>("true"), nullptr};
  EXPECT_EQ(inside({}, [&] { return error_of(::execve("/bin/true", arguments, environ)); }), EACCES);
  EXPECT_EQ(inside({},
                   [&] {
                     const int fd = ::open("/bin/true", O_RDONLY | O_CLOEXEC);
                     return error_of(::syscall(SYS_execveat, fd, "", arguments, environ, AT_EMPTY_PATH));
                   }),
            EACCES);
}

TEST_F(Sandbox, the_network_is_reached_only_where_it_is_needed) {
  for (const int family : {AF_INET, AF_INET6, AF_PACKET, AF_VSOCK}) {
    for (const int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW})
      EXPECT_EQ(inside({}, [&] { return open_socket(family, type); }), EACCES) << family << " " << type;
  }
  EXPECT_EQ(inside({.network = true}, [] { return open_socket(AF_INET, SOCK_STREAM); }), 0);
  EXPECT_EQ(inside({.network = true}, [] { return open_socket(AF_INET6, SOCK_DGRAM); }), 0);
}

TEST_F(Sandbox, what_a_worker_works_with_stays) {
  const std::string there = path("there");
  EXPECT_EQ(inside({}, [&] { return error_of(::open(there.c_str(), O_RDONLY | O_CLOEXEC)); }), 0);
  EXPECT_EQ(inside({}, [] { return error_of(::open("/dev/null", O_RDWR | O_CLOEXEC)); }), 0);
  EXPECT_EQ(inside({}, [] { return open_socket(AF_UNIX, SOCK_STREAM); }), 0);
  EXPECT_EQ(inside({}, [] { return error_of(::memfd_create("picture", MFD_CLOEXEC)); }), 0);
  EXPECT_EQ(inside({},
                   [] {
                     int seen = 1;
                     std::thread([&] { seen = 0; }).join();
                     return seen;
                   }),
            0);
}

TEST_F(Sandbox, a_later_thread_is_inside_too) {
  const std::string made = path("made");
  EXPECT_EQ(inside({},
                   [&] {
                     int error = 0;
                     std::thread([&] {
                       error = error_of(::open(made.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
                     }).join();
                     return error;
                   }),
            EACCES);
}

TEST(NeedsNetwork, addresses_and_x_servers_of_other_hosts) {
  const auto needed = [](const char* type, const char* display, const char* environment = "") {
    common::InputSettings input;
    input.type = type;
    input.display = display;
    return common::needs_network({input}, environment);
  };
  EXPECT_TRUE(needed("url", ""));
  for (const char* type : {"file", "device", "pattern", "slate"})
    EXPECT_FALSE(needed(type, "", "host:0")) << type;
  for (const char* local : {":0", ":1.0", "unix:0", "/x/socket:0"})
    EXPECT_FALSE(needed("x11", local, "host:0")) << local;
  for (const char* remote : {"host:0", "localhost:10.0", "192.0.2.1:0"})
    EXPECT_TRUE(needed("x11", remote)) << remote;
  EXPECT_TRUE(needed("x11", "", "host:0"));
  EXPECT_FALSE(needed("x11", "", ":0"));
}

}  // namespace worker
