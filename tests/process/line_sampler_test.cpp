#include "supervisor/process/line_sampler.h"

#include <gmock/gmock.h>

#include "supervisor/process/flood_watch.h"

namespace supervisor {
namespace {

using namespace std::chrono_literals;
using common::MonoTime;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr MonoTime start{100s};

int passed(LineSampler& sampler, int lines, const std::string& text, MonoTime at) {
  int count = 0;
  for (int i = 0; i < lines; ++i) count += sampler.pass("warn", text, at) ? 1 : 0;
  return count;
}

TEST(LineSampler, the_first_lines_of_a_kind_pass_and_the_rest_is_summed_up) {
  LineSampler sampler({.lines_of_a_kind = 3, .window = 10s});
  EXPECT_EQ(passed(sampler, 3, "queue full", start), 3);
  EXPECT_EQ(passed(sampler, 4812, "queue full", start + 1s), 0);
  EXPECT_THAT(sampler.expire(start + 9999ms), IsEmpty());
  const auto summaries = sampler.expire(start + 10s);
  ASSERT_EQ(summaries.size(), 1u);
  EXPECT_EQ(summaries[0].level, "warn");
  EXPECT_EQ(summaries[0].text, "... and 4812 more lines like this in 10 s: queue full");
  EXPECT_THAT(sampler.expire(start + 30s), IsEmpty()) << "told once";
  EXPECT_EQ(sampler.held_back(), 4812u);
}

TEST(LineSampler, what_is_not_above_the_limit_is_not_summed_up) {
  LineSampler sampler({.lines_of_a_kind = 3, .window = 10s});
  EXPECT_EQ(passed(sampler, 3, "x", start), 3);
  EXPECT_THAT(sampler.expire(start + 10s), IsEmpty());
}

TEST(LineSampler, one_line_more_is_one_line) {
  LineSampler sampler({.lines_of_a_kind = 1, .window = 1500ms});
  passed(sampler, 2, "x", start);
  EXPECT_EQ(sampler.expire(start + 2s).at(0).text, "... and 1 more line like this in 1.5 s: x");
}

TEST(LineSampler, a_new_window_lets_the_first_lines_pass_again) {
  LineSampler sampler({.lines_of_a_kind = 2, .window = 10s});
  EXPECT_EQ(passed(sampler, 5, "x", start), 2);
  (void)sampler.expire(start + 10s);
  EXPECT_EQ(passed(sampler, 5, "x", start + 10s), 2);
  EXPECT_THAT(sampler.expire(start + 19s), IsEmpty()) << "it began at its first line";
  EXPECT_EQ(sampler.expire(start + 20s).size(), 1u);
}

TEST(LineSampler, lines_that_differ_by_numbers_are_of_one_kind) {
  LineSampler sampler({.lines_of_a_kind = 2, .window = 10s});
  int count = 0;
  for (int i = 0; i < 2000; ++i)
    count += sampler.pass("info", "frame " + std::to_string(i) + " late", start) ? 1 : 0;
  EXPECT_EQ(count, 2);
  EXPECT_EQ(sampler.finish(start + 2s).at(0).text, "... and 1998 more lines like this in 2 s: frame 0 late");
}

TEST(LineSampler, level_and_words_make_another_kind) {
  LineSampler sampler({.lines_of_a_kind = 1, .window = 10s});
  EXPECT_TRUE(sampler.pass("info", "a", start));
  EXPECT_TRUE(sampler.pass("warn", "a", start));
  EXPECT_TRUE(sampler.pass("warn", "b", start));
  EXPECT_FALSE(sampler.pass("warn", "b", start));
}

TEST(LineSampler, what_comes_late_in_a_line_makes_no_other_kind) {
  LineSampler sampler({.lines_of_a_kind = 1, .window = 10s});
  const std::string front(LineSampler::compared_bytes_max, 'x');
  EXPECT_TRUE(sampler.pass("info", front + "a", start));
  EXPECT_FALSE(sampler.pass("info", front + "b", start));
  EXPECT_LE(sampler.finish(start).at(0).text.size(), 64 + LineSampler::example_bytes_max);
}

TEST(LineSampler, beyond_the_last_kind_all_share_one) {
  LineSampler sampler({.lines_of_a_kind = 2, .window = 10s});
  const auto word = [](int i) { return std::string(static_cast<std::size_t>(i) + 1, 'a'); };
  int count = 0;
  for (int i = 0; i < SamplingSettings::kinds_max; ++i) count += sampler.pass("info", word(i), start) ? 1 : 0;
  EXPECT_EQ(count, SamplingSettings::kinds_max);
  EXPECT_TRUE(sampler.pass("info", word(100), start));
  EXPECT_TRUE(sampler.pass("error", word(101), start));
  EXPECT_FALSE(sampler.pass("info", word(102), start));
  EXPECT_TRUE(sampler.pass("info", word(0), start)) << "a known kind has its own";
  EXPECT_EQ(sampler.finish(start + 10s).at(0).text, "... and 1 more lines of other kinds in 10 s");
}

TEST(LineSampler, summaries_come_in_the_order_of_the_kinds) {
  LineSampler sampler({.lines_of_a_kind = 1, .window = 10s});
  for (const char* text : {"c", "a", "b", "b", "a", "c"}) sampler.pass("info", text, start);
  const auto all = sampler.finish(start + 1s);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_THAT(all[0].text, HasSubstr(": c"));
  EXPECT_THAT(all[2].text, HasSubstr(": b"));
}

TEST(LineSampler, without_a_line_there_is_nothing_to_tell) {
  LineSampler sampler;
  EXPECT_THAT(sampler.expire(start), IsEmpty());
  EXPECT_THAT(sampler.finish(start), IsEmpty());
}

TEST(FloodWatch, full_windows_for_long_enough_are_a_flood) {
  FloodWatch watch({.lines_max = 2, .window = 1s, .flood_after = 3s});
  const auto second_of = [&watch](MonoTime at, int lines) {
    bool flood = false;
    for (int i = 0; i < lines; ++i) flood = watch.line(at);
    return flood;
  };
  EXPECT_FALSE(second_of(start, 3));
  EXPECT_FALSE(second_of(start + 1s, 3));
  EXPECT_FALSE(second_of(start + 2s, 1000));
  EXPECT_TRUE(second_of(start + 3s, 3));
}

TEST(FloodWatch, a_quiet_window_ends_the_flood) {
  FloodWatch watch({.lines_max = 2, .window = 1s, .flood_after = 3s});
  for (int second = 0; second < 10; ++second) {
    const int lines = second % 3 == 2 ? 2 : 3;  // exactly the limit is not full
    for (int i = 0; i < lines; ++i) EXPECT_FALSE(watch.line(start + std::chrono::seconds(second)));
  }
  for (int second = 20; second < 40; second += 2) {
    for (int i = 0; i < 3; ++i)
      EXPECT_FALSE(watch.line(start + std::chrono::seconds(second))) << "a silent second between";
  }
}

}  // namespace
}  // namespace supervisor
