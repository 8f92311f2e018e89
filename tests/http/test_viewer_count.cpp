#include <gtest/gtest.h>

#include "supervisor/http/viewer_count.h"

namespace supervisor {
namespace {

using std::chrono::seconds;

TEST(ViewerCount, one_player_on_many_connections_is_one_viewer) {
  ViewerCount viewers(seconds(10));
  const common::MonoTime start{};
  for (int i = 0; i < 20; ++i) {
    viewers.asked(1, start + seconds(i));
    viewers.began_waiting(1, start + seconds(i));
    viewers.ended_waiting(1);
  }
  EXPECT_EQ(viewers.count(start + seconds(20)), 1);
}

TEST(ViewerCount, players_behind_one_address_are_told_apart_by_waiting_at_once) {
  ViewerCount viewers(seconds(10));
  const common::MonoTime start{};
  for (int i = 0; i < 3; ++i) viewers.began_waiting(1, start);
  for (int i = 0; i < 3; ++i) viewers.ended_waiting(1);
  viewers.asked(2, start);
  EXPECT_EQ(viewers.count(start + seconds(1)), 4);
}

TEST(ViewerCount, those_who_left_are_forgotten_after_the_window) {
  ViewerCount viewers(seconds(10));
  const common::MonoTime start{};
  for (int i = 0; i < 3; ++i) viewers.began_waiting(1, start);
  viewers.ended_waiting(1);
  viewers.ended_waiting(1);
  EXPECT_EQ(viewers.count(start + seconds(30)), 1) << "still one that waits";
  viewers.ended_waiting(1);
  EXPECT_EQ(viewers.count(start + seconds(30)), 0);
  viewers.prune(start + seconds(30));
  viewers.ended_waiting(1);
  EXPECT_EQ(viewers.count(start + seconds(30)), 0);
}

TEST(ViewerCount, is_bounded) {
  ViewerCount viewers(seconds(10));
  for (std::uint64_t i = 0; i < ViewerCount::groups_max + 100; ++i) viewers.asked(i, common::MonoTime{});
  EXPECT_EQ(viewers.count(common::MonoTime{}), static_cast<int>(ViewerCount::groups_max));
}

}  // namespace
}  // namespace supervisor
