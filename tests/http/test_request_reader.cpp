#include <gtest/gtest.h>

#include "supervisor/http/request_reader.h"

namespace supervisor {
namespace {

using Step = RequestReader::Step;
using Kind = Step::Kind;

Step read_all(RequestReader& reader, std::string_view bytes) {
  return reader.read(bytes);
}

// Status of the refusal, or 0.
int refusal_of(std::string_view bytes) {
  RequestReader reader({});
  const Step step = read_all(reader, bytes);
  return step.kind == Kind::Bad ? step.status : 0;
}

TEST(RequestReader, reads_a_request_whatever_the_sizes_of_the_reads) {
  const std::string text =
      "POST /api/start HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nLast-Event-ID: "
      "a-1\r\n\r\n"
      "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nHost: evil\r\n\r\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    RequestReader reader({});
    std::string unread;
    Step step;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      unread += text.substr(at, piece);
      step = reader.read(unread);
      unread.erase(0, step.consumed);
      ASSERT_NE(step.kind, Kind::Bad) << piece << " " << step.detail;
    }
    ASSERT_EQ(step.kind, Kind::Complete) << piece;
    EXPECT_EQ(reader.request().body, "abcde");
    EXPECT_EQ(reader.request().host, "localhost") << "a trailer changes nothing";
    EXPECT_EQ(reader.request().host_fields, 1);
    EXPECT_EQ(reader.request().last_event_id, "a-1");
    EXPECT_TRUE(unread.empty());
  }
}

TEST(RequestReader, leaves_the_next_request_alone) {
  RequestReader reader({});
  const std::string two = "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n";
  const Step first = reader.read(two);
  ASSERT_EQ(first.kind, Kind::Complete);
  EXPECT_EQ(first.consumed, two.size() / 2);
  EXPECT_EQ(reader.request().target, "/a");
  reader.next();
  ASSERT_EQ(reader.read(std::string_view(two).substr(first.consumed)).kind, Kind::Complete);
  EXPECT_EQ(reader.request().target, "/b");
}

TEST(RequestReader, an_ambiguous_length_is_refused) {
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\n";
  for (const char* fields :
       {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Content-Length: 3\r\nContent-Length: 3\r\n", "Content-Length: -1\r\n", "Content-Length: 3x\r\n",
        "Content-Length: 99999999999999999999999\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: identity\r\n", "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "Content-Length : 3\r\n",
        "Content-Length: 3\r\n Transfer-Encoding: chunked\r\n"})
    EXPECT_EQ(refusal_of(head + fields + "\r\nabc"), 400) << fields;
  EXPECT_EQ(refusal_of("POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
}

TEST(RequestReader, malformed_requests_are_refused) {
  for (const char* text :
       {"\x16\x03\x01\x02", "GET /\r\n\r\n", "GET / HTTP/1.1\r\nHost x\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHo st: x\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", "GET / HTTP/1.1\r\n\tx: y\r\n\r\n",
        "G\x01T / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", "GET / HTTP/1.1\r\n: b\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n"})
    EXPECT_EQ(refusal_of(text), 400) << text;
  EXPECT_EQ(refusal_of("GET / HTTP/3.0\r\nHost: x\r\n\r\n"), 505);
  EXPECT_EQ(refusal_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
}

TEST(RequestReader, every_limit_holds_at_its_edge_and_one_past_it) {
  const RequestLimits limits{.header_bytes = 200, .target_bytes = 50, .body_bytes = 10, .header_fields = 3};
  const auto status = [&](const std::string& text) {
    RequestReader reader(limits);
    const Step step = reader.read(text);
    return step.kind == Kind::Bad ? step.status : step.kind == Kind::Complete ? 200 : 100;
  };
  const auto get = [](std::size_t target, const std::string& fields) {
    return "GET /" + std::string(target - 1, 'a') + " HTTP/1.1\r\n" + fields + "\r\n";
  };
  EXPECT_EQ(status(get(50, "")), 200);
  EXPECT_EQ(status(get(51, "")), 414);
  EXPECT_EQ(status(get(1000, "")), 414);
  EXPECT_EQ(status(std::string(200, 'G')), 414) << "no end of the request line in sight";
  EXPECT_EQ(status(get(1, "A: " + std::string(200 - 23, 'b') + "\r\n")), 200);
  EXPECT_EQ(status(get(1, "A: " + std::string(201 - 23, 'b') + "\r\n")), 431);
  EXPECT_EQ(status("GET / HTTP/1.1\r\nA: " + std::string(300, 'b')), 431) << "before its end is seen";
  EXPECT_EQ(status(get(1, "A:b\r\nA:b\r\nA:b\r\n")), 200);
  EXPECT_EQ(status(get(1, "A:b\r\nA:b\r\nA:b\r\nA:b\r\n")), 431);
  const auto post = [](std::size_t size) {
    return "POST / HTTP/1.1\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(size, 'x');
  };
  EXPECT_EQ(status(post(10)), 200);
  EXPECT_EQ(status(post(11)), 413);
}

TEST(RequestReader, chunks_cannot_grow_past_the_body_limit) {
  const std::string head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  RequestReader reader({.header_bytes = 8192, .target_bytes = 100, .body_bytes = 10, .header_fields = 9});
  EXPECT_EQ(reader.read(head + "a\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\n").status, 413);
  RequestReader wide({.header_bytes = 8192, .target_bytes = 100, .body_bytes = 10, .header_fields = 9});
  EXPECT_EQ(wide.read(head + "ffffffffffffffff\r\n").status, 413);
  RequestReader bomb({.header_bytes = 8192, .target_bytes = 100, .body_bytes = 10, .header_fields = 9});
  EXPECT_EQ(bomb.read(head + "1;" + std::string(100, 'e') + "\r\nx\r\n").status, 413) << "extensions count";
  RequestReader line({.header_bytes = 200, .target_bytes = 100, .body_bytes = 1000, .header_fields = 9});
  EXPECT_EQ(line.read(head + "1;" + std::string(300, 'e')).status, 400) << "a chunk header without end";
}

TEST(RequestReader, keeps_alive_as_the_version_says) {
  const auto keeps = [](const std::string& text) {
    RequestReader reader({});
    EXPECT_EQ(reader.read(text).kind, Kind::Complete) << text;
    return reader.request().keep_alive;
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  EXPECT_TRUE(keeps("\r\n\r\nGET / HTTP/1.1\r\n\r\n")) << "empty lines before a request are skipped";
}

}  // namespace
}  // namespace supervisor
