// Against a real datagram socket, as systemd has one.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "supervisor/keep/fd_store_place.h"
#include "supervisor/keep/service_notify.h"
#include "temporary_directory.h"

namespace {

using supervisor::ServiceNotify;

class Systemd {
 public:
  explicit Systemd(const std::string& path)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }

  struct Message {
    std::string text;
    common::UniqueFd fd;
  };
  // Empty text: there is none.
  Message next() {
    char text[4096];
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    iovec bytes{text, sizeof text};
    msghdr datagram{};
    datagram.msg_iov = &bytes;
    datagram.msg_iovlen = 1;
    datagram.msg_control = control;
    datagram.msg_controllen = sizeof control;
    const ssize_t n = ::recvmsg(socket_.get(), &datagram, MSG_CMSG_CLOEXEC);
    Message message;
    if (n < 0) return message;
    message.text.assign(text, static_cast<std::size_t>(n));
    if (const cmsghdr* header = CMSG_FIRSTHDR(&datagram); header != nullptr) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
      message.fd.reset(fd);
    }
    return message;
  }

 private:
  common::UniqueFd socket_;
};

TEST(Notify, says_what_systemd_wants_to_hear) {
  const TemporaryDirectory directory;
  Systemd systemd(directory / "notify");
  ServiceNotify notify((directory / "notify").c_str());
  EXPECT_TRUE(notify.ready());
  EXPECT_TRUE(notify.watchdog());
  EXPECT_TRUE(notify.status("two\nlines"));
  EXPECT_TRUE(notify.reloading());
  EXPECT_TRUE(notify.stopping());
  EXPECT_EQ(systemd.next().text, "READY=1");
  EXPECT_EQ(systemd.next().text, "WATCHDOG=1");
  EXPECT_EQ(systemd.next().text, "STATUS=two lines");
  EXPECT_EQ(systemd.next().text.rfind("RELOADING=1\nMONOTONIC_USEC=", 0), 0u);
  EXPECT_EQ(systemd.next().text, "STOPPING=1");
}

TEST(Notify, hands_a_descriptor_over) {
  const TemporaryDirectory directory;
  Systemd systemd(directory / "notify");
  ServiceNotify notify((directory / "notify").c_str());
  const common::UniqueFd memory(::memfd_create("test", MFD_CLOEXEC));
  ASSERT_EQ(::write(memory.get(), "hello", 5), 5);
  ASSERT_TRUE(notify.store(memory.get(), "desktop/seg-1"));
  const auto message = systemd.next();
  EXPECT_EQ(message.text, "FDSTORE=1\nFDPOLL=0\nFDNAME=desktop/seg-1");
  char bytes[5] = {};
  ASSERT_EQ(::pread(message.fd.get(), bytes, 5, 0), 5);
  EXPECT_EQ(std::string(bytes, 5), "hello");
}

TEST(Notify, never_waits_for_a_queue_that_is_full_and_removes_later) {
  const TemporaryDirectory directory;
  Systemd systemd(directory / "notify");
  ServiceNotify notify((directory / "notify").c_str());
  int sent = 0;
  while (sent < 100'000 && notify.watchdog()) ++sent;
  ASSERT_LT(sent, 100'000) << "the queue never filled";
  notify.remove("desktop/seg-1");
  while (!systemd.next().text.empty()) {
  }
  notify.flush_removals();
  EXPECT_EQ(systemd.next().text, "FDSTOREREMOVE=1\nFDNAME=desktop/seg-1");
  notify.flush_removals();
  EXPECT_EQ(systemd.next().text, "");
}

TEST(Notify, without_systemd_does_nothing) {
  for (const char* path : {static_cast<const char*>(nullptr), "", "relative", "/no/such/socket"}) {
    ServiceNotify notify(path);
    EXPECT_FALSE(notify.ready());
    notify.remove("x");
  }
  EXPECT_FALSE(ServiceNotify("relative").active());
  const std::string too_long = "/" + std::string(200, 'x');
  EXPECT_FALSE(ServiceNotify(too_long.c_str()).active());
}

TEST(Notify, takes_what_systemd_kept_by_name_and_hides_it_from_workers) {
  // In a child: the descriptors must lie from 3 on.
  const TemporaryDirectory directory;
  const pid_t child = ::fork();
  if (child == 0) {
    const int one = ::memfd_create("one", 0);
    const int other = ::memfd_create("other", 0);
    const int high_one = ::dup2(one, 100), high_other = ::dup2(other, 101);
    ::dup2(high_one, 3);
    ::dup2(high_other, 4);
    ::setenv("LISTEN_FDS", "2", 1);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDNAMES", "desktop/journal-1:listen", 1);
    const auto taken = supervisor::take_handed_over();
    const bool well = taken.size() == 2 && taken.count("listen") == 1 &&
                      taken.find("desktop/journal-1")->second.get() == 3 &&
                      std::getenv("LISTEN_FDS") == nullptr;
    ::setenv("LISTEN_FDS", "1", 1);
    ::setenv("LISTEN_PID", "1", 1);
    ::_exit(well && supervisor::take_handed_over().empty() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(FdStorePlace, stores_within_its_budget_and_takes_away_what_is_forgotten) {
  const TemporaryDirectory directory;
  Systemd systemd(directory / "notify");
  ServiceNotify notify((directory / "notify").c_str());
  const auto budget = std::make_shared<supervisor::FdStoreBudget>(supervisor::FdStoreBudget{2});
  supervisor::FdStorePlace place(notify, "desktop", {}, budget);
  ASSERT_TRUE(place.create("seg-1"));
  ASSERT_TRUE(place.create("seg-2"));
  EXPECT_FALSE(place.create("seg-3"));
  place.forget("seg-1");
  place.forget("seg-1");
  EXPECT_TRUE(place.create("seg-3"));
  EXPECT_EQ(budget->left, 0);
  std::string all;
  for (auto text = systemd.next().text; !text.empty(); text = systemd.next().text) all += text + "\n";
  EXPECT_NE(all.find("FDSTOREREMOVE=1\nFDNAME=desktop/seg-1"), std::string::npos);
  EXPECT_NE(all.find("FDNAME=desktop/seg-3"), std::string::npos);
}

}  // namespace
