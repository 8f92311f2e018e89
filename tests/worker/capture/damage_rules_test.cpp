// What is grabbed, what is believed, and what of the pointer changes the picture: the rules, without a
// server.
#include <gtest/gtest.h>

#include "worker/source/damage_plan.h"
#include "worker/source/damage_trust.h"
#include "worker/source/pointer_layer.h"

namespace worker {
namespace {

using namespace std::chrono_literals;
using common::MonoTime;

constexpr Rectangle screen{0, 0, 1000, 800};
constexpr MonoTime start{1000s};

DirtyArea dirty(const Rectangle& one) {
  DirtyArea area;
  area.add(one);
  return area;
}

TEST(GrabPlan, nothing_told_is_nothing_asked) {
  EXPECT_TRUE(plan_grab({}, {}, screen).empty());
}

TEST(GrabPlan, what_was_told_comes_first_and_the_proof_last) {
  DirtyArea told = dirty({0, 0, 10, 10});
  told.add({500, 500, 10, 10});
  const Rectangle proof{0, 100, 1000, 100};
  const GrabPlan plan = plan_grab(told, proof, screen);
  EXPECT_EQ(plan.pieces, (std::vector<Rectangle>{{0, 0, 10, 10}, {500, 500, 10, 10}, proof}));
  EXPECT_EQ(plan.proof, proof);
}

TEST(GrabPlan, from_half_of_the_screen_on_the_whole_is_cheaper_and_the_proof_waits) {
  const Rectangle proof{0, 0, 1000, 100};
  EXPECT_EQ(plan_grab(dirty({0, 0, 1000, 399}), proof, screen).pieces.size(), 2u);
  const GrabPlan whole = plan_grab(dirty({0, 0, 1000, 400}), proof, screen);
  EXPECT_EQ(whole.pieces, (std::vector<Rectangle>{screen}));
  EXPECT_TRUE(whole.proof.empty());
}

TEST(GrabPlan, all_pieces_together_fit_into_the_memory_for_a_whole_grab) {
  const GrabPlan plan = plan_grab(dirty({0, 0, 1000, 399}), {0, 700, 1000, 100}, screen);
  std::int64_t pixels = 0;
  for (const Rectangle& piece : plan.pieces) pixels += piece.pixels();
  EXPECT_LE(pixels, screen.pixels());
}

class Trust : public testing::Test {
 protected:
  // The band that is due now is proved to be as in the copy.
  Rectangle prove() {
    now += DamageTrust::band_after;
    const Rectangle rows = trust.due(screen, now);
    EXPECT_FALSE(trust.proved({}, {}, now));
    return rows;
  }
  void lose() {
    now += DamageTrust::band_after;
    ASSERT_TRUE(trust.proved({5, 5, 1, 1}, {}, now));
  }
  // Every 33 ms for `time`; true as soon as trust is back.
  bool watch(std::chrono::seconds time, const Rectangle& unlike, const DirtyArea& told) {
    for (const auto end = now + time; now < end;) {
      now += 33ms;
      if (trust.watched(unlike, told, now)) return true;
    }
    return false;
  }
  DamageTrust trust;
  MonoTime now = start;
};

TEST_F(Trust, the_whole_screen_is_compared_in_two_seconds_band_by_band) {
  int next = 0;
  for (int band = 0; band < DamageTrust::bands; ++band) {
    const Rectangle rows = prove();
    EXPECT_EQ(rows.y, next);
    EXPECT_EQ(rows.width, screen.width);
    next = rows.bottom();
  }
  EXPECT_EQ(next, screen.height);
  EXPECT_EQ(prove().y, 0);
  EXPECT_EQ(now - start, 9 * 250ms);
}

TEST_F(Trust, between_two_bands_nothing_is_due) {
  prove();
  EXPECT_TRUE(trust.due(screen, now + DamageTrust::band_after - 1ns).empty());
  EXPECT_FALSE(trust.due(screen, now + DamageTrust::band_after).empty());
}

TEST_F(Trust, a_screen_of_two_rows_has_bands_too) {
  for (int band = 0; band < DamageTrust::bands; ++band) {
    const Rectangle rows = trust.due({0, 0, 100, 2}, now += 1s);
    EXPECT_EQ(rows.height, 1);
    EXPECT_LE(rows.bottom(), 2);
    trust.proved({}, {}, now);
  }
}

TEST_F(Trust, a_change_that_was_not_told_of_ends_it) {
  EXPECT_FALSE(trust.proved({}, {}, now));
  EXPECT_TRUE(trust.proved({5, 5, 1, 1}, dirty({10, 10, 5, 5}), now));
  EXPECT_FALSE(trust.trusts());
}

TEST_F(Trust, a_change_that_is_told_of_with_the_answer_is_looked_at_again) {
  now += 1s;
  const Rectangle rows = trust.due(screen, now);
  EXPECT_FALSE(trust.proved({5, 5, 10, 10}, dirty({10, 10, 50, 50}), now));
  EXPECT_TRUE(trust.trusts());
  EXPECT_EQ(trust.due(screen, now), rows) << "at once";
}

TEST_F(Trust, a_band_in_which_something_always_moves_does_not_keep_the_others_from_their_turn) {
  now += 1s;
  const Rectangle rows = trust.due(screen, now);
  for (int i = 0; i < DamageTrust::looks_max; ++i) {
    EXPECT_EQ(trust.due(screen, now), rows) << i;
    trust.proved({5, 5, 10, 10}, dirty({10, 10, 50, 50}), now);
  }
  EXPECT_TRUE(trust.trusts());
  EXPECT_EQ(trust.due(screen, now + DamageTrust::band_after).y, rows.bottom());
}

TEST_F(Trust, comes_back_after_a_minute_in_which_all_was_told) {
  lose();
  EXPECT_FALSE(watch(DamageTrust::probation_first - 1s, {5, 5, 10, 10}, dirty({0, 0, 20, 20})));
  EXPECT_TRUE(watch(2s, {}, {}));
  EXPECT_TRUE(trust.trusts());
}

TEST_F(Trust, a_screen_on_which_nothing_happens_proves_nothing) {
  lose();
  EXPECT_FALSE(watch(3600s, {}, {}));
  EXPECT_TRUE(watch(1s, {5, 5, 10, 10}, dirty({0, 0, 20, 20})));
}

TEST_F(Trust, one_change_that_was_not_told_of_begins_the_minute_anew) {
  lose();
  watch(50s, {5, 5, 10, 10}, dirty({0, 0, 20, 20}));
  EXPECT_FALSE(trust.watched({5, 5, 10, 10}, dirty({6, 0, 20, 20}), now));
  EXPECT_FALSE(watch(59s, {}, {}));
  EXPECT_TRUE(watch(2s, {}, {}));
}

TEST_F(Trust, every_loss_makes_the_way_back_twice_as_long_up_to_an_hour) {
  auto wanted = DamageTrust::probation_first;
  for (int loss = 0; loss < 10; ++loss) {
    lose();
    EXPECT_FALSE(watch(wanted - 1s, {5, 5, 10, 10}, dirty({0, 0, 20, 20}))) << loss;
    EXPECT_TRUE(watch(2s, {}, {})) << loss;
    wanted = std::min(2 * wanted, DamageTrust::probation_max);
  }
  EXPECT_EQ(wanted, DamageTrust::probation_max);
}

TEST(PointerLayer, changes_where_it_was_and_where_it_is) {
  const CursorImage image{16, 16, 8, 8, std::vector<std::uint32_t>(256, ~0u)};
  PointerLayer layer;
  const auto at = [](int x, int y, unsigned serial = 1) {
    return PointerLayer::Pointer{PointerLayer::Pointer::Place{x, y}, serial};
  };
  auto changes = layer.move_to(at(100, 100), image, screen);
  EXPECT_TRUE(changes.left.empty());
  EXPECT_EQ(changes.taken, (Rectangle{92, 92, 16, 16}));
  changes = layer.move_to(at(100, 100), image, screen);
  EXPECT_TRUE(changes.left.empty() && changes.taken.empty()) << "at rest";
  changes = layer.move_to(at(2, 100), image, screen);
  EXPECT_EQ(changes.left, (Rectangle{92, 92, 16, 16}));
  EXPECT_EQ(changes.taken, (Rectangle{0, 92, 10, 16}));
  changes = layer.move_to(at(2, 100, 2), image, screen);
  EXPECT_EQ(changes.left, changes.taken) << "another image";
  changes = layer.move_to(at(-100, 100, 2), image, screen);
  EXPECT_FALSE(changes.left.empty());
  EXPECT_TRUE(changes.taken.empty());
  EXPECT_FALSE(layer.place());
  changes = layer.move_to(at(-50, 50, 3), image, screen);
  EXPECT_TRUE(changes.left.empty() && changes.taken.empty()) << "it moves where nobody sees it";
}

}  // namespace
}  // namespace worker
