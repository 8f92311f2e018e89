#include "worker/package/media_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

using namespace worker;
using namespace std::chrono_literals;

namespace {

struct Pair {
  Pair() {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    near = common::UniqueFd(fds[0]);
    far = common::UniqueFd(fds[1]);
  }
  std::vector<std::uint8_t> read_all() const {
    std::vector<std::uint8_t> bytes(8 << 20);
    const ssize_t got = ::recv(far.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return bytes;
  }
  common::UniqueFd near, far;
};

const common::MonoTime start{1h};
constexpr std::uint8_t records = 100;  // of 100 kB: more than any socket holds

}  // namespace

TEST(MediaSocket, records_arrive_whole_and_in_order_whatever_the_reader_takes_at_a_time) {
  Pair pair;
  MediaSocket socket(std::move(pair.near), 7);
  for (std::uint8_t i = 0; i < records; ++i) {
    common::MediaRecord header;
    header.pts = i;
    ASSERT_TRUE(socket.send(header, Bytes(100'000, i), start));
  }
  EXPECT_TRUE(socket.pending()) << "more than a socket holds";
  common::MediaRecordReader reader;
  std::vector<common::MediaRecordReader::Item> items;
  for (int round = 0; round < 1000 && items.size() < records; ++round) {
    ASSERT_TRUE(reader.feed(pair.read_all(), items));
    ASSERT_TRUE(socket.flush(start));
  }
  ASSERT_EQ(items.size(), std::size_t{records});
  for (std::uint8_t i = 0; i < records; ++i) {
    EXPECT_EQ(items[i].header.pts, i);
    EXPECT_EQ(items[i].header.generation, 7u);
    EXPECT_EQ(items[i].bytes, Bytes(100'000, i));
  }
  EXPECT_FALSE(socket.pending());
  EXPECT_EQ(socket.queued_bytes(), 0u);
}

TEST(MediaSocket, a_full_queue_is_an_error_and_not_more_memory) {
  Pair pair;
  MediaSocket socket(std::move(pair.near), 1);
  const Bytes megabyte(1 << 20);
  int sent = 0;
  while (sent < 100 && socket.send({}, megabyte, start)) ++sent;
  EXPECT_GE(sent, 30);
  EXPECT_LE(sent, 34);
  EXPECT_LE(socket.queued_bytes(), MediaSocket::queue_bytes_max);
}

TEST(MediaSocket, a_reader_that_takes_nothing_for_too_long_is_an_error) {
  Pair pair;
  MediaSocket socket(std::move(pair.near), 1);
  ASSERT_TRUE(socket.send({}, Bytes(4 << 20), start));
  EXPECT_TRUE(socket.flush(start + MediaSocket::silence_max));
  EXPECT_FALSE(socket.flush(start + MediaSocket::silence_max + 1ms));
}

TEST(MediaSocket, a_reader_that_goes_away_is_an_error_and_no_signal) {
  Pair pair;
  MediaSocket socket(std::move(pair.near), 1);
  pair.far.reset();
  EXPECT_FALSE(socket.send({}, Bytes(10), start));
}

TEST(MediaSocket, a_record_beyond_the_format_is_refused) {
  Pair pair;
  MediaSocket socket(std::move(pair.near), 1);
  EXPECT_FALSE(socket.send({}, Bytes(common::MediaRecord::length_max + 1), start));
  EXPECT_FALSE(socket.pending());
}
