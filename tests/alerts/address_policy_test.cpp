#include "supervisor/alerts/address_policy.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>

namespace supervisor {
namespace {

struct Made {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Made make(const char* text) {
  Made made;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    std::memcpy(&made.storage, &v4, sizeof v4);
    made.size = sizeof v4;
  } else {
    EXPECT_EQ(::inet_pton(AF_INET6, text, &v6.sin6_addr), 1) << text;
    v6.sin6_family = AF_INET6;
    std::memcpy(&made.storage, &v6, sizeof v6);
    made.size = sizeof v6;
  }
  return made;
}

bool is_private(const char* text) {
  const Made made = make(text);
  EXPECT_EQ(address_text(made.get(), made.size).empty(), false);
  return is_private_address(made.get(), made.size);
}

TEST(AddressPolicy, loopback_private_link_local_and_reserved_addresses_are_refused) {
  for (const char* text : {"127.0.0.1",
                           "127.255.255.255",
                           "0.0.0.0",
                           "10.0.0.1",
                           "10.255.255.255",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.168.0.1",
                           "192.168.255.255",
                           "169.254.169.254",
                           "100.64.0.1",
                           "100.127.255.255",
                           "192.0.2.1",
                           "198.18.0.1",
                           "198.19.255.255",
                           "224.0.0.1",
                           "240.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "fe80::1",
                           "fc00::1",
                           "fd12:3456::1",
                           "ff02::1",
                           "fec0::1",
                           "2001:db8::1",
                           "2001::1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.1.2.3",
                           "::127.0.0.1",
                           "64:ff9b::7f00:1",
                           "64:ff9b:1::1",
                           "2002:7f00:1::",
                           "2002:c0a8:101::1"}) {
    EXPECT_TRUE(is_private(text)) << text;
  }
}

TEST(AddressPolicy, neighbours_of_those_ranges_are_public) {
  for (const char* text :
       {"1.1.1.1",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.0",       "169.253.255.255", "169.255.0.0",    "172.15.255.255",
        "172.32.0.0",      "192.167.255.255", "192.169.0.0",     "198.17.255.255", "198.20.0.0",
        "223.255.255.255", "2606:4700::1111", "2a00::1",         "::ffff:1.1.1.1", "64:ff9b::101:101",
        "2002:101:101::1"}) {
    EXPECT_FALSE(is_private(text)) << text;
  }
}

TEST(AddressPolicy, what_is_no_internet_address_is_refused) {
  sockaddr local{};
  local.sa_family = AF_UNIX;
  EXPECT_TRUE(is_private_address(&local, sizeof local));
  const Made made = make("1.1.1.1");
  EXPECT_TRUE(is_private_address(made.get(), 4)) << "cut short";
}

}  // namespace
}  // namespace supervisor
