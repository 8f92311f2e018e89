#include <gmock/gmock.h>

#include <iostream>
#include <string>

#include "dashboard/assets.h"

namespace dashboard {
namespace {

const Asset* find(std::string_view path) {
  for (const Asset& asset : assets()) {
    if (asset.path == path) return &asset;
  }
  return nullptr;
}

TEST(DashboardAssets, hold_a_page_that_names_only_files_that_are_there) {
  const Asset* page = find("index.html");
  ASSERT_NE(page, nullptr);
  EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
  EXPECT_FALSE(page->immutable);
  for (const Asset& asset : assets()) {
    if (!asset.immutable) continue;
    EXPECT_NE(page->bytes.find("\"/" + std::string(asset.path) + "\""), std::string_view::npos) << asset.path;
  }
  EXPECT_EQ(page->bytes.find("\"/app.js\""), std::string_view::npos);
}

TEST(DashboardAssets, hold_the_player_and_load_nothing_from_elsewhere) {
  std::size_t script_bytes = 0;
  for (const Asset& asset : assets()) {
    if (asset.content_type.substr(0, 15) == "text/javascript") script_bytes += asset.bytes.size();
    if (asset.content_type.substr(0, 9) != "text/html") continue;
    EXPECT_EQ(asset.bytes.find("http"), std::string_view::npos);
    EXPECT_EQ(asset.bytes.find("style="), std::string_view::npos);
  }
  EXPECT_GT(script_bytes, 200'000u);
}

TEST(DashboardAssets, are_small_and_have_a_gzip_copy_and_a_tag_each) {
  std::size_t sent = 0;
  for (const Asset& asset : assets()) {
    EXPECT_EQ(asset.etag.size(), 32u) << asset.path;
    EXPECT_EQ(asset.gzipped.substr(0, 2), "\x1f\x8b") << asset.path;
    EXPECT_LT(asset.gzipped.size(), asset.bytes.size()) << asset.path;
    sent += asset.gzipped.size();
  }
  EXPECT_LT(sent, 300'000u);
  std::cout << "the whole page, hls.js included: " << sent << " bytes compressed\n";
}

}  // namespace
}  // namespace dashboard
