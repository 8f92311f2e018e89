#include "supervisor/doctor/port_holder.h"

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/unique_fd.h"

using supervisor::find_port_holder;
using supervisor::ListenAddress;
using supervisor::listening_inodes;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

// As proc_net_tcp(5) shows them on a little-endian machine: 127.0.0.1:8080, 0.0.0.0:8081, 127.0.0.1:8080
// connected.
constexpr const char* table =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 "
    "0 0 10 0\n"
    "   1: 00000000:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 "
    "0 0 10 0\n"
    "   2: 0100007F:1F90 0100007F:A0B0 01 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 20 "
    "4 30 10 -1\n"
    "   3: rubbish\n";

ListenAddress at(const char* address, std::uint16_t port) {
  return {address, port, true};
}

}  // namespace

TEST(PortHolder, is_the_socket_that_listens_on_the_address_or_on_all) {
  EXPECT_THAT(listening_inodes(table, at("127.0.0.1", 8080)), ElementsAre(4711u));
  EXPECT_THAT(listening_inodes(table, at("192.168.1.2", 8081)), ElementsAre(4712u)) << "it listens on all";
  EXPECT_THAT(listening_inodes(table, at("0.0.0.0", 8080)), ElementsAre(4711u)) << "all includes it";
  EXPECT_THAT(listening_inodes(table, at("127.0.0.2", 8080)), IsEmpty());
  EXPECT_THAT(listening_inodes(table, at("127.0.0.1", 8082)), IsEmpty());
  EXPECT_THAT(listening_inodes("", at("127.0.0.1", 8080)), IsEmpty());
}

TEST(PortHolder, is_found_among_the_processes) {
  const common::UniqueFd socket(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof place;
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&place), size), 0);
  ASSERT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&place), &size), 0);
  const ListenAddress here = at("127.0.0.1", ntohs(place.sin_port));
  EXPECT_FALSE(find_port_holder(here)) << "bound, but it does not listen";
  ASSERT_EQ(::listen(socket.get(), 1), 0);
  const auto holder = find_port_holder(here);
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->pid, ::getpid());
  EXPECT_EQ(holder->program, "doctor_test");
}
