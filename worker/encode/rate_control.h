// Which quantizer the next picture gets, so that the stream never needs more than its bit rate with a buffer
// of one second (H.264 Annex C, leaky bucket), and what stands still is sharp.
//
// Made for desktops. What a picture takes is told beforehand from how much there is to code in it (Detail),
// as learnt from the pictures before. A small change is coded no finer than what stands around it, because
// all of that would be coded anew; that is done where it is coarse, and the buffer bears it. Time counts, not
// pictures: slots that were left out have emptied the buffer. Pure; one thread at a time.
//
// x264 has a rate control of its own. It foretells what a picture takes from searching it in half size,
// changed or not, and that takes longer than encoding a small change (docs/decisions/0020).
#pragma once

#include <cstddef>
#include <optional>

#include "common/time_grid.h"
#include "worker/encode/detail.h"

namespace worker {

class RateControl {
 public:
  // H.264 QP. Finer than this nobody sees.
  static constexpr int finest = 20;
  static constexpr int coarsest = Detail::quantizers - 1;
  // Text of this quantizer is clean: what stands so is left as it is, and a key frame of a desktop at rest is
  // no finer.
  static constexpr int good = 24;
  // Coarser than that it is coded anew when it gets so much finer by it, or good.
  static constexpr int worth_refining = 4;

  // `key_distance`: pictures from one key frame to the next, on average.
  RateControl(int bitrate_kbps, int fps, double key_distance);

  struct Work {
    common::Slot slot = 0;
    bool key = false;
    Detail detail;
    bool may_leave_out = true;
  };
  // For the next picture. A slot that does not rise: no time has passed. Nothing: not even the coarsest fits,
  // so it is to be left out; never a key frame, nor when nothing waits to be sent.
  std::optional<int> quantizer(const Work& work);
  // What became of it.
  void coded(std::size_t bytes);
  // Whether to code a picture that is the same again, because it gets finer now.
  bool refines(common::Slot slot, const Detail& standing);

  // What waits to be sent, as a share of the buffer. More than 1: a key frame was too large. At most 2: what
  // is beyond that was late anyhow, and is not made up for.
  double fill() const { return waiting_ / buffer_; }

 private:
  // What a unit of detail took, and the quantizer it was learnt with.
  struct Price {
    double bits;
    int at;
  };

  void pass_time(common::Slot slot);
  int for_key(const Detail& detail) const;
  int for_change(const Detail& detail) const;
  int bearable(const Price& demand, double whole) const;
  int sustained(const Detail& detail) const;
  double key_bits(double detail, int quantizer) const;
  double motion_bits(double detail, int quantizer) const;
  double refining_bits(const Detail& detail, int quantizer) const;
  double room() const { return buffer_ - waiting_; }

  double slot_bits_;
  double buffer_;  // bits
  double key_distance_;
  double demand_weight_;     // of a slot
  common::Slot rest_slots_;  // without a picture, after which another movement begins
  common::Slot lasting_slots_;
  double waiting_ = 0;  // bits
  common::Slot at_ = 0;
  Price key_price_;
  Price motion_price_;
  // Of movement, bits a slot: at present, and as long as it lasts.
  Price demand_{0, finest};
  Price lasting_demand_{0, finest};
  common::Slot moving_ = 0;  // slots since it began, or lasting_slots_
  common::Slot moved_at_ = 0;

  Work work_;
  int chosen_ = coarsest;
};

}  // namespace worker
