#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "pixels.h"
#include "worker/picture/canvas.h"
#include "worker/picture/change_history.h"
#include "worker/picture/changes.h"
#include "worker/picture/cursor.h"
#include "worker/picture/dirty_area.h"
#include "worker/picture/scale.h"

namespace worker {
namespace {

using test::difference;
using test::near;
using test::pixel;

// An own grab: BGRX, painted by rectangles.
class Grab {
 public:
  Grab(int width, int height)
      : width_(width), height_(height), bytes_(static_cast<std::size_t>(width * height) * 4) {}
  void paint(const Rectangle& area, int red, int green, int blue) {
    for (int y = area.y; y < area.bottom(); ++y)
      for (int x = area.x; x < area.right(); ++x) {
        std::uint8_t* at = bytes_.data() + (y * width_ + x) * 4;
        at[0] = static_cast<std::uint8_t>(blue);
        at[1] = static_cast<std::uint8_t>(green);
        at[2] = static_cast<std::uint8_t>(red);
      }
  }
  Bgra view() const { return {bytes_.data(), width_ * 4, width_, height_}; }
  std::uint8_t* pixels() { return bytes_.data(); }
  Rectangle all() const { return {0, 0, width_, height_}; }
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }

 private:
  int width_;
  int height_;
  std::vector<std::uint8_t> bytes_;
};

class Random {
 public:
  // From 0 on.
  int below(int limit) {
    state_ = state_ * 1664525 + 1013904223;
    return static_cast<int>((state_ >> 8) % static_cast<std::uint32_t>(limit));
  }

 private:
  std::uint32_t state_ = 1;
};

std::shared_ptr<const Picture> paint(Canvas& canvas, const Grab& grab, const Rectangle& changed) {
  return canvas.paint(grab.view(), std::array{changed}).value();
}

TEST(Picture, is_even_aligned_and_tagged_with_its_colours) {
  const auto picture = Picture::make(642, 362);
  for (int plane = 0; plane < 3; ++plane)
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(picture->plane(plane)) % 32, 0u);
  EXPECT_EQ(picture->frame()->colorspace, picture_matrix);
  EXPECT_EQ(picture->frame()->color_range, picture_range);
}

TEST(Picture, memory_goes_round_but_never_while_someone_holds_it) {
  auto first = Picture::make(64, 64);
  const std::uint8_t* memory = first->plane(0);
  EXPECT_NE(Picture::make(64, 64)->plane(0), memory);
  first.reset();
  bool again = false;
  std::vector<std::shared_ptr<Picture>> held;
  for (int i = 0; i < 3; ++i) {
    held.push_back(Picture::make(64, 64));
    again = again || held.back()->plane(0) == memory;
  }
  EXPECT_TRUE(again);
}

TEST(Convert, colours_are_bt601_limited) {
  EXPECT_TRUE(near(yuv_of(255, 255, 255), {235, 128, 128}));
  EXPECT_TRUE(near(yuv_of(0, 0, 0), {16, 128, 128}));
  EXPECT_TRUE(near(yuv_of(255, 0, 0), {82, 90, 240}));
  EXPECT_TRUE(near(yuv_of(0, 255, 0), {145, 54, 34}));
  EXPECT_TRUE(near(yuv_of(0, 0, 255), {41, 240, 110}));
}

TEST(Letterbox, keeps_the_aspect_centred_on_even_edges) {
  EXPECT_EQ(letterbox(1920, 1080, 1280, 720), (Rectangle{0, 0, 1280, 720}));
  EXPECT_EQ(letterbox(1280, 1024, 1920, 1080), (Rectangle{284, 0, 1350, 1080}));
  EXPECT_EQ(letterbox(2560, 1080, 1920, 1080), (Rectangle{0, 134, 1920, 810}));
  EXPECT_EQ(letterbox(1080, 1920, 1920, 1080), (Rectangle{656, 0, 608, 1080}));
  EXPECT_EQ(letterbox(10000, 2, 640, 360), (Rectangle{0, 178, 640, 2}));
}

TEST(Letterbox, stays_inside_the_canvas_for_every_odd_size) {
  for (int width = 1; width < 300; width += 7)
    for (int height = 1; height < 300; height += 5) {
      const Rectangle image = letterbox(width, height, 128, 72);
      EXPECT_EQ(intersect(image, {0, 0, 128, 72}), image);
      EXPECT_EQ((image.x | image.y | image.width | image.height) & 1, 0);
    }
}

