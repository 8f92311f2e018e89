#include "supervisor/keep/numbering.h"

#include <gtest/gtest.h>

namespace {

using supervisor::numbers_after;
using supervisor::written_ahead;

TEST(Numbering, is_written_at_least_half_a_step_ahead_and_rarely) {
  for (std::int64_t next = 0; next < 1000; ++next) {
    EXPECT_GE(written_ahead(next), next + supervisor::msn_step / 2);
    EXPECT_LE(written_ahead(next), next + supervisor::msn_step * 3 / 2);
    EXPECT_LE(written_ahead(next), written_ahead(next + 1));
  }
  int writes = 0;
  for (std::int64_t next = 0; next < 1000; ++next) writes += written_ahead(next) != written_ahead(next + 1);
  EXPECT_EQ(writes, 10);
}

TEST(Numbering, goes_on_after_everything_that_a_playlist_lists) {
  const auto numbers = numbers_after(
      "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:41\n#EXT-X-DISCONTINUITY-SEQUENCE:2\n#EXTINF:1.0,\nseg-a-41.m4s\n"
      "#EXT-X-DISCONTINUITY\n#EXTINF:1.0,\nseg-a-42.m4s\n");
  EXPECT_EQ(numbers, (supervisor::Numbers{43, 3}));
}

TEST(Numbering, of_a_text_that_is_no_playlist_is_none) {
  EXPECT_EQ(numbers_after(""), supervisor::Numbers{});
  EXPECT_EQ(numbers_after("\n\n<html>"), supervisor::Numbers{});
  EXPECT_EQ(numbers_after("#EXT-X-MEDIA-SEQUENCE:99999999999999999999"), supervisor::Numbers{});
  EXPECT_EQ(numbers_after("#EXT-X-MEDIA-SEQUENCE:-5"), supervisor::Numbers{});
}

}  // namespace
