// Playlists as whole texts: what a player reads is what is compared.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media_maker.h"

namespace {

using media_test::Bench;
using testing::HasSubstr;
using testing::Not;

// Seven closed segments of 1 s, and an open one with one part of 0.5 s. @ stands for the id of the init
// segment.
const char* const full_text = R"(#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:1
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=6,HOLD-BACK=3,PART-HOLD-BACK=1.50000
#EXT-X-PART-INF:PART-TARGET=0.50000
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-MAP:URI="init-@.mp4"
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.000Z
#EXTINF:1.00000,
seg-s-0.m4s
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:21.000Z
#EXTINF:1.00000,
seg-s-1.m4s
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:22.000Z
#EXTINF:1.00000,
seg-s-2.m4s
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:23.000Z
#EXTINF:1.00000,
seg-s-3.m4s
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:24.000Z
#EXT-X-PART:DURATION=0.50000,URI="part-s-9-@.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.50000,URI="part-s-10-@.m4s"
#EXTINF:1.00000,
seg-s-4.m4s
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:25.000Z
#EXT-X-PART:DURATION=0.50000,URI="part-s-11-@.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.50000,URI="part-s-12-@.m4s"
#EXTINF:1.00000,
seg-s-5.m4s
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:26.000Z
#EXT-X-PART:DURATION=0.50000,URI="part-s-13-@.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.50000,URI="part-s-14-@.m4s"
#EXTINF:1.00000,
seg-s-6.m4s
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:27.000Z
#EXT-X-PART:DURATION=0.50000,URI="part-s-15-@.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-s-16-@.m4s"
)";

const char* const delta_text = R"(#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:1
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=6,HOLD-BACK=3,PART-HOLD-BACK=1.50000
#EXT-X-PART-INF:PART-TARGET=0.50000
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-SKIP:SKIPPED-SEGMENTS=1
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:21.000Z
#EXTINF:1.00000,
seg-s-1.m4s
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:22.000Z
#EXTINF:1.00000,
seg-s-2.m4s
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:23.000Z
#EXTINF:1.00000,
seg-s-3.m4s
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:24.000Z
#EXT-X-PART:DURATION=0.50000,URI="part-s-9-@.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.50000,URI="part-s-10-@.m4s"
#EXTINF:1.00000,
seg-s-4.m4s
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:25.000Z
#EXT-X-PART:DURATION=0.50000,URI="part-s-11-@.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.50000,URI="part-s-12-@.m4s"
#EXTINF:1.00000,
seg-s-5.m4s
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:26.000Z
#EXT-X-PART:DURATION=0.50000,URI="part-s-13-@.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.50000,URI="part-s-14-@.m4s"
#EXTINF:1.00000,
seg-s-6.m4s
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:27.000Z
#EXT-X-PART:DURATION=0.50000,URI="part-s-15-@.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-s-16-@.m4s"
)";

const char* const classic_ended_text = R"(#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:1
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-MAP:URI="init-@.mp4"
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.000Z
#EXTINF:1.00000,
seg-s-0.m4s
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:21.000Z
#EXTINF:1.00000,
seg-s-1.m4s
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:22.000Z
#EXTINF:1.00000,
seg-s-2.m4s
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:23.000Z
#EXTINF:1.00000,
seg-s-3.m4s
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:24.000Z
#EXTINF:1.00000,
seg-s-4.m4s
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:25.000Z
#EXTINF:1.00000,
seg-s-5.m4s
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:26.000Z
#EXTINF:1.00000,
seg-s-6.m4s
#EXT-X-ENDLIST
)";

supervisor::PublisherSettings small_settings() {
  auto settings = Bench::default_settings();
  settings.grid = common::make_time_grid(10, 0.5, 1, 1);
  return settings;
}

std::string with_id(std::string text, const Bench& bench) {
  const std::string id = bench.last().init->id;
  for (auto at = text.find('@'); at != std::string::npos; at = text.find('@')) text.replace(at, 1, id);
  return text;
}

TEST(Playlist, is_written_whole) {
  Bench bench(small_settings());
  bench.start(75);
  EXPECT_EQ(*bench.stream.playlist(false), with_id(full_text, bench));
}

TEST(Playlist, a_delta_update_leaves_out_what_lies_behind_the_skip_boundary) {
  Bench bench(small_settings());
  bench.start(75);
  EXPECT_EQ(*bench.stream.playlist(true), with_id(delta_text, bench));
}

TEST(Playlist, a_delta_update_that_would_skip_nothing_is_the_whole_playlist) {
  Bench bench(small_settings());
  bench.start(65);
  EXPECT_EQ(*bench.stream.playlist(true), *bench.stream.playlist(false));
  bench.deliver(1, 70);
  EXPECT_THAT(*bench.stream.playlist(true), HasSubstr("#EXT-X-SKIP:SKIPPED-SEGMENTS=1\n"));
}

TEST(Playlist, without_low_latency_is_classic_and_ends_with_a_stop) {
  auto settings = small_settings();
  settings.low_latency = false;
  Bench bench(settings);
  bench.start(70);
  bench.stream.stop(bench.at(70));
  EXPECT_EQ(*bench.stream.playlist(false), with_id(classic_ended_text, bench));
}

TEST(Playlist, does_not_list_the_open_segment_of_a_classic_stream) {
  auto settings = small_settings();
  settings.low_latency = false;
  Bench bench(settings);
  bench.start(75);
  EXPECT_THAT(bench.playlist(), HasSubstr("seg-s-6.m4s"));
  EXPECT_THAT(bench.playlist(), Not(HasSubstr("22:13:27")));
}

TEST(Playlist, the_part_target_is_rounded_up_and_no_part_is_longer) {
  auto settings = Bench::default_settings();
  settings.grid = common::make_time_grid(30, 1.0 / 3, 2, 2);  // 10 pictures: 0.333...
  Bench bench(settings);
  bench.start(10);
  EXPECT_THAT(bench.playlist(), HasSubstr("PART-TARGET=0.33334\n"));
  EXPECT_THAT(bench.playlist(), HasSubstr("PART-HOLD-BACK=1.00002\n"));
  EXPECT_THAT(bench.playlist(), HasSubstr("DURATION=0.33333,"));
}

TEST(Playlist, a_delta_update_carries_the_discontinuity_of_its_first_segment) {
  Bench bench(small_settings());
  bench.start(20);
  bench.prepare(2, 1);
  bench.stream.end_life(1, bench.at(20));
  bench.stream.begin_life(2, bench.at(20));
  bench.deliver(2, 80, true);
  EXPECT_THAT(*bench.stream.playlist(true),
              HasSubstr("#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"init-" +
                        bench.last().init->id));
  EXPECT_THAT(*bench.stream.playlist(true), HasSubstr("#EXT-X-DISCONTINUITY-SEQUENCE:0\n"));
  bench.deliver(2, 140);
  EXPECT_THAT(bench.playlist(), HasSubstr("#EXT-X-DISCONTINUITY-SEQUENCE:1\n")) << "the tag left the window";
}

TEST(Playlist, a_date_is_written_in_utc_with_milliseconds) {
  EXPECT_EQ(supervisor::format_date_time(1'700'000'000'007), "2023-11-14T22:13:20.007Z");
}

}  // namespace