TEST(Scaler, paints_the_image_between_black_bars) {
  const auto source = Picture::make(100, 100);
  fill(*source, {0, 0, 100, 50}, yuv_of(255, 0, 0));
  fill(*source, {0, 50, 100, 50}, yuv_of(0, 0, 255));
  const auto scaler = Scaler::make(100, 100, 320, 180).value();
  auto picture = Picture::make(320, 180);
  const Rectangle everything{0, 0, 320, 180};
  fill(*picture, everything, yuv_of(0, 255, 0));
  scaler->scale(*source, {&everything, 1}, *picture);
  EXPECT_EQ(scaler->image(), (Rectangle{70, 0, 180, 180}));
  EXPECT_TRUE(near(pixel(*picture, 0, 0), black));
  EXPECT_TRUE(near(pixel(*picture, 68, 178), black));
  EXPECT_TRUE(near(pixel(*picture, 250, 90), black));
  EXPECT_TRUE(near(pixel(*picture, 160, 20), yuv_of(255, 0, 0)));
  EXPECT_TRUE(near(pixel(*picture, 160, 160), yuv_of(0, 0, 255)));
  EXPECT_TRUE(near(pixel(*picture, 70, 0), yuv_of(255, 0, 0)));
  EXPECT_TRUE(near(pixel(*picture, 248, 178), yuv_of(0, 0, 255)));
}

TEST(Scaler, a_small_change_reaches_not_far) {
  const auto scaler = Scaler::make(1920, 1080, 1280, 720).value();
  const Rectangle reach = scaler->reach({600, 300, 9, 9});
  EXPECT_EQ(intersect(reach, {398, 198, 10, 10}), (Rectangle{398, 198, 10, 10}));
  EXPECT_LE(reach.pixels(), 20 * 20);
  EXPECT_TRUE(scaler->reach({}).empty());
  EXPECT_EQ(scaler->reach({0, 0, 1920, 1080}), scaler->image());
}

TEST(Canvas, the_same_picture_comes_back_when_nothing_changed) {
  Canvas canvas(64, 32);
  Grab grab(64, 32);
  const auto first = paint(canvas, grab, {});
  EXPECT_EQ(paint(canvas, grab, {}), first);
  EXPECT_NE(paint(canvas, grab, {0, 0, 1, 1}), first);
}

TEST(Canvas, converts_the_changed_part_and_leaves_the_published_picture_alone) {
  Canvas canvas(64, 32);
  Grab grab(64, 32);
  const auto first = paint(canvas, grab, grab.all());
  grab.paint({10, 10, 6, 6}, 255, 0, 0);
  const auto second = paint(canvas, grab, {10, 10, 6, 6});
  EXPECT_TRUE(near(pixel(*first, 12, 12), black));
  EXPECT_TRUE(near(pixel(*second, 12, 12), yuv_of(255, 0, 0)));
}

TEST(Canvas, a_picture_that_nobody_looks_at_is_painted_again_where_it_is_out_of_date) {
  Canvas canvas(64, 32);
  Grab grab(64, 32);
  auto held = paint(canvas, grab, grab.all());
  const Picture* first = held.get();
  held = paint(canvas, grab, {0, 0, 2, 2});
  grab.paint({40, 20, 6, 6}, 255, 0, 0);
  held = paint(canvas, grab, {40, 20, 6, 6});
  EXPECT_EQ(held.get(), first) << "two take turns";
  held = paint(canvas, grab, {20, 20, 2, 2});
  EXPECT_TRUE(near(pixel(*held, 42, 22), yuv_of(255, 0, 0))) << "what changed while it was out";
  grab.paint({10, 10, 6, 6}, 0, 0, 255);
  held = paint(canvas, grab, {20, 20, 2, 2});
  EXPECT_TRUE(near(pixel(*held, 12, 12), black)) << "outside the changed part nothing is converted";
}

TEST(Canvas, whoever_holds_a_picture_keeps_it_as_it_was) {
  Canvas canvas(64, 32);
  Grab grab(64, 32);
  std::vector<std::shared_ptr<const Picture>> held;
  for (int i = 0; i < 20; ++i) {
    grab.paint(grab.all(), i * 10, i * 10, i * 10);
    held.push_back(paint(canvas, grab, grab.all()));
  }
  for (int i = 0; i < 20; ++i)
    EXPECT_TRUE(near(pixel(*held[static_cast<std::size_t>(i)], 30, 10), yuv_of(i * 10, i * 10, i * 10))) << i;
}

