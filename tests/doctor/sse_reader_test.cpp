#include "supervisor/sse_reader.h"

#include <gtest/gtest.h>

#include <vector>

using supervisor::SseEvent;
using supervisor::SseReader;

namespace {

std::vector<std::string> read(const std::vector<std::string>& pieces) {
  SseReader reader;
  std::vector<std::string> seen;
  for (const std::string& piece : pieces) {
    reader.feed(piece, [&seen](const SseEvent& e) { seen.push_back(e.id + "|" + e.event + "|" + e.data); });
  }
  return seen;
}

}  // namespace

TEST(SseReader, gives_whole_events_wherever_they_are_cut) {
  const std::string text =
      ": still here\n\nid: a-1\nevent: log\ndata: {\"x\":1}\n\nid: a-2\r\ndata:two\r\ndata: "
      "lines\r\n\r\ndata: half";
  const std::vector<std::string> wanted = {"a-1|log|{\"x\":1}", "a-2||two\nlines"};
  EXPECT_EQ(read({text}), wanted);
  std::vector<std::string> bytes;
  for (const char c : text) bytes.emplace_back(1, c);
  EXPECT_EQ(read(bytes), wanted);
}

TEST(SseReader, leaves_out_what_is_longer_than_the_limit) {
  const std::string fits = "data: " + std::string(SseReader::event_bytes_max / 2, 'x') + "\n\n";
  EXPECT_EQ(read({fits}).size(), 1u);
  const std::string piece(64 * 1024, 'x');
  std::vector<std::string> flood = {"data: "};
  for (std::size_t bytes = 0; bytes <= 2 * SseReader::event_bytes_max; bytes += piece.size())
    flood.push_back(piece);
  flood.push_back("\n\ndata: after\n\n");
  EXPECT_EQ(read(flood), std::vector<std::string>{"||after"});
}
