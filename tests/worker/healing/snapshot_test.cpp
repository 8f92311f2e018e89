// The small pictures for people, and whether a picture is black.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/worker/capture/pixels.h"
#include "worker/av/av_owners.h"
#include "worker/picture/black.h"
#include "worker/snapshot/snapshot_thread.h"

namespace worker {
namespace {

FramePtr decode_jpeg(const Bytes& jpeg) {
  CodecPtr codec(avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_MJPEG)));
  if (avcodec_open2(codec.get(), nullptr, nullptr) < 0) return nullptr;
  PacketPtr packet(av_packet_alloc());
  av_new_packet(packet.get(), static_cast<int>(jpeg.size()));
  std::copy(jpeg.begin(), jpeg.end(), packet->data);
  FramePtr frame(av_frame_alloc());
  if (avcodec_send_packet(codec.get(), packet.get()) < 0) return nullptr;
  return avcodec_receive_frame(codec.get(), frame.get()) < 0 ? nullptr : std::move(frame);
}

std::shared_ptr<Picture> flat(int width, int height, Yuv colour) {
  auto picture = Picture::make(width, height);
  fill(*picture, {0, 0, width, height}, colour);
  return picture;
}

TEST(Snapshot, is_small_and_has_the_colours_of_the_picture_in_full_range) {
  const auto started = std::chrono::steady_clock::now();
  const auto jpeg = make_jpeg(*flat(1920, 1080, yuv_of(255, 255, 255)));
  const auto spent = std::chrono::steady_clock::now() - started;
  ASSERT_TRUE(jpeg) << jpeg.error().reason;
  RecordProperty("jpeg_us", static_cast<int>(spent / std::chrono::microseconds(1)));
  const auto frame = decode_jpeg(*jpeg);
  ASSERT_NE(frame, nullptr);
  EXPECT_EQ(frame->width, 320);
  EXPECT_EQ(frame->height, 180);
  EXPECT_NEAR(frame->data[0][0], 255, 3) << "235 would be grey";
  EXPECT_NEAR(frame->data[1][0], 128, 3);
}

TEST(Snapshot, a_small_picture_is_not_enlarged) {
  const auto frame = decode_jpeg(make_jpeg(*flat(160, 90, yuv_of(255, 0, 0))).value());
  ASSERT_NE(frame, nullptr);
  EXPECT_EQ(frame->width, 160);
  EXPECT_NEAR(frame->data[2][0], 255, 6) << "red";
}

TEST(Snapshot, the_thread_makes_the_latest_one_asked_for) {
  SnapshotThread thread;
  EXPECT_FALSE(thread.take());
  thread.ask(flat(640, 360, black), 1);
  thread.ask(flat(640, 360, black), 2);
  std::int64_t latest = 0;
  for (int i = 0; i < 1000 && latest != 2; ++i) {
    if (const auto snapshot = thread.take()) latest = snapshot->pts;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  EXPECT_EQ(latest, 2);
  EXPECT_FALSE(thread.take()) << "each is handed out once";
}

TEST(Black, is_black_to_the_last_pixel_and_no_brighter_than_the_limit) {
  auto picture = flat(64, 64, {black_luma_max, 90, 200});
  EXPECT_TRUE(is_black(*picture)) << "whatever the colour";
  picture->plane(0)[63 * picture->stride(0) + 63] = black_luma_max + 1;
  EXPECT_FALSE(is_black(*picture));
}

}  // namespace
}  // namespace worker