// As the capture thread and the media thread do it.
TEST(Canvas, what_another_thread_reads_and_drops_is_whole) {
  std::mutex mutex;
  std::shared_ptr<const Picture> latest;
  bool ended = false;
  int wrong = 0;
  std::thread media([&] {
    std::vector<std::shared_ptr<const Picture>> held(3);
    for (std::size_t i = 0;; ++i) {
      {
        const std::lock_guard lock(mutex);
        if (ended) return;
        held[i % held.size()] = latest;
      }
      const Picture* picture = held[i % held.size()].get();
      if (picture == nullptr) continue;
      const std::uint8_t* luma = picture->plane(0);
      const bool one_colour = std::all_of(luma, luma + 64 * 32, [&](std::uint8_t y) { return y == *luma; });
      wrong += one_colour && !picture->changes_since(0).empty() ? 0 : 1;
    }
  });
  Canvas canvas(64, 32);
  Grab grab(64, 32);
  for (int i = 0; i < 3000; ++i) {
    grab.paint(grab.all(), i % 256, i % 256, i % 256);
    auto painted = paint(canvas, grab, grab.all());
    const std::lock_guard lock(mutex);
    latest = std::move(painted);
  }
  {
    const std::lock_guard lock(mutex);
    ended = true;
  }
  media.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Canvas, planes_that_an_encoder_still_holds_are_not_painted) {
  Canvas canvas(64, 32);
  Grab grab(64, 32);
  AVFrame* encoder = av_frame_alloc();
  av_frame_ref(encoder, paint(canvas, grab, grab.all())->frame());
  grab.paint(grab.all(), 255, 255, 255);
  for (int i = 0; i < 6; ++i) paint(canvas, grab, grab.all());
  EXPECT_EQ(encoder->data[0][0], 16);
  av_frame_free(&encoder);
}

TEST(Canvas, odd_changes_grow_to_even_edges) {
  Canvas canvas(64, 32);
  Grab grab(64, 32);
  paint(canvas, grab, grab.all());
  grab.paint({11, 11, 1, 1}, 255, 255, 255);
  EXPECT_GT(pixel(*paint(canvas, grab, {11, 11, 1, 1}), 10, 10).y, 15);
  grab.paint({63, 31, 1, 1}, 255, 255, 255);
  EXPECT_EQ(paint(canvas, grab, {63, 31, 1, 1})->plane(0)[31 * 64 + 63], 235);
}

TEST(Canvas, an_odd_source_loses_its_last_column_and_row_instead_of_being_scaled) {
  Canvas canvas(64, 32);
  Grab grab(65, 33);
  grab.paint({63, 31, 1, 1}, 255, 255, 255);
  const auto picture = paint(canvas, grab, grab.all());
  EXPECT_EQ(picture->plane(0)[picture->stride(0) * 31 + 63], 235);
  grab.paint({64, 32, 1, 1}, 255, 0, 0);
  EXPECT_TRUE(paint(canvas, grab, {64, 32, 1, 1}));
}

// Larger, smaller, much smaller, odd, of another shape, one pixel wide; each to each canvas.
TEST(Canvas, what_is_scaled_in_part_is_what_scaling_the_whole_makes) {
  Random random;
  const std::vector<std::array<int, 2>> sources{{192, 108}, {97, 61}, {320, 180}, {333, 187}, {641, 363},
                                                {200, 600}, {1, 1},   {3, 200},   {500, 2},   {1283, 721}};
  const std::vector<std::array<int, 2>> canvases{{128, 72}, {62, 50}, {640, 360}, {426, 240}, {320, 202}};
  for (const auto& [width, height] : sources)
    for (const auto& [canvas_width, canvas_height] : canvases) {
      Grab grab(width, height);
      for (std::uint8_t& byte : std::span(grab.pixels(), static_cast<std::size_t>(width) * height * 4))
        byte = static_cast<std::uint8_t>(random.below(256));
      Canvas canvas(canvas_width, canvas_height);
      paint(canvas, grab, grab.all());
      for (int step = 0; step < 12; ++step) {
        std::vector<Rectangle> changed;
        for (int i = 0; i <= step % 3; ++i) {
          const int x = random.below(width);
          const int y = random.below(height);
          changed.push_back({x, y, 1 + random.below(std::min(width - x, 1 << step % 8)),
                             1 + random.below(std::min(height - y, 1 << (step + i) % 8))});
          grab.paint(changed.back(), random.below(256), random.below(256), random.below(256));
        }
        const auto part = canvas.paint(grab.view(), changed).value();
        Canvas fresh(canvas_width, canvas_height);
        ASSERT_EQ(difference(*part, *paint(fresh, grab, {})), "")
            << width << "x" << height << " to " << canvas_width << "x" << canvas_height << ", step " << step;
      }
    }
}

