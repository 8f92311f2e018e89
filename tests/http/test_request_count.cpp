#include <gtest/gtest.h>

#include "supervisor/http/request_count.h"
#include "supervisor/http/router.h"

namespace supervisor {
namespace {

TEST(RequestCount, knows_playlists_from_other_media) {
  EXPECT_EQ(request_class(RouteKind::Media, "/hls/desktop/playlist.m3u8?_HLS_msn=7&_HLS_part=1"),
            RequestClass::Playlist);
  EXPECT_EQ(request_class(RouteKind::Media, "/hls/desktop/seg-1.m4s?x=.m3u8"), RequestClass::Media);
  EXPECT_EQ(request_class(RouteKind::Api, "/api/x.m3u8"), RequestClass::Api);
  EXPECT_EQ(request_class(RouteKind::Page, "/"), RequestClass::Page);
  EXPECT_EQ(request_class_name(RequestClass::Events), "events");
}

TEST(RequestCount, counts_each_class_by_status) {
  RequestCount count;
  count.add(RequestClass::Api, 200);
  count.add(RequestClass::Api, 200);
  count.add(RequestClass::Api, 404);
  EXPECT_EQ(count.of(RequestClass::Api), (RequestCount::ByStatus{{200, 2}, {404, 1}}));
  EXPECT_TRUE(count.of(RequestClass::Page).empty());
}

}  // namespace
}  // namespace supervisor
