// Packets to frames (libavcodec). Time stamps of packets and frames are nanoseconds of the timeline. One
// thread, which it may use for a while but never blocks for others.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "common/result.h"
#include "worker/av/av_owners.h"

namespace worker {

struct DecodedFrame {
  FramePtr frame;
  std::chrono::nanoseconds time{0};  // on the timeline
  bool broken = false;  // it, or a packet since the frame before, has errors: parts of it are made up
};

class FrameDecoder {
 public:
  // Error, without a tag: no decoder, or it refuses these parameters.
  static common::Result<std::unique_ptr<FrameDecoder>> open(const AVCodecParameters& parameters);

  // The next packet; null: a run ends here, what is still inside comes out. A packet that is broken is
  // counted and passed over. Take all frames before the next packet.
  void send(const AVPacket* packet);
  // The next frame in the order of showing; nothing: it wants packets.
  std::optional<DecodedFrame> receive();
  // Forgets everything: the next packet is a key packet.
  void begin_anew();

  std::uint64_t broken() const { return broken_; }  // packets and frames
  int unanswered() const { return unanswered_; }    // packets since the last frame

 private:
  void note_broken_packet();

  explicit FrameDecoder(CodecPtr codec) : codec_(std::move(codec)) {}

  CodecPtr codec_;
  std::uint64_t broken_ = 0;
  int unanswered_ = 0;
  bool broken_packet_ = false;  // since the last frame
  std::chrono::nanoseconds last_{0};
};

}  // namespace worker