TEST(Canvas, another_size_is_scaled_whole) {
  Canvas canvas(64, 32);
  Grab small(64, 32);
  paint(canvas, small, small.all());
  Grab large(128, 64);
  large.paint(large.all(), 0, 255, 0);
  EXPECT_TRUE(near(pixel(*paint(canvas, large, {}), 62, 30), yuv_of(0, 255, 0)));
}

std::vector<Rectangle> list(const DirtyArea& area) {
  return {area.rectangles().begin(), area.rectangles().end()};
}

DirtyArea dirty(const Rectangle& one) {
  DirtyArea area;
  area.add(one);
  return area;
}

TEST(ChangeHistory, knows_all_changes_since_a_picture) {
  ChangeHistory history;
  EXPECT_FALSE(history.since(0));
  EXPECT_FALSE(history.since(1));
  history.add(5, dirty({0, 0, 2, 2}));
  history.add(9, dirty({400, 400, 2, 2}));
  history.add(10, {});
  history.add(12, dirty({800, 800, 2, 2}));
  EXPECT_EQ(list(*history.since(12)), (std::vector<Rectangle>{}));
  EXPECT_EQ(list(*history.since(10)), (std::vector<Rectangle>{{800, 800, 2, 2}}));
  EXPECT_EQ(list(*history.since(9)), (std::vector<Rectangle>{{800, 800, 2, 2}}));
  EXPECT_EQ(history.since(5)->pixels(), 8);
  for (const std::uint64_t unknown : {0, 1, 8, 11, 13}) EXPECT_FALSE(history.since(unknown)) << unknown;
}

TEST(ChangeHistory, forgets_what_is_older_than_its_limit) {
  ChangeHistory history;
  const auto place = [](std::uint64_t serial) { return Rectangle{static_cast<int>(serial) * 200, 0, 2, 2}; };
  constexpr std::uint64_t last = 3 * ChangeHistory::steps_max + 1;
  for (std::uint64_t serial = 1; serial <= last; ++serial) history.add(serial, dirty(place(serial)));
  const std::uint64_t oldest = last - ChangeHistory::steps_max + 1;
  EXPECT_FALSE(history.since(oldest - 1));
  const auto known = history.since(oldest);
  ASSERT_TRUE(known);
  EXPECT_FALSE(known->meets(place(oldest)));
  for (std::uint64_t serial = oldest + 1; serial <= last; ++serial) EXPECT_TRUE(known->meets(place(serial)));
}

TEST(ChangeHistory, more_changes_than_rectangles_leave_out_none) {
  ChangeHistory history;
  history.add(1, {});
  std::vector<Rectangle> all;
  for (int step = 0; step < static_cast<int>(ChangeHistory::steps_max) - 1; ++step) {
    DirtyArea many;
    for (int i = 0; i < 8; ++i) {
      all.push_back({i * 500, (step * 8 + i) * 300, 2, 2});
      many.add(all.back());
    }
    history.add(static_cast<std::uint64_t>(step) + 2, many);
  }
  const auto known = history.since(1);
  ASSERT_TRUE(known);
  EXPECT_LE(known->rectangles().size(), DirtyArea::rectangles_max);
  for (const Rectangle& one : all)
    EXPECT_TRUE(
        std::ranges::any_of(known->rectangles(), [&](const auto& r) { return intersect(r, one) == one; }));
}

