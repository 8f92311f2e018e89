// Rate control over content that is made up: what a picture takes follows a law that the control does not
// know.
#include "worker/encode/rate_control.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

using worker::Detail;
using worker::RateControl;

namespace {

constexpr int fps = 30;
constexpr int kbps = 5000;
constexpr double slot_bits = kbps * 1000.0 / fps;
constexpr double page = 8e6;  // detail of a page of text in 1080p

Detail standing(int quantizer, double changed = 0, double whole = page) {
  Detail detail;
  detail.changed = changed;
  detail.standing[static_cast<std::size_t>(quantizer)] = whole - changed;
  return detail;
}

// Bits of one unit of detail at quantizer 26, and the steps that halve them.
struct Law {
  double price;
  double halving;
  std::size_t bytes(double detail, int quantizer) const {
    return static_cast<std::size_t>(detail * price * std::exp2((26 - quantizer) / halving) / 8);
  }
};

// The opening key frame, and long enough after it.
void open(RateControl& rate, Law law = {0.35, 8}) {
  const auto quantizer = rate.quantizer({0, true, standing(RateControl::coarsest)});
  rate.coded(law.bytes(page, *quantizer));
}

struct Watched {
  double bits = 0;
  double fill_max = 0;
  int finest = RateControl::coarsest, coarsest = 0;
  int left_out = 0;
};

// Everything moves in each `every`th of so many slots, a key frame every two seconds; watched from `from` on.
Watched move(Law motion, Law key, int slots, int from, int every = 1) {
  RateControl rate(kbps, fps, 2.0 * fps);
  Watched watched;
  for (int slot = 0; slot < slots; ++slot) {
    const bool is_key = slot % (2 * fps) == 0;
    if (!is_key && slot % every != 0) continue;
    const auto quantizer = rate.quantizer({slot, is_key, standing(0, page)});
    const std::size_t bytes = quantizer ? (is_key ? key : motion).bytes(page, *quantizer) : 0;
    if (quantizer) rate.coded(bytes);
    watched.fill_max = std::max(watched.fill_max, rate.fill());
    if (slot < from) continue;
    watched.bits += 8.0 * static_cast<double>(bytes);
    watched.left_out += quantizer ? 0 : 1;
    watched.finest = std::min(watched.finest, quantizer.value_or(RateControl::coarsest));
    watched.coarsest = std::max(watched.coarsest, quantizer.value_or(0));
  }
  return watched;
}

}  // namespace

TEST(RateControl, movement_gets_the_bit_rate_and_an_even_quantizer_whatever_its_law) {
  for (const double price : {0.02, 0.05, 0.2, 0.35}) {
    for (const double halving : {3.5, 6.0, 10.0}) {
      const Law law{price, halving};
      if (8.0 * static_cast<double>(law.bytes(page, RateControl::coarsest)) > 0.9 * slot_bits) continue;
      const Watched seen = move(law, {0.35, 8}, 30 * fps, 10 * fps);
      EXPECT_NEAR(seen.bits / (20 * fps), slot_bits, 0.1 * slot_bits) << price << ", " << halving;
      EXPECT_LE(seen.fill_max, 1) << price << ", " << halving;
      EXPECT_LE(seen.coarsest - seen.finest, 8) << price << ", " << halving;
      EXPECT_EQ(seen.left_out, 0) << price << ", " << halving;
    }
  }
}

TEST(RateControl, what_takes_little_is_not_coded_finer_than_anybody_sees) {
  const Watched seen = move({0.0005, 6}, {0.01, 8}, 10 * fps, fps);
  EXPECT_EQ(seen.finest, RateControl::finest);
  EXPECT_LE(seen.coarsest, RateControl::good) << "a key frame when next to nothing moves";
  EXPECT_LT(seen.bits, slot_bits * 9 * fps);
}

TEST(RateControl, what_not_even_the_coarsest_fits_is_left_out_until_there_is_room_but_never_a_key_frame) {
  const Watched seen = move({0.4, 10}, {0.35, 8}, 20 * fps, 10 * fps);
  EXPECT_GT(seen.left_out, 0);
  EXPECT_LT(seen.left_out, 10 * fps - 5) << "key frames";
  EXPECT_LE(seen.fill_max, 1.2) << "one picture was foretold too small";
}

TEST(RateControl, a_small_change_is_coded_as_what_stands_around_it) {
  RateControl rate(kbps, fps, 2.0 * fps);
  open(rate);
  for (const int good : {RateControl::finest, RateControl::good}) {
    for (int slot = fps; slot < 3 * fps; slot += 3) {
      EXPECT_EQ(rate.quantizer({slot, false, standing(good, page / 1000)}), good);
      rate.coded(300);
    }
  }
}

TEST(RateControl, what_stands_coarsely_is_refined_when_the_buffer_bears_it_and_once_it_is_good_no_more) {
  RateControl rate(kbps, fps, 2.0 * fps);
  open(rate);
  EXPECT_FALSE(rate.refines(fps, standing(RateControl::good)));
  EXPECT_TRUE(rate.refines(fps, standing(40)));
  EXPECT_FALSE(rate.refines(fps, standing(40, 0, 0))) << "nothing to be seen in it";
  const auto finer = rate.quantizer({fps, false, standing(40)});
  EXPECT_LE(finer, 40 - RateControl::worth_refining);
  // A change that comes first takes it along.
  EXPECT_LE(rate.quantizer({fps, false, standing(40, page / 1000)}), 40 - RateControl::worth_refining);
  // Right after a key frame that filled half of the buffer there is less room for it.
  RateControl busy(kbps, fps, 2.0 * fps);
  busy.quantizer({0, true, standing(RateControl::coarsest)});
  busy.coded(static_cast<std::size_t>(kbps * 1000 / 8 * 0.97));
  EXPECT_FALSE(busy.refines(0, standing(40)));
  EXPECT_TRUE(busy.refines(fps, standing(40))) << "a second later";
}

