// Quality after motion: the last picture of a movement was coded in a hurry; while nothing moves, the same
// picture is encoded a few times more, until it is good. So is a key frame that came out worse than what it
// replaced. Not at once: every slot that passes gives the next one more bits. Pure.
#pragma once

#include "common/time_grid.h"

namespace worker {

class TopOff {
 public:
  static constexpr int rounds_max = 5;
  static constexpr int good_quantizer = 24;  // H.264 QP below which text is clean
  static constexpr int rounds_a_second = 5;
  // After so long without a change an encoder that still codes coarsely has the movement in its memory.
  static constexpr int renewal_seconds = 1;

  explicit TopOff(int fps) : fps_(fps) {}

  // After every encode. changed: the picture was a new one, not a repeat of the one before.
  void encoded(common::Slot slot, bool changed, bool key, int quantizer) {
    if (changed || key) rounds_ = 0;
    if (changed) changed_at_ = slot;
    if (changed) renewed_ = false;
    coarse_ = quantizer > good_quantizer;
    ++rounds_;
    encoded_at_ = slot;
  }
  // Whether the picture of `slot`, which is the last one again, is worth an encode.
  bool wanted(common::Slot slot) const {
    return coarse_ && rounds_ <= rounds_max && slot >= encoded_at_ + fps_ / rounds_a_second;
  }
  // Whether the next key frame should be that of a new encoder. Once until something changes: it would take
  // what the channel bore as unused each time.
  bool renewal_wanted(common::Slot slot) const {
    return coarse_ && !renewed_ && slot >= changed_at_ + static_cast<common::Slot>(fps_) * renewal_seconds;
  }
  void renewed() { renewed_ = true; }

 private:
  int fps_;
  int rounds_ = 0;
  bool coarse_ = false;
  bool renewed_ = false;
  common::Slot encoded_at_ = 0;
  common::Slot changed_at_ = 0;
};

}  // namespace worker
