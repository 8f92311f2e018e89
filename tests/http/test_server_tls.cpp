// HTTPS: the same answers through TLS, who is let in, and what a handshake may not do to others.
#include <gmock/gmock.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "supervisor/credentials/tls_files.h"
#include "tests/http/http_fixture.h"
#include "tests/support/certificate.h"

namespace supervisor {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// A blocking client of TLS; trusts one certificate. Every wait ends after three seconds.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, const TestCertificate& trusted, int newest = 0,
                     const std::string& protocols = {}, int receive_buffer_bytes = 0)
      : wire_(port, receive_buffer_bytes) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    const std::unique_ptr<BIO, decltype(&BIO_free)> source(
        BIO_new_mem_buf(trusted.certificate.data(), static_cast<int>(trusted.certificate.size())), &BIO_free);
    const std::unique_ptr<X509, decltype(&X509_free)> known(
        PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr), &X509_free);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), known.get());
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    if (newest != 0) {
      SSL_CTX_set_security_level(context_.get(), 0);
      SSL_CTX_set_max_proto_version(context_.get(), newest);
    }
    ssl_.reset(SSL_new(context_.get()));
    if (!protocols.empty())
      SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                          static_cast<unsigned>(protocols.size()));
    SSL_set_fd(ssl_.get(), wire_.descriptor());
    connected_ = SSL_connect(ssl_.get()) == 1;
    ERR_clear_error();
  }

  bool connected() const { return connected_; }
  const char* version() const { return SSL_get_version(ssl_.get()); }
  std::string protocol() const {
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &chosen, &size);
    return {reinterpret_cast<const char*>(chosen), size};
  }
  bool send(std::string_view bytes) {
    return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) ==
           static_cast<int>(bytes.size());
  }
  // Up to `size` bytes; fewer at the end.
  std::string read(std::size_t size) {
    std::string all;
    while (all.size() < size) {
      char piece[20'000];
      const int got =
          SSL_read(ssl_.get(), piece, static_cast<int>(std::min(sizeof piece, size - all.size())));
      if (got <= 0) {
        end_ = SSL_get_error(ssl_.get(), got);
        break;
      }
      all.append(piece, static_cast<std::size_t>(got));
    }
    ERR_clear_error();
    return all;
  }
  // Whole answers by their Content-Length.
  std::string answer() {
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos) {
      const std::string byte = read(1);
      if (byte.empty()) return head;
      head += byte;
    }
    const std::size_t at = head.find("Content-Length: ");
    return head + (at == std::string::npos ? "" : read(std::stoul(head.substr(at + 16))));
  }
  std::string get(const std::string& target, const std::string& fields = {}) {
    return send(request_text("GET", target, fields)) ? answer() : std::string();
  }
  bool was_told_goodbye() {
    read(1);
    return end_ == SSL_ERROR_ZERO_RETURN;
  }

 private:
  Client wire_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, &SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, &SSL_free};
  bool connected_ = false;
  int end_ = SSL_ERROR_NONE;
};

class HttpServerTls : public testing::Test {
 protected:
  HttpServerTls() { use(certificate); }
  static HttpSettings settings() {
    HttpSettings settings = TestServer::quick_settings();
    settings.header = std::chrono::milliseconds(1000);  // handshakes compute
    return settings;
  }
  void use(const TestCertificate& one) {
    const auto context = TlsContext::make(one.certificate, one.key);
    ASSERT_TRUE(context) << context.error().reason;
    server.run([&](HttpServer& http) {
      http.use_tls(*context);
      return 0;
    });
  }

  TestCertificate certificate;
  TestServer server{settings(), 3'000'000};
};

