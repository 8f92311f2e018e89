#include "common/printable.h"

#include <gtest/gtest.h>

using common::printable;

namespace {

TEST(Printable, plain_text_and_utf8_stay) {
  EXPECT_EQ(printable("grüß dich, 漢字 🎥"), "grüß dich, 漢字 🎥");
}

TEST(Printable, control_bytes_and_escapes_are_written_out) {
  EXPECT_EQ(printable("a\x1b[31mb\r\nc\x7f"), "a\\x1b[31mb\\x0d\\x0ac\\x7f");
  EXPECT_EQ(printable(std::string_view("\0x", 2)), "\\x00x");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\xc2\\x9b"
            "31m");  // the one-byte CSI of C1
}

TEST(Printable, invalid_utf8_is_written_out_byte_by_byte) {
  EXPECT_EQ(printable("\xff\xfe"), "\\xff\\xfe");
  EXPECT_EQ(printable("\xc3"), "\\xc3");                    // cut
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(printable("\xf5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80");
}

TEST(Printable, is_cut_at_the_limit) {
  EXPECT_EQ(printable("abcdef", 3), "abc");
  EXPECT_EQ(printable(std::string(5000, 'x')).size(), 1024u);
}

}  // namespace