TEST(RateControl, time_that_was_left_out_empties_the_buffer_and_time_that_goes_back_does_not) {
  RateControl rate(kbps, fps, 2.0 * fps);
  rate.quantizer({100, true, standing(RateControl::coarsest)});
  rate.coded(kbps * 1000 / 8 / 2);
  EXPECT_NEAR(rate.fill(), 0.5, 1e-9);
  rate.refines(100 + fps / 4, standing(20));
  EXPECT_NEAR(rate.fill(), 0.5 - 7.0 / 30, 1e-9);
  rate.refines(90, standing(20));
  EXPECT_NEAR(rate.fill(), 0.5 - 7.0 / 30, 1e-9);
  rate.refines(10'000, standing(20));
  EXPECT_EQ(rate.fill(), 0);
}

TEST(RateControl, a_key_frame_takes_half_of_the_buffer_at_most_while_something_moves_and_more_at_rest) {
  for (const bool moves : {true, false}) {
    for (const double price : {0.7, 1.4}) {
      RateControl rate(kbps, fps, 2.0 * fps);
      const Law law{price, 8};
      open(rate, law);
      double highest = 0;
      for (int slot = 1; slot < 20 * fps; ++slot) {
        const bool key = slot % (2 * fps) == 0;
        if (!key && !moves) continue;
        const auto quantizer = rate.quantizer({slot, key, standing(22, key ? 0 : page / 100)});
        const double before = rate.fill();
        rate.coded(key ? law.bytes(page, *quantizer) : static_cast<std::size_t>(slot_bits / 8 / 10));
        if (key) highest = std::max(highest, rate.fill() - before);
      }
      EXPECT_LE(highest, moves ? 0.5 : 0.9) << price;
      EXPECT_GE(highest, moves ? 0.4 : 0.75) << price;
    }
  }
}

TEST(RateControl, movement_that_is_not_in_every_slot_gets_the_bit_rate_too) {
  for (const int every : {2, 3, 6}) {
    const Watched seen = move({0.2, 6}, {0.35, 8}, 40 * fps, 10 * fps, every);
    EXPECT_NEAR(seen.bits / (30 * fps), slot_bits, 0.1 * slot_bits) << every;
    EXPECT_LE(seen.fill_max, 1) << every;
  }
}

TEST(RateControl, an_empty_buffer_takes_a_picture_whatever_is_foretold_of_it) {
  RateControl rate(50, fps, 2.0 * fps);
  const Law law{0.35, 6};
  open(rate, law);
  int coded = 0;
  for (int slot = fps; slot < 11 * fps; ++slot) {
    const auto quantizer = rate.quantizer({slot, false, standing(0, page)});
    if (!quantizer) continue;
    rate.coded(law.bytes(page, *quantizer));
    ++coded;
  }
  EXPECT_GE(coded, 7) << "of 55 kbit each";
  EXPECT_LE(coded, 11);
  EXPECT_FALSE(rate.quantizer({11 * fps, false, standing(0, page)}));
  EXPECT_TRUE(rate.quantizer({11 * fps, false, standing(0, page), false})) << "nothing could stand for it";
}

TEST(RateControl, what_is_late_by_more_than_two_buffers_is_not_made_up_for) {
  RateControl rate(kbps, fps, 2.0 * fps);
  rate.quantizer({0, true, standing(RateControl::coarsest)});
  rate.coded(100 * kbps * 1000 / 8);
  EXPECT_EQ(rate.fill(), 2);
  rate.refines(2 * fps, standing(20));
  EXPECT_NEAR(rate.fill(), 0, 1e-9);
}

TEST(RateControl, two_key_frames_close_together_do_not_make_the_next_pictures_coarse) {
  RateControl rate(kbps, fps, 2.0 * fps);
  const Law law{0.35, 8};
  for (const int slot : {57, 60}) rate.coded(law.bytes(page, *rate.quantizer({slot, true, standing(24)})));
  EXPECT_EQ(rate.quantizer({3 * fps, false, standing(RateControl::good, page / 1000)}), RateControl::good);
  rate.coded(300);
  EXPECT_LE(rate.quantizer({4 * fps, true, standing(RateControl::good)}), RateControl::good + 2);
}

TEST(RateControl, half_a_second_after_a_movement_it_is_over_at_any_frame_rate) {
  for (const int rate_of_frames : {1, 5, 24, 60, 120}) {
    RateControl rate(kbps, rate_of_frames, 2.0 * rate_of_frames);
    const Law law{5.0 / rate_of_frames, 6};  // takes quantizer 44
    const int last = 10 * rate_of_frames;
    for (int slot = 0; slot <= last; ++slot) {
      const auto quantizer = rate.quantizer({slot, slot == 0, standing(0, page)});
      if (quantizer) rate.coded((slot == 0 ? Law{0.35, 8} : law).bytes(page, *quantizer));
    }
    const int later = last + std::max(3, rate_of_frames * 3 / 4);
    EXPECT_TRUE(rate.refines(later, standing(45))) << rate_of_frames;
    EXPECT_LE(rate.quantizer({later, false, standing(45)}), 30) << rate_of_frames;
  }
}
