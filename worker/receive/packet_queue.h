// Packets between the thread that reads them and the one that decodes them, in decoding order. Bounded: by
// bytes, and by how far the reader may run ahead of what is shown. While nobody watches it keeps what is
// needed to begin at any moment: everything since the last picture that can be decoded by itself. Not
// thread-safe: its owner has the lock.
#pragma once

#include <deque>
#include <optional>

#include "common/time_grid.h"
#include "worker/av/av_owners.h"

namespace worker {

struct QueuedPacket {
  PacketPtr packet;                  // its stamps are those of the timeline, in ns; null: a run ends here
  std::chrono::nanoseconds time{0};  // on the timeline
  common::MonoTime arrived;
  bool key = false;
};

class PacketQueue {
 public:
  static constexpr std::size_t bytes_max = std::size_t{48} << 20;
  static constexpr std::size_t packets_max = 20'000;

  // Refused (and gone) before the first key packet, and after a gap until the next one.
  void push(QueuedPacket packet);
  std::optional<QueuedPacket> pop();
  const QueuedPacket* front() const { return packets_.empty() ? nullptr : &packets_.front(); }
  bool is_empty() const { return packets_.empty(); }
  bool is_full() const { return bytes_ >= bytes_max || packets_.size() >= packets_max; }
  // Of the newest packet that ever came.
  std::optional<std::chrono::nanoseconds> newest() const { return newest_; }

  // Throws away what nobody needs who begins at `time`: all before the last key packet not after it. True:
  // something went, and the decoder must begin with the key packet that is now the first.
  bool begin_at(std::chrono::nanoseconds time);
  // Throws everything away; goes on with the next key packet.
  void clear();

 private:
  std::deque<QueuedPacket> packets_;
  std::size_t bytes_ = 0;
  bool needs_key_ = true;
  std::optional<std::chrono::nanoseconds> newest_;
};

}  // namespace worker
