// An input of libavformat that is open, and its video stream; everything else in it is thrown away. Every
// call blocks, and is ended by its time limit or by cancel() from another thread, where libav asks; where it
// does not (a name that is being looked up, a driver) the age of the call says so. One thread.
#pragma once

#include <atomic>
#include <memory>

#include "common/time_grid.h"
#include "worker/av/av_owners.h"
#include "worker/receive/address.h"

namespace worker {

// The time limit of the call in progress; shared with libav and with those who wait for it.
class CallLimit {
 public:
  void begin(std::chrono::milliseconds limit);
  void end() { until_ns_ = 0; }
  void cancel() { cancelled_ = true; }
  bool is_cancelled() const { return cancelled_; }
  // The call in progress has used up its time.
  bool is_over(common::MonoTime now) const { return is_over_by({}, now); }
  // ... and as much again as `more`: it does not listen.
  bool is_over_by(std::chrono::milliseconds more, common::MonoTime now) const;

 private:
  std::atomic<std::int64_t> until_ns_{0};  // 0: no call in progress
  std::atomic<bool> cancelled_{false};
};

class Demuxer {
 public:
  static constexpr std::chrono::seconds read_time_max{10};  // for the next packet

  // Errors are tagged "input: " and name the address. Takes at most address.open_time.
  static common::Result<std::unique_ptr<Demuxer>> open(const Address& address,
                                                       std::shared_ptr<CallLimit> calls);
  ~Demuxer();
  Demuxer(const Demuxer&) = delete;
  Demuxer& operator=(const Demuxer&) = delete;

  // The next packet of the video; null: the end.
  common::Result<PacketPtr> read(std::chrono::milliseconds limit = read_time_max);

  const AVStream& video() const { return *context_->streams[index_]; }
  double fps() const;  // 0: unknown
  // It says how long it is: it comes as fast as it is read, not as fast as it is to be shown.
  bool is_stored() const;
  // It comes in pieces of seconds (HLS, DASH).
  bool is_segmented() const;
  // What came in for all of its streams.
  std::uint64_t bytes() const { return bytes_; }

 private:
  Demuxer(Address address, std::shared_ptr<CallLimit> calls);
  common::Result<void> connect();
  common::Result<void> choose_video();
  common::Error refused(int code, std::chrono::milliseconds limit) const;

  const Address address_;
  const std::shared_ptr<CallLimit> calls_;
  AVFormatContext* context_ = nullptr;
  int index_ = -1;
  std::uint64_t bytes_ = 0;
};

}  // namespace worker
