// What libav says, and what of it counts.
#include "worker/av/av_log.h"

#include <gtest/gtest.h>

#include <vector>

#include "worker/av/av_owners.h"

namespace worker {
namespace {

std::vector<std::string>& heard() {
  static std::vector<std::string> lines;
  return lines;
}

TEST(AvLog, what_others_send_is_information_and_missed_packets_are_counted) {
  listen_to_libav(
      [](const std::string& level, const std::string& text) { heard().push_back(level + " " + text); });
  AVFormatContext* input = avformat_alloc_context();
  input->iformat = av_find_input_format("mpegts");
  av_log(input, AV_LOG_ERROR, "garbage\n");
  av_log(input, AV_LOG_WARNING, "RTP: missed %d packets\n", 3);
  av_log(nullptr, AV_LOG_WARNING, "no memory\n");
  av_log(nullptr, AV_LOG_INFO, "chatter\n");
  EXPECT_EQ(missed_rtp_packets(), 3u);
  ASSERT_EQ(heard().size(), 3u);
  EXPECT_TRUE(heard()[0].starts_with("info ")) << heard()[0];
  EXPECT_EQ(heard()[2], "warn no memory");
  const std::size_t lines = 100;
  for (std::size_t i = 0; i < lines; ++i) av_log(input, AV_LOG_ERROR, "garbage\n");
  EXPECT_EQ(heard().size(), lines + 1) << "a hundred of inputs in all, and one of the rest";
  av_log(nullptr, AV_LOG_WARNING, "still heard\n");
  EXPECT_EQ(heard().back(), "warn still heard");
  avformat_free_context(input);
}

}  // namespace
}  // namespace worker
