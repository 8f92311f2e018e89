// Quality after motion: the last picture of a movement was coded in a hurry; while nothing moves, the same
// picture is encoded a few times more, until it is good. Pure.
#pragma once

namespace worker {

class TopOff {
 public:
  static constexpr int rounds_max = 3;
  static constexpr int good_quantizer = 24;  // H.264 QP below which text is clean

  // After every encode. changed: the picture was a new one, not a repeat of the one before.
  void encoded(bool changed, int quantizer) {
    if (changed) rounds_ = 0;
    wanted_ = quantizer > good_quantizer && rounds_ < rounds_max;
    ++rounds_;
  }
  bool wanted() const { return wanted_; }

 private:
  int rounds_ = 0;
  bool wanted_ = false;
};

}  // namespace worker
