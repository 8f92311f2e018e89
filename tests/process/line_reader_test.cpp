#include "supervisor/process/line_reader.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

using supervisor::LineReader;
using testing::ElementsAre;

namespace {

struct Collected {
  std::vector<std::string> lines;
  std::vector<bool> cuts;
  LineReader::OnLine sink() {
    return [this](std::string_view line, bool cut) {
      lines.emplace_back(line);
      cuts.push_back(cut);
    };
  }
};

TEST(LineReader, every_way_to_split_a_text_gives_the_same_lines) {
  const std::string text = "one\r\ntwo\rthree\n\n\nfour\n";
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      Collected got;
      LineReader reader(16);
      reader.feed(std::string_view(text).substr(0, first), got.sink());
      reader.feed(std::string_view(text).substr(first, second - first), got.sink());
      reader.feed(std::string_view(text).substr(second), got.sink());
      ASSERT_THAT(got.lines, ElementsAre("one", "two", "three", "four")) << first << " " << second;
    }
  }
}

TEST(LineReader, a_line_of_exactly_the_limit_is_whole) {
  Collected got;
  LineReader reader(8);
  reader.feed("12345678\n", got.sink());
  EXPECT_THAT(got.lines, ElementsAre("12345678"));
  EXPECT_THAT(got.cuts, ElementsAre(false));
  EXPECT_EQ(reader.cut_lines(), 0u);
}

TEST(LineReader, one_byte_past_the_limit_is_cut_and_the_rest_skipped_until_the_next_line) {
  Collected got;
  LineReader reader(8);
  reader.feed("123456789", got.sink());
  reader.feed("abc\nnext\n", got.sink());
  EXPECT_THAT(got.lines, ElementsAre("12345678", "next"));
  EXPECT_THAT(got.cuts, ElementsAre(true, false));
  EXPECT_EQ(reader.cut_lines(), 1u);
}

TEST(LineReader, ten_mebibytes_without_an_end_cost_no_memory_and_the_next_line_counts) {
  Collected got;
  LineReader reader(4096);
  const std::string chunk(64 * 1024, 'x');
  for (int i = 0; i < 160; ++i) reader.feed(chunk, got.sink());
  reader.feed("\n{\"heartbeat\"}\n", got.sink());
  ASSERT_EQ(got.lines.size(), 2u);
  EXPECT_EQ(got.lines[0].size(), 4096u);
  EXPECT_EQ(got.lines[1], "{\"heartbeat\"}");
}

TEST(LineReader, what_is_left_at_the_end_of_the_stream_is_a_line) {
  Collected got;
  LineReader reader(16);
  reader.feed("last words", got.sink());
  EXPECT_TRUE(got.lines.empty());
  reader.finish(got.sink());
  EXPECT_THAT(got.lines, ElementsAre("last words"));
}

}  // namespace
