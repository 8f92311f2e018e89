// The thread that opens an input of libav and reads its packets into a bounded queue, so that whoever shows
// them never waits for a network, a disk or a driver. It ends by itself when it fails; one that does not come
// back from libav is left behind (Leftovers).
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "worker/receive/demuxer.h"
#include "worker/receive/frame_painter.h"
#include "worker/receive/packet_queue.h"
#include "worker/receive/play_clock.h"
#include "worker/source/leftovers.h"
#include "worker/source/source.h"

namespace worker {

struct FreeParameters {
  void operator()(AVCodecParameters* parameters) const { avcodec_parameters_free(&parameters); }
};

// What is known of the pictures once the input is open.
struct VideoKind {
  std::unique_ptr<AVCodecParameters, FreeParameters> parameters;
  FrameShape shape;
  Pace pace = Pace::Live;
};

// What the reader and its owner share. Guarded by the mutex.
struct ReaderBoard {
  std::mutex mutex;
  std::condition_variable changed;
  PacketQueue queue;
  std::shared_ptr<const VideoKind> kind;  // null: not open yet
  std::string error;                      // it ended, and why: tagged
  Received received;
  bool finished = false;  // the thread has left
  bool left = false;      // nobody waits for it any more
  // Orders to the thread.
  bool stop = false;
  std::chrono::nanoseconds playhead{0};  // on the timeline: what is shown now
};

class Reader {
 public:
  static constexpr std::chrono::milliseconds stop_time_max{500};
  static constexpr std::chrono::milliseconds stuck_after{500};  // beyond the limit of a call
  static constexpr std::uint64_t packets_without_key_max = 900;

  // Error: no thread can be started.
  static common::Result<std::unique_ptr<Reader>> start(Address address, std::shared_ptr<Leftovers> leftovers);
  // Stops it, or leaves it behind after stop_time_max.
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  ReaderBoard& board() { return *board_; }
  // A call of libav does not come back, though its time is over.
  bool is_stuck(common::MonoTime now) const { return calls_->is_over_by(stuck_after, now); }

 private:
  explicit Reader(std::shared_ptr<Leftovers> leftovers);

  std::shared_ptr<ReaderBoard> board_;
  std::shared_ptr<CallLimit> calls_;
  std::shared_ptr<Leftovers> leftovers_;
  std::thread thread_;
};

}  // namespace worker