TEST_F(HttpServerTls, answers_as_without_it_one_request_after_the_other) {
  TlsClient client(server.port(), certificate);
  ASSERT_TRUE(client.connected());
  EXPECT_STREQ(client.version(), "TLSv1.3");
  EXPECT_THAT(client.get("/hls/desktop/playlist.m3u8"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(client.get("/hls/desktop/playlist.m3u8"), HasSubstr("#EXTM3U\n#MSN:10\n"));
  EXPECT_THAT(client.get("/nothing"), StartsWith("HTTP/1.1 404"));
  ASSERT_TRUE(client.send(request_text("GET", "/healthz") + request_text("GET", "/api/status")));
  EXPECT_THAT(client.answer(), HasSubstr("\r\n\r\nok\n"));
  EXPECT_THAT(client.answer(), HasSubstr("{\"service\":{}}"));
}

TEST_F(HttpServerTls, media_comes_byte_for_byte_however_slowly_it_is_taken) {
  TlsClient client(server.port(), certificate, 0, {}, 8192);
  ASSERT_TRUE(client.connected());
  for (const std::string range : {"", "Range: bytes=12345-2000000\r\n"}) {
    const std::string answer = client.get("/hls/desktop/seg", range);
    const std::string body = answer.substr(answer.find("\r\n\r\n") + 4);
    const std::size_t first = range.empty() ? 0 : 12345;
    ASSERT_EQ(body.size(), range.empty() ? 3'000'000u : 2'000'000u - 12345 + 1);
    std::size_t wrong = 0;
    for (std::size_t at = 0; at < body.size(); ++at) wrong += body[at] != media_byte(first + at) ? 1 : 0;
    EXPECT_EQ(wrong, 0u) << range;
  }
}

TEST_F(HttpServerTls, a_part_that_is_waited_for_comes_when_it_is_published) {
  TlsClient client(server.port(), certificate);
  ASSERT_TRUE(client.send(request_text("GET", "/hls/desktop/playlist.m3u8?_HLS_msn=11")));
  ASSERT_TRUE(server.eventually([](HttpServer& http) { return http.waiting() == 1; }));
  server.run([this](HttpServer&) {
    server.stream.publish();
    return 0;
  });
  EXPECT_THAT(client.answer(), HasSubstr("#MSN:11"));
}

TEST_F(HttpServerTls, events_are_streamed_and_an_answer_that_ends_the_connection_says_goodbye) {
  TlsClient events(server.port(), certificate);
  EXPECT_THAT(events.get("/api/events"), HasSubstr("text/event-stream"));
  server.run([this](HttpServer&) {
    server.events.publish("state", "{\"a\":1}");
    return 0;
  });
  EXPECT_THAT(events.read(60), HasSubstr("retry: 2000"));
  TlsClient last(server.port(), certificate);
  EXPECT_THAT(last.get("/healthz", "Connection: close\r\n"), HasSubstr("200"));
  EXPECT_TRUE(last.was_told_goodbye());
}

TEST_F(HttpServerTls, old_versions_and_other_protocols_are_refused) {
  EXPECT_FALSE(TlsClient(server.port(), certificate, TLS1_1_VERSION).connected());
  const TlsClient older(server.port(), certificate, TLS1_2_VERSION, std::string("\x02h2\x08http/1.1", 12));
  EXPECT_TRUE(older.connected());
  EXPECT_EQ(older.protocol(), "http/1.1");
  EXPECT_FALSE(TlsClient(server.port(), certificate, 0, std::string("\x02h2", 3)).connected());
  EXPECT_TRUE(server.eventually([](HttpServer& http) { return http.counters().tls_failed == 2; }));
}

TEST_F(HttpServerTls, a_request_in_clear_is_told_what_is_spoken_here) {
  Client client(server.port());
  const Response response = client.get("/api/status");
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("desktop-streamer speaks HTTPS at this address"));
  EXPECT_TRUE(client.is_ended());
}

TEST_F(HttpServerTls, what_begins_no_handshake_or_never_ends_it_is_cut_and_holds_nobody) {
  std::vector<std::unique_ptr<Client>> silent;
  for (int i = 0; i < 20; ++i) silent.push_back(std::make_unique<Client>(server.port()));
  Client half(server.port());
  half.send(std::string("\x16\x03\x01\x02\x00\x01", 6));  // the beginning of a ClientHello
  Client broken(server.port());
  broken.send(std::string("\x16\x03\x01\x00\x05hello", 10));
  TlsClient good(server.port(), certificate);
  EXPECT_THAT(good.get("/healthz"), HasSubstr("200"));
  for (const auto& client : silent) EXPECT_TRUE(client->is_ended());
  EXPECT_TRUE(half.is_ended());
  bool ended = false;
  broken.read_to_end(ended);
  EXPECT_TRUE(ended);
  EXPECT_TRUE(server.eventually([](HttpServer& http) { return http.counters().timed_out == 21; }));
}

TEST_F(HttpServerTls, a_renewed_certificate_is_for_new_connections_and_ends_none) {
  TlsClient before(server.port(), certificate);
  EXPECT_THAT(before.get("/healthz"), HasSubstr("200"));
  const TestCertificate renewed;
  use(renewed);
  EXPECT_THAT(before.get("/healthz"), HasSubstr("200"));
  EXPECT_FALSE(TlsClient(server.port(), certificate).connected());
  EXPECT_TRUE(TlsClient(server.port(), renewed).connected());
}

TEST_F(HttpServerTls, a_server_that_ends_does_not_wait_for_handshakes) {
  Client silent(server.port());
  ASSERT_TRUE(server.eventually([](HttpServer& http) { return http.connections() == 1; }));
  std::promise<void> closed;
  server.run([&closed](HttpServer& http) {
    http.close([&closed] { closed.set_value(); });
    return 0;
  });
  EXPECT_EQ(closed.get_future().wait_for(std::chrono::seconds(3)), std::future_status::ready);
}

TEST(TlsContext, says_what_is_wrong_with_the_pair) {
  const TestCertificate one, other;
  EXPECT_TRUE(TlsContext::make(one.certificate + other.certificate, one.key)) << "a chain";
  EXPECT_THAT(TlsContext::make(one.certificate, other.key).error().reason,
              StartsWith("the key cannot be used: "));
  EXPECT_THAT(TlsContext::make("nothing", one.key).error().reason,
              StartsWith("the certificate cannot be used: "));
  std::string damaged = other.certificate;
  damaged.replace(damaged.size() / 2, 4, "!!!!");
  EXPECT_FALSE(TlsContext::make(one.certificate + damaged, one.key));
}

TEST(TlsFiles, are_parsed_again_only_when_they_hold_something_else) {
  const std::string certificate = testing::TempDir() + "tls_files.pem";
  const std::string key = testing::TempDir() + "tls_files_key.pem";
  const auto write = [](const std::string& path, const std::string& text) {
    std::filesystem::remove(path);
    std::ofstream(path) << text;
    std::filesystem::permissions(path,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  };
  const TestCertificate one, other;
  write(certificate, one.certificate);
  write(key, one.key);
  auto former = read_tls_files(certificate, key);
  ASSERT_TRUE(former) << former.error().reason;
  former->end = {};  // no certificate says so
  const auto again = read_tls_files(certificate, key, &*former);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->end, former->end);
  write(key, other.key);
  EXPECT_THAT(read_tls_files(certificate, key, &*former).error().reason,
              HasSubstr("is not the key of the certificate"));
  write(certificate, other.certificate);
  const auto renewed = read_tls_files(certificate, key, &*former);
  ASSERT_TRUE(renewed);
  EXPECT_GT(renewed->end, former->end);
  std::filesystem::permissions(key, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  EXPECT_FALSE(read_tls_files(certificate, key, &*renewed)) << "the same, but everybody reads it (fault C11)";
  std::filesystem::remove(certificate);
  std::filesystem::remove(key);
}

}  // namespace
}  // namespace supervisor
