#include "supervisor/media/gzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <chrono>
#include <cstdio>

#include "media_maker.h"

namespace {

using media_test::Bench;
using supervisor::gzip;

std::string unpack(const std::string& packed) {
  z_stream stream{};
  EXPECT_EQ(::inflateInit2(&stream, 15 + 16), Z_OK);
  std::string text(1u << 20, '\0');
  std::string input = packed;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(::inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  ::inflateEnd(&stream);
  return text;
}

TEST(Gzip, gives_the_text_back) {
  for (const std::string& text : {std::string(), std::string("x"), std::string(300'000, 'y')})
    EXPECT_EQ(unpack(gzip(text)), text);
}

TEST(Gzip, a_playlist_is_packed_once_a_change) {
  Bench bench;
  bench.start(600);
  const auto packed = bench.stream.gzipped_playlist(false);
  ASSERT_TRUE(packed);
  EXPECT_EQ(unpack(*packed), bench.playlist());
  EXPECT_EQ(bench.stream.gzipped_playlist(false), packed) << "the same bytes for every viewer";
  ASSERT_TRUE(bench.deliver(1, 606));
  const auto next = bench.stream.gzipped_playlist(false);
  EXPECT_NE(next, packed);
  EXPECT_EQ(unpack(*next), bench.playlist());
  const auto began = std::chrono::steady_clock::now();
  constexpr int rounds = 200;
  std::size_t bytes = 0;
  for (int i = 0; i < rounds; ++i) bytes = gzip(bench.playlist()).size();
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - began;
  std::printf("a playlist of %zu bytes packs to %zu in %.0f us\n", bench.playlist().size(), bytes,
              took.count() / rounds);
}

TEST(Gzip, a_playlist_that_is_too_short_is_left_alone) {
  Bench bench;
  bench.start(6);
  ASSERT_LT(bench.playlist().size(), supervisor::PlaylistMemo::gzip_bytes_min);
  EXPECT_EQ(bench.stream.gzipped_playlist(false), nullptr);
}

}  // namespace
