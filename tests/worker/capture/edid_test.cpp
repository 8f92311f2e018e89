#include "worker/display/edid.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace worker {
namespace {

std::vector<std::uint8_t> with_checksum(std::vector<std::uint8_t> block) {
  block[127] = 0;
  block[127] = static_cast<std::uint8_t>(256 - std::accumulate(block.begin(), block.end(), 0) % 256);
  return block;
}

void put_text(std::vector<std::uint8_t>& block, std::size_t at, std::uint8_t tag, const std::string& text) {
  block[at + 3] = tag;
  std::copy(text.begin(), text.end(), block.begin() + static_cast<std::ptrdiff_t>(at) + 5);
}

// Vendor DEL (4, 5, 12), numeric serial 305419896.
std::vector<std::uint8_t> plain() {
  std::vector<std::uint8_t> block(128, 0);
  std::fill(block.begin() + 1, block.begin() + 7, std::uint8_t{0xff});
  block[8] = 0x10;
  block[9] = 0xac;
  block[12] = 0x78;
  block[13] = 0x56;
  block[14] = 0x34;
  block[15] = 0x12;
  return with_checksum(block);
}

std::vector<std::uint8_t> named() {
  auto block = plain();
  put_text(block, 72, 0xfc, "DELL U2720Q\n ");
  put_text(block, 90, 0xff, "7XK2N13\n     ");
  return with_checksum(block);
}

TEST(Edid, vendor_model_and_serial_are_read) {
  EXPECT_EQ(edid_text(named()), "DEL DELL U2720Q 7XK2N13");
}

TEST(Edid, without_texts_the_number_is_the_serial) {
  EXPECT_EQ(edid_text(plain()), "DEL 305419896");
}

TEST(Edid, an_extension_block_does_not_disturb) {
  auto block = named();
  block.resize(256, 0xaa);
  EXPECT_EQ(edid_text(block), "DEL DELL U2720Q 7XK2N13");
}

TEST(Edid, a_name_of_full_length_without_line_feed_is_whole) {
  auto block = plain();
  put_text(block, 108, 0xfc, "ABCDEFGHIJKLM");
  EXPECT_EQ(edid_text(with_checksum(block)), "DEL ABCDEFGHIJKLM 305419896");
}

TEST(Edid, unprintable_bytes_do_not_get_out) {
  auto block = plain();
  put_text(block, 72, 0xfc, "A\x1b[1mB\x80\n");
  EXPECT_EQ(edid_text(with_checksum(block)), "DEL A[1mB 305419896");
}

TEST(Edid, what_is_no_edid_is_empty) {
  EXPECT_EQ(edid_text({}), "");
  EXPECT_EQ(edid_text(std::vector<std::uint8_t>(128, 0)), "");
  auto broken = named();
  broken[127] = static_cast<std::uint8_t>(broken[127] + 1);
  EXPECT_EQ(edid_text(broken), "");
  auto cut = named();
  cut.resize(127);
  EXPECT_EQ(edid_text(cut), "");
}

}  // namespace
}  // namespace worker
