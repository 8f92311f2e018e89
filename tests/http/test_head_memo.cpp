// Heads that many answers share: the same text as of one alone, renewed with the date, bounded.
#include <gtest/gtest.h>

#include "supervisor/http/head_memo.h"

namespace supervisor {
namespace {

Reply part_reply() {
  Reply reply;
  reply.kind = RouteKind::Media;
  reply.content_type = "video/mp4";
  reply.text = "12345";
  reply.add_field("ETag", "\"part-1\"");
  return reply;
}

TEST(HeadMemo, says_what_an_answer_of_its_own_says_and_renders_it_once_a_second) {
  std::string alone;
  format_head(part_reply(), {}, "Sat, 21 Nov 2026 01:13:27 GMT", alone);
  HeadMemo memo;
  const HeadMemo::Key key{&memo, "part-1", 5, 0};
  EXPECT_EQ(memo.find(key), nullptr);
  Reply first = part_reply();
  memo.keep(key, first);
  EXPECT_TRUE(first.fields.empty());
  const auto head = memo.find(key);
  ASSERT_EQ(head, first.head);
  const auto text = head->text(first, "Sat, 21 Nov 2026 01:13:27 GMT");
  EXPECT_EQ(*text, alone);
  EXPECT_EQ(head->text(first, "Sat, 21 Nov 2026 01:13:27 GMT"), text);
  EXPECT_NE(*head->text(first, "Sat, 21 Nov 2026 01:13:28 GMT"), alone);
  EXPECT_EQ(*text, alone) << "who is being sent the old one";
  // Who does not keep the connection gets the same fields.
  std::string closing;
  first.close = true;
  format_head(first, {}, "Sat, 21 Nov 2026 01:13:27 GMT", closing);
  EXPECT_NE(closing.find("ETag: \"part-1\"\r\n"), std::string::npos);
  EXPECT_NE(closing.find("Connection: close\r\n"), std::string::npos);
}

TEST(HeadMemo, tells_keys_apart_and_keeps_the_newest) {
  HeadMemo memo;
  int stream = 0;
  const HeadMemo::Key key{&stream, "a", 1, 0};
  Reply reply = part_reply();
  memo.keep(key, reply);
  for (const HeadMemo::Key& other : {HeadMemo::Key{&memo, "a", 1, 0}, HeadMemo::Key{&stream, "b", 1, 0},
                                     HeadMemo::Key{&stream, "a", 2, 0}, HeadMemo::Key{&stream, "a", 1, 1}})
    EXPECT_EQ(memo.find(other), nullptr);
  for (std::uint64_t i = 1; i < HeadMemo::heads_max; ++i) {
    Reply next = part_reply();
    memo.keep({&stream, "a", 1 + i, 0}, next);
  }
  EXPECT_NE(memo.find(key), nullptr) << "as many as there is room for";
  Reply last = part_reply();
  memo.keep({&stream, "z", 1, 0}, last);
  EXPECT_EQ(memo.find(key), nullptr);
  EXPECT_NE(memo.find({&stream, "z", 1, 0}), nullptr);
}

}  // namespace
}  // namespace supervisor
