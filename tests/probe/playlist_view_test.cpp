#include "supervisor/probe/playlist_view.h"

#include <gtest/gtest.h>

namespace supervisor {
namespace {

const std::string head =
    "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:2\n"
    "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,HOLD-BACK=6,PART-HOLD-BACK=0.6\n"
    "#EXT-X-PART-INF:PART-TARGET=0.20000\n#EXT-X-MEDIA-SEQUENCE:7\n";

TEST(PlaylistView, sees_closed_segments_and_the_parts_of_the_open_one) {
  const auto view = view_playlist(head +
                                  "#EXT-X-MAP:URI=\"init-1.mp4\"\n#EXTINF:2.00000,\nseg-a-7.m4s\n"
                                  "#EXT-X-PART:DURATION=0.20000,URI=\"p1.m4s\",INDEPENDENT=YES\n"
                                  "#EXT-X-PART:DURATION=0.10000,URI=\"p2.m4s\"\n"
                                  "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"p3.m4s\"\n");
  ASSERT_TRUE(view) << view.error().reason;
  EXPECT_EQ(view->media_sequence, 7);
  EXPECT_TRUE(view->can_block);
  EXPECT_EQ(view->part_seconds, 0.2);
  ASSERT_EQ(view->segments.size(), 2u);
  EXPECT_EQ(view->segments[0].msn, 7);
  EXPECT_EQ(view->segments[0].name, "seg-a-7.m4s");
  EXPECT_EQ(view->segments[1].msn, 8);
  EXPECT_EQ(view->segments[1].init, "init-1.mp4");
  ASSERT_EQ(view->segments[1].parts.size(), 2u);
  EXPECT_TRUE(view->segments[1].parts[0].independent);
  EXPECT_FALSE(view->segments[1].parts[1].independent);
  EXPECT_EQ(view->newest_closed()->msn, 7);
  EXPECT_EQ(next_position(*view), (MediaPosition{8, 2}));
}

TEST(PlaylistView, counts_what_a_delta_update_leaves_out) {
  const auto view = view_playlist(head + "#EXT-X-SKIP:SKIPPED-SEGMENTS=4\n#EXTINF:2.00000,\nseg-a-11.m4s\n");
  ASSERT_TRUE(view) << view.error().reason;
  EXPECT_EQ(view->segments[0].msn, 11);
  EXPECT_EQ(view->segments[0].init, "");
  EXPECT_EQ(next_position(*view), (MediaPosition{12, 0}));
}

TEST(PlaylistView, sees_a_classic_playlist_that_ended) {
  const auto view = view_playlist(
      "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:2.0,\ns.m4s\n#EXT-X-ENDLIST\n");
  ASSERT_TRUE(view) << view.error().reason;
  EXPECT_FALSE(view->part_seconds);
  EXPECT_FALSE(view->can_block);
  EXPECT_TRUE(view->ended);
}

struct Broken {
  const char* text;
  const char* rule;
};

TEST(PlaylistView, says_the_line_and_the_rule_of_what_no_player_could_use) {
  const std::string start = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n";
  const Broken cases[] = {
      {"", "does not begin with #EXTM3U"},
      {"<html>garbage</html>\n", "does not begin with #EXTM3U"},
      {"#EXTM3U\n#EXTINF:2,\ns.m4s\n", "no #EXT-X-TARGETDURATION"},
      {"#EXTM3U\n#EXT-X-TARGETDURATION:2\n", "names no media"},
      {"#EXTM3U\n#EXT-X-TARGETDURATION:two\n", "line 2: #EXT-X-TARGETDURATION is not a duration"},
      {"#EXTM3U\n#EXT-X-TARGETDURATION:0\n", "line 2: #EXT-X-TARGETDURATION is not a duration"},
      {"#EXTM3U\n#EXT-X-TARGETDURATION:2\ns.m4s\n", "line 3: a segment without #EXTINF"},
      {"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:nan,\ns.m4s\n", "line 3: #EXTINF is not a duration"},
      {"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://elsewhere/s\n", "line 4: names nothing beside"},
      {"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n../s.m4s\n", "line 4: names nothing beside"},
      {"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-PART:DURATION=1\n", "line 3: #EXT-X-PART names nothing"},
      {"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-PART:URI=\"p\"\n", "line 3: #EXT-X-PART DURATION"},
      {"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:-1\n", "line 3: #EXT-X-MEDIA-SEQUENCE"},
      {"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-SKIP:SKIPPED-SEGMENTS=0\n", "line 3: SKIPPED-SEGMENTS"},
      {"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-PART-INF:X=1\n", "line 3: PART-TARGET"},
      {"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:BYTERANGE=\"1\"\n", "line 3: #EXT-X-MAP names nothing"},
  };
  for (const Broken& broken : cases) {
    const auto view = view_playlist(broken.text);
    ASSERT_FALSE(view) << broken.text;
    EXPECT_NE(view.error().reason.find(broken.rule), std::string::npos)
        << broken.text << " -> " << view.error().reason;
  }
}

}  // namespace
}  // namespace supervisor