TEST(Picture, of_another_maker_nothing_is_known) {
  const auto one = Picture::make(64, 32);
  const auto other = Picture::make(64, 32);
  EXPECT_NE(one->serial(), 0u);
  EXPECT_NE(one->serial(), other->serial());
  EXPECT_TRUE(one->changes_since(one->serial()).empty());
  const std::vector<Rectangle> everything{{0, 0, 64, 32}};
  EXPECT_EQ(list(one->changes_since(other->serial())), everything);
  EXPECT_EQ(list(other->changes_since(one->serial())), everything);
  EXPECT_EQ(list(one->changes_since(0)), everything);
}

TEST(Canvas, each_picture_tells_where_it_differs_from_those_before) {
  Canvas canvas(640, 480);
  Grab grab(640, 480);
  const std::vector<Rectangle> everything{{0, 0, 640, 480}};
  const auto first = paint(canvas, grab, grab.all());
  EXPECT_EQ(list(first->changes_since(first->serial() - 1)), everything);
  const auto second = paint(canvas, grab, {11, 11, 1, 1});
  EXPECT_EQ(list(second->changes_since(first->serial())), (std::vector<Rectangle>{{10, 10, 2, 2}}));
  EXPECT_TRUE(paint(canvas, grab, {})->changes_since(second->serial()).empty());
  const auto third = paint(canvas, grab, {639, 479, 1, 1});
  EXPECT_EQ(list(third->changes_since(second->serial())), (std::vector<Rectangle>{{638, 478, 2, 2}}));
  EXPECT_EQ(third->changes_since(first->serial()).pixels(), 8);
  EXPECT_EQ(list(second->changes_since(third->serial())), everything)
      << "of what comes later nothing is known";
  canvas.reset();
  const auto anew = paint(canvas, grab, {0, 0, 2, 2});
  EXPECT_EQ(list(anew->changes_since(third->serial())), everything);
  EXPECT_EQ(list(anew->changes_since(first->serial())), everything);
  Canvas other(640, 480);
  EXPECT_EQ(list(paint(other, grab, {0, 0, 2, 2})->changes_since(anew->serial())), everything);
}

TEST(Canvas, a_picture_that_is_painted_again_is_another_one) {
  Canvas canvas(640, 480);
  Grab grab(640, 480);
  auto held = paint(canvas, grab, grab.all());
  const Picture* memory = held.get();
  const std::uint64_t first = held->serial();
  held = paint(canvas, grab, {0, 0, 2, 2});
  const std::uint64_t second = held->serial();
  held = paint(canvas, grab, {400, 400, 2, 2});
  ASSERT_EQ(held.get(), memory);
  EXPECT_NE(held->serial(), first);
  EXPECT_EQ(held->changes_since(first).pixels(), 8);
  EXPECT_EQ(list(held->changes_since(second)), (std::vector<Rectangle>{{400, 400, 2, 2}}));
}

TEST(Changes, the_box_around_what_differs_is_found) {
  Grab before(33, 20);
  Grab now(33, 20);
  EXPECT_TRUE(changed_box(before.view(), now.view()).empty());
  now.paint({32, 19, 1, 1}, 1, 0, 0);
  EXPECT_EQ(changed_box(before.view(), now.view()), (Rectangle{32, 19, 1, 1}));
  now.paint({7, 4, 1, 1}, 1, 0, 0);
  EXPECT_EQ(changed_box(before.view(), now.view()), (Rectangle{7, 4, 26, 16}));
  now.paint({0, 0, 1, 1}, 1, 0, 0);
  EXPECT_EQ(changed_box(before.view(), now.view()), (Rectangle{0, 0, 33, 20}));
  const Rectangle inside{8, 5, 20, 10};
  EXPECT_TRUE(changed_box(before.view().part(inside), now.view().part(inside)).empty());
}

TEST(Changes, the_box_is_exact_whatever_differs) {
  Random random;
  for (int turn = 0; turn < 300; ++turn) {
    const int width = 1 + random.below(120);
    const int height = 1 + random.below(200);
    Grab before(width, height);
    Grab now(width, height);
    Rectangle box;
    for (int i = random.below(5); i > 0; --i) {
      const int x = random.below(width);
      const int y = random.below(height);
      const Rectangle area{x, y, 1 + random.below(width - x), 1 + random.below(height - y)};
      now.paint(area, 1, 2, 3);
      box = unite(box, area);
    }
    ASSERT_EQ(changed_box(before.view(), now.view()), box) << "turn " << turn;
  }
}

