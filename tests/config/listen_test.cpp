#include "tests/config/config_test.h"

using supervisor::check_listen;
using supervisor::parse_listen;
using testing::EndsWith;
using testing::StartsWith;

TEST(Listen, addresses_in_numbers_are_understood) {
  const auto v4 = parse_listen("127.0.0.1:8080");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->address, "127.0.0.1");
  EXPECT_EQ(v4->port, 8080);
  EXPECT_TRUE(v4->loopback);
  const auto v6 = parse_listen("[::1]:0");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->address, "::1");
  EXPECT_EQ(v6->port, 0);
  EXPECT_TRUE(v6->loopback);
}

TEST(Listen, only_true_loopback_counts_as_such) {
  for (const char* address :
       {"0.0.0.0:1", "[::]:1", "192.168.1.2:1", "[::ffff:127.0.0.1]:1", "126.255.255.255:1"}) {
    EXPECT_FALSE(parse_listen(address)->loopback) << address;
    EXPECT_FALSE(check_listen(address, false)) << address;
    EXPECT_TRUE(check_listen(address, true)) << address;
  }
  EXPECT_TRUE(parse_listen("127.255.255.254:65535")->loopback);
}

TEST(Listen, other_machines_are_let_in_by_encryption_with_credentials_or_in_words) {
  using supervisor::is_lan_allowed;
  supervisor::Server server;
  EXPECT_FALSE(is_lan_allowed(server));
  server.tls = {.certificate = "/c.pem", .key = "/k.pem"};
  EXPECT_FALSE(is_lan_allowed(server)) << "everybody could stop the stream";
  server.auth.tokens.emplace_back();
  EXPECT_TRUE(is_lan_allowed(server));
  server.tls.key.clear();
  EXPECT_FALSE(is_lan_allowed(server)) << "the token could be read on the way";
  server.insecure_lan = true;
  EXPECT_TRUE(is_lan_allowed(server));
}

TEST(Listen, everything_else_is_refused_with_an_example) {
  for (const char* text : {"", ":", "127.0.0.1", "127.0.0.1:", ":8080", "127.0.0.1:65536", "127.0.0.1:-1",
                           "127.0.0.1:80x", "127.0.0.1: 80", "::1:8080", "[127.0.0.1]:80", "[::1]",
                           "localhost:8080", "example.org:80", "1.2.3:80", "http://127.0.0.1:80"}) {
    const auto listen = parse_listen(text);
    ASSERT_FALSE(listen) << text;
    EXPECT_THAT(listen.error().reason,
                EndsWith("; allowed: ADDRESS:PORT in numbers, such as \"127.0.0.1:8080\" or \"[::1]:8080\""));
  }
  EXPECT_THAT(parse_listen("localhost:80").error().reason,
              StartsWith("is \"localhost:80\": names are not resolved, write 127.0.0.1;"));
}
