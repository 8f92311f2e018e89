#include "supervisor/media/segment_body.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>

namespace {

using supervisor::SegmentBody;
using Bytes = std::vector<std::uint8_t>;

TEST(SegmentBody, grows_by_what_is_appended) {
  auto body = *SegmentBody::create();
  EXPECT_TRUE(body->append(Bytes{1, 2, 3}));
  EXPECT_TRUE(body->append(Bytes{4}));
  EXPECT_EQ(body->size(), 4u);
  EXPECT_EQ(body->read(0, 10), (Bytes{1, 2, 3, 4}));
  EXPECT_EQ(body->read(2, 1), (Bytes{3}));
  EXPECT_EQ(body->read(4, 1), Bytes{});
}

TEST(SegmentBody, is_sealed_at_once_while_its_pages_are_on_their_way_to_a_viewer) {
  auto body = SegmentBody::create().value();
  ASSERT_TRUE(body->append(std::vector<std::uint8_t>(100'000, 7)));
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  loff_t from = 0;
  ASSERT_GT(::splice(body->fd(), &from, pipe[1], nullptr, 4096, 0), 0) << "nobody takes it out of the pipe";
  // F_SEAL_WRITE would wait 150 ms for the page and then fail with EBUSY.
  EXPECT_TRUE(body->seal());
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST(SegmentBody, cannot_be_changed_by_anyone_once_it_is_sealed) {
  auto body = *SegmentBody::of(Bytes{1, 2, 3});
  EXPECT_TRUE(body->sealed());
  EXPECT_FALSE(body->append(Bytes{4}));
  EXPECT_TRUE(body->seal()) << "sealing twice is fine";
  const char byte = 9;
  EXPECT_EQ(::pwrite(body->fd(), &byte, 1, 0), -1);
  EXPECT_EQ(::ftruncate(body->fd(), 0), -1);
  EXPECT_EQ(::ftruncate(body->fd(), 100), -1);
  EXPECT_EQ(::mmap(nullptr, 3, PROT_READ | PROT_WRITE, MAP_SHARED, body->fd(), 0), MAP_FAILED);
  EXPECT_EQ(body->read(0, 3), (Bytes{1, 2, 3}));
}

TEST(SegmentBody, is_not_inherited_by_workers) {
  auto body = *SegmentBody::create();
  EXPECT_NE(::fcntl(body->fd(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(SegmentBody, holds_no_more_than_its_limit) {
  auto body = *SegmentBody::create();
  const std::array<std::uint8_t, 1> one{};
  const std::span<const std::uint8_t> too_many(one.data(), SegmentBody::size_max + 1);
  EXPECT_FALSE(body->append(too_many));  // refused before a byte is read
  EXPECT_EQ(body->size(), 0u);
}

}  // namespace