TEST(Changes, the_byte_without_a_meaning_is_no_change) {
  Grab before(8, 8);
  Grab now(8, 8);
  now.pixels()[3] = 255;
  EXPECT_TRUE(changed_box(before.view(), now.view()).empty());
  now.paint({5, 5, 1, 1}, 0, 0, 1);
  EXPECT_EQ(intersect(changed_box(before.view(), now.view()), {5, 5, 1, 1}), (Rectangle{5, 5, 1, 1}));
}

TEST(DirtyArea, joins_what_is_near_and_keeps_apart_what_is_far) {
  DirtyArea area;
  area.add(Rectangle{});
  EXPECT_TRUE(area.empty());
  area.add({0, 0, 10, 10});
  area.add({12, 0, 10, 10});
  ASSERT_EQ(area.rectangles().size(), 1u);
  EXPECT_EQ(area.bounds(), (Rectangle{0, 0, 22, 10}));
  area.add({1000, 1000, 10, 10});
  ASSERT_EQ(area.rectangles().size(), 2u);
  EXPECT_EQ(area.pixels(), 320);
  EXPECT_EQ(area.bounds(), (Rectangle{0, 0, 1010, 1010}));
  EXPECT_TRUE(area.meets({1005, 1005, 100, 100}));
  EXPECT_FALSE(area.meets({500, 500, 100, 100}));
  EXPECT_FALSE(area.meets({}));
}

TEST(DirtyArea, the_waste_of_joining_has_a_limit) {
  const int side = 64;
  ASSERT_EQ(side * side, DirtyArea::waste_max);
  DirtyArea at_the_limit;
  at_the_limit.add({0, 0, 64, 64});
  at_the_limit.add({128, 0, 64, 64});
  EXPECT_EQ(at_the_limit.rectangles().size(), 1u);
  DirtyArea over_it;
  over_it.add({0, 0, 64, 64});
  over_it.add({129, 0, 64, 64});
  EXPECT_EQ(over_it.rectangles().size(), 2u);
}

TEST(DirtyArea, never_has_more_rectangles_than_its_limit_and_never_loses_a_pixel) {
  DirtyArea area;
  std::vector<Rectangle> added;
  Random random;
  const auto next = [&](int limit) { return random.below(limit); };
  for (int i = 0; i < 500; ++i) {
    added.push_back({next(4000), next(4000), 1 + next(100), 1 + next(100)});
    area.add(added.back());
    ASSERT_LE(area.rectangles().size(), DirtyArea::rectangles_max);
  }
  const auto inside = [&](const Rectangle& one) {
    return std::any_of(area.rectangles().begin(), area.rectangles().end(),
                       [&](const Rectangle& whole) { return intersect(one, whole) == one; });
  };
  for (const Rectangle& one : added) EXPECT_TRUE(inside(one));
}

CursorImage square(int size, std::uint32_t argb) {
  return {size, size, size / 2, size / 2,
          std::vector<std::uint32_t>(static_cast<std::size_t>(size * size), argb)};
}

TEST(Cursor, covers_by_its_opacity_and_leaves_no_trace) {
  Grab grab(32, 32);
  grab.paint(grab.all(), 100, 100, 100);
  const auto before = grab.bytes();
  {
    const CursorOverlay overlay(grab.pixels(), 32 * 4, 32, 32, square(8, 0x80400000), 16, 16);
    const std::uint8_t* inside = grab.pixels() + (16 * 32 + 16) * 4;
    EXPECT_EQ(inside[2], 0x40 + (100 * 127 + 127) / 255);
    EXPECT_EQ(inside[0], (100 * 127 + 127) / 255);
    EXPECT_EQ(grab.pixels()[(16 * 32 + 20) * 4], 100);
  }
  EXPECT_EQ(grab.bytes(), before);
}

TEST(Cursor, at_every_edge_and_outside_it_stays_in_memory) {
  Grab grab(16, 16);
  const auto before = grab.bytes();
  for (int x = -12; x < 28; x += 3)
    for (int y = -12; y < 28; y += 3)
      CursorOverlay(grab.pixels(), 16 * 4, 16, 16, square(9, 0xffffffff), x, y);
  EXPECT_EQ(grab.bytes(), before);
  EXPECT_TRUE(cursor_area(square(9, 0), 100, 100, 16, 16).empty());
}

}  // namespace
}  // namespace worker
