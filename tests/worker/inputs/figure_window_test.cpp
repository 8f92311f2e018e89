#include "worker/source/figure_window.h"

#include <gtest/gtest.h>

namespace worker {
namespace {

using namespace std::chrono_literals;

const common::MonoTime begin{1000s};

TEST(FigureWindow, are_rates_since_the_first_look) {
  FigureWindow window;
  EXPECT_FALSE(window.look({10, 10, 1000, 0, {}, {}}, begin));
  EXPECT_FALSE(window.look({20, 20, 2000, 0, {}, {}}, begin + 249ms));
  const auto figures = window.look({60, 60, 251'000, 0, begin + 1900ms, {}}, begin + 2s);
  ASSERT_TRUE(figures);
  EXPECT_DOUBLE_EQ(figures->fps, 25);
  EXPECT_DOUBLE_EQ(figures->bitrate_kbps, 1000);
  EXPECT_EQ(figures->packet_loss, 0);
  EXPECT_EQ(figures->last_picture_age_ms, 100);
  EXPECT_EQ(figures->last_sign_age_ms, -1) << "never";
}

TEST(FigureWindow, say_what_is_wrong_with_the_pictures_as_it_is_now) {
  FigureWindow window;
  InputCounts counts;
  window.look(counts, begin);
  counts.content[common::ContentFault::Black] = 7s;
  EXPECT_EQ(window.look(counts, begin + 1s)->content, counts.content);
}

TEST(FigureWindow, are_told_each_quarter_of_a_second_and_cover_the_last_one) {
  FigureWindow window;
  std::uint64_t pictures = 0;
  window.look({}, begin);
  for (int quarter = 1; quarter <= 8; ++quarter) {
    pictures += quarter <= 4 ? 10 : 5;
    const auto figures = window.look({pictures, 0, 0, 0, {}, {}}, begin + quarter * 250ms);
    ASSERT_TRUE(figures) << quarter;
    const double expected = quarter <= 4 ? 40 : 40 - 5 * (quarter - 4);
    EXPECT_DOUBLE_EQ(figures->fps, expected) << quarter;
  }
}

TEST(FigureWindow, the_loss_is_of_the_last_seconds) {
  FigureWindow window;
  window.look({}, begin);
  EXPECT_DOUBLE_EQ(window.look({0, 90, 0, 10, {}, {}}, begin + 1s)->packet_loss, 10);
  const double after = window.look({0, 190, 0, 10, {}, {}}, begin + 2s)->packet_loss;
  EXPECT_GT(after, 3);
  EXPECT_LT(after, 6);
  EXPECT_DOUBLE_EQ(window.look({0, 190, 0, 10, {}, {}}, begin + 3s)->packet_loss, after) << "nothing came";
}

TEST(FigureWindow, an_age_is_never_negative) {
  EXPECT_EQ(age_ms(begin + 1s, begin), 0);
  EXPECT_EQ(age_ms(begin, begin + 1500us), 1);
}

}  // namespace
}  // namespace worker
