#include "worker/receive/packet_queue.h"

#include <algorithm>

namespace worker {

void PacketQueue::push(QueuedPacket packet) {
  if (packet.packet) newest_ = std::max(newest_.value_or(packet.time), packet.time);
  if (needs_key_ && !packet.key) return;
  needs_key_ = false;
  bytes_ += packet.packet ? static_cast<std::size_t>(packet.packet->size) : 0;
  packets_.push_back(std::move(packet));
}

std::optional<QueuedPacket> PacketQueue::pop() {
  if (packets_.empty()) return std::nullopt;
  QueuedPacket first = std::move(packets_.front());
  bytes_ -= first.packet ? static_cast<std::size_t>(first.packet->size) : 0;
  packets_.pop_front();
  return first;
}

bool PacketQueue::begin_at(std::chrono::nanoseconds time) {
  std::size_t first = 0;
  for (std::size_t i = 1; i < packets_.size(); ++i)
    if (packets_[i].key && packets_[i].time <= time) first = i;
  for (std::size_t i = 0; i < first; ++i) pop();
  return first > 0;
}

void PacketQueue::clear() {
  packets_.clear();
  bytes_ = 0;
  needs_key_ = true;
}

}  // namespace worker
