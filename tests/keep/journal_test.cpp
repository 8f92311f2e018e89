#include "supervisor/media/journal.h"

#include <gtest/gtest.h>

#include <string>

#include "supervisor/media/journal_format.h"

namespace {

using supervisor::FrameWriter;
using supervisor::KeptSegment;
using supervisor::Part;
using supervisor::PublishedPosition;
using supervisor::read_journal;
using Bytes = std::vector<std::uint8_t>;

Bytes operator+(Bytes one, const Bytes& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

Part part(std::uint64_t serial, std::int64_t start, std::size_t offset) {
  return {serial, start, 6, offset == 0, false, offset, 100};
}

Bytes first_frame() {
  FrameWriter frame;
  frame.head({"5e55", "boot", {30, 6, 60, 60, 0}, 1'700'000'000'000});
  frame.open({7, 600, "12345678", true, false, {}});
  frame.part(part(40, 600, 0));
  frame.part(part(41, 606, 100));
  frame.position({42, 3, 612, 12, 1, false, false, true, false, 5, 1, 8, "kit-1-2"});
  return frame.finish();
}

Bytes second_frame() {
  FrameWriter frame;
  frame.part(part(42, 612, 200));
  frame.close();
  frame.open({8, 618, "12345678", false, false, {}});
  frame.part(part(43, 618, 0));
  frame.position({44, 3, 624, 6, 1, false, false, false, true, 5, 1, 9, "kit-1-2"});
  return frame.finish();
}

TEST(Journal, what_was_written_is_read) {
  const auto window = read_journal(first_frame() + second_frame());
  ASSERT_TRUE(window);
  EXPECT_EQ(window->head.session, "5e55");
  EXPECT_EQ(window->head.boot_id, "boot");
  EXPECT_EQ(window->head.grid.segment_pictures, 60);
  EXPECT_EQ(window->head.wall_origin_ms, 1'700'000'000'000);
  EXPECT_EQ(window->position,
            (PublishedPosition{44, 3, 624, 6, 1, false, false, false, true, 5, 1, 9, "kit-1-2"}));
  ASSERT_EQ(window->segments.size(), 2u);
  EXPECT_TRUE(window->segments[0].closed);
  EXPECT_TRUE(window->segments[0].discontinuity);
  EXPECT_EQ(window->segments[0].parts,
            (std::vector<Part>{part(40, 600, 0), part(41, 606, 100), part(42, 612, 200)}));
  EXPECT_FALSE(window->segments[1].closed);
  EXPECT_EQ(window->frames, 2u);
  EXPECT_EQ(window->torn_bytes, 0u);
}

TEST(Journal, a_torn_tail_is_left_out_wherever_it_was_torn) {
  const Bytes first = first_frame(), both = first + second_frame();
  for (std::size_t size = 0; size < both.size(); ++size) {
    const auto window = read_journal(std::span(both).first(size));
    if (size < first.size()) {
      EXPECT_FALSE(window) << size;
      continue;
    }
    ASSERT_TRUE(window) << size;
    EXPECT_EQ(window->frames, 1u);
    EXPECT_EQ(window->torn_bytes, size - first.size());
    EXPECT_EQ(window->position.end, 612);
  }
}

TEST(Journal, one_wrong_byte_costs_its_frame_and_what_follows) {
  const Bytes first = first_frame(), both = first + second_frame();
  for (std::size_t at = 0; at < both.size(); ++at) {
    Bytes damaged = both;
    damaged[at] ^= 0x10;
    const auto window = read_journal(damaged);
    if (at < first.size()) {
      EXPECT_FALSE(window) << at;
    } else {
      ASSERT_TRUE(window) << at;
      EXPECT_EQ(window->position.end, 612) << at;
    }
  }
}

template <typename Write>
Bytes frame_of(Write write) {
  FrameWriter frame;
  write(frame);
  return frame.finish();
}

TEST(Journal, what_no_publisher_could_have_done_is_refused) {
  const Bytes first = first_frame();
  const PublishedPosition position{44, 3, 624, 6, 1, false, false, false, false, 5, 1, 9, ""};
  const KeptSegment next{8, 618, "12345678", false, false, {}};
  const std::vector<Bytes> impossible = {
      frame_of([&](auto& f) { f.open(next); }),  // one is open
      frame_of([&](auto& f) {
        f.close(), f.open({9, 618, "12345678", false, false, {}});
      }),                                                      // one is left out
      frame_of([&](auto& f) { f.part(part(42, 612, 201)); }),  // a hole in the bytes
      frame_of([&](auto& f) { f.part(part(42, 613, 200)); }),  // and in time
      frame_of([&](auto& f) { f.part(part(43, 612, 200)); }),  // and in the numbers
      frame_of([&](auto& f) {
        f.part({42, 612, 0, false, false, 200, 100});
      }),  // no pictures
      frame_of([&](auto& f) {
        f.part({42, 612, 6, false, false, 200, std::size_t{1} << 40});
      }),  // too large
      frame_of([&](auto& f) {
        f.close(), f.open({8, 618, "../../etc", false, false, {}});
      }),  // no name
      frame_of([&](auto& f) {
        f.position({44, 3, 624, -1, 1, false, false, false, false, 5, 1, 9, ""});
      }),
      frame_of([&](auto& f) {
        f.position({44, 3, 624, 6, 1, false, false, false, false, 5, 1, 9, "a/b"});
      }),
  };
  for (std::size_t i = 0; i < impossible.size(); ++i) EXPECT_FALSE(read_journal(first + impossible[i])) << i;
  EXPECT_TRUE(read_journal(first + frame_of([&](auto& f) { f.position(position); })));
}

TEST(Journal, its_checksum_is_that_of_everybody_else) {
  const std::string text = "123456789";
  EXPECT_EQ(supervisor::crc32({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}),
            0xcbf43926u);
}

TEST(Journal, a_kit_survives_the_way_through_bytes_and_no_damage_does) {
  supervisor::Kit kit;
  supervisor::InitSegment init;
  init.id = "12345678";
  kit.init = std::make_shared<const supervisor::InitSegment>(init);
  for (std::size_t i = 0; i < kit.skips.size(); ++i)
    kit.skips[i] = Bytes(i + 1, static_cast<std::uint8_t>(i));
  kit.slate = Bytes(1000, 9);
  const Bytes bytes = supervisor::format_kit(kit);
  const auto read = supervisor::parse_kit(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->init_id, "12345678");
  EXPECT_EQ(read->kit.skips, kit.skips);
  EXPECT_EQ(read->kit.slate, kit.slate);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(supervisor::parse_kit(std::span(bytes).first(size))) << size;
  }
}

TEST(Journal, knows_its_numbers_by_name) {
  EXPECT_EQ(supervisor::journal_number("journal-12"), 12u);
  for (const char* name : {"journal-", "journal-x", "journal-1x", "seg-1", "journal--1"}) {
    EXPECT_FALSE(supervisor::journal_number(name)) << name;
  }
}

}  // namespace
