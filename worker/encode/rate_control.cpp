#include "worker/encode/rate_control.h"

#include <algorithm>
#include <cmath>

namespace worker {
namespace {

// So many steps of the quantizer halve the bits. Measured on texts, drawings and noisy film: 7 to 11 for key
// frames, but 3 in noise; of movement less. What is told too steeply makes steps too small, which converges;
// too flat ones swing.
constexpr double key_halving = 8;
constexpr double motion_halving = 6;
// Before anything is learnt: a page of text.
constexpr double first_price = 0.35;
constexpr int first_price_at = 26;
// A key frame takes no more of the buffer than this: it has to reach viewers in time, too.
constexpr double key_share = 0.5;
constexpr double key_share_at_rest = 0.9;
constexpr double at_rest_share = 0.05;  // of the bit rate, that movement may take then
// Of what is free in the buffer a picture is meant to take; and at most, if nothing in it can be foretold
// from the one before.
constexpr double meant_share = 0.5;
constexpr double refining_share = 0.8;  // nothing moves: nothing else is waited for
constexpr double worst_share = 0.9;
// Movement is to keep the buffer so full, and what it is off by is made up for within about two seconds.
constexpr double wanted_fill = 0.4;
constexpr double pull = 0.6;
// What coding anew takes beyond what the finer key frame would have taken more than the coarser.
constexpr double refining_loss = 1.3;
constexpr double price_weight = 0.3;
// What a movement takes is learnt twice: at present, and since it began or about so long. The quantizer lies
// so far from the one towards the other.
constexpr double present_seconds = 0.2;
constexpr int lasting_seconds = 20;
constexpr double present_share = 0.4;
constexpr double rest_seconds = 0.5;
constexpr int rest_slots_min = 2;
constexpr double buffers_max = 2;
// What comes after a key frame repeats most of it.
constexpr int key_steps_finer = 3;

double scaled(double bits, int from, int to, double halving) {
  return bits * std::exp2((from - to) / halving);
}

template <typename Fits>
int first_that(int from, const Fits& fits) {
  int quantizer = from;
  while (quantizer < RateControl::coarsest && !fits(quantizer)) ++quantizer;
  return quantizer;
}

}  // namespace

RateControl::RateControl(int bitrate_kbps, int fps, double key_distance)
    : slot_bits_(bitrate_kbps * 1000.0 / fps),
      buffer_(bitrate_kbps * 1000.0),
      key_distance_(key_distance),
      demand_weight_(1 - std::exp(-1 / (present_seconds * fps))),
      rest_slots_(std::max(rest_slots_min, static_cast<int>(rest_seconds * fps))),
      lasting_slots_(lasting_seconds * fps),
      key_price_{first_price, first_price_at},
      motion_price_(key_price_) {}

double RateControl::key_bits(double detail, int quantizer) const {
  return detail * scaled(key_price_.bits, key_price_.at, quantizer, key_halving);
}

double RateControl::motion_bits(double detail, int quantizer) const {
  return detail * scaled(motion_price_.bits, motion_price_.at, quantizer, motion_halving);
}

void RateControl::pass_time(common::Slot slot) {
  if (slot <= at_) return;
  waiting_ = std::max(0.0, waiting_ - static_cast<double>(slot - at_) * slot_bits_);
  // A slot without movement, from the second on: one after the other is how movement comes.
  const auto still = [this](common::Slot at) { return std::max<common::Slot>(0, at - moved_at_ - 1); };
  demand_.bits *= std::pow(1 - demand_weight_, static_cast<double>(still(slot) - still(at_)));
  at_ = slot;
  if (still(slot) < rest_slots_) return;
  lasting_demand_ = demand_;
  moving_ = 0;
}

std::optional<int> RateControl::quantizer(const Work& work) {
  pass_time(work.slot);
  work_ = work;
  chosen_ = work.key ? for_key(work.detail) : for_change(work.detail);
  const bool needed = work.key || !work.may_leave_out || waiting_ <= 0;
  if (needed || motion_bits(work.detail.changed, chosen_) <= room()) return chosen_;
  moved_at_ = at_;
  return std::nullopt;
}

// What movement and key frames can be coded with, if it goes on.
int RateControl::bearable(const Price& demand, double whole) const {
  const double a_slot = slot_bits_ * (1 + pull * (wanted_fill - fill()));
  return first_that(finest, [&](int quantizer) {
    return scaled(demand.bits, demand.at, quantizer, motion_halving) +
               key_bits(whole, quantizer) / key_distance_ <=
           a_slot;
  });
}

// Equal bits for each picture waste them where the movement is easy, equal quantizers burst the buffer.
int RateControl::sustained(const Detail& detail) const {
  const double whole = detail.whole();
  const int lasting = bearable(lasting_demand_, whole);
  return lasting + static_cast<int>(std::lround(present_share * (bearable(demand_, whole) - lasting)));
}

int RateControl::for_key(const Detail& detail) const {
  const bool at_rest = demand_.bits < at_rest_share * slot_bits_;
  const double most = at_rest ? std::min(key_share_at_rest * buffer_, worst_share * room())
                              : std::min(key_share * buffer_, meant_share * room());
  const double whole = detail.whole();
  return first_that(std::max(at_rest ? good : finest, sustained(detail) - key_steps_finer),
                    [&](int quantizer) { return key_bits(whole, quantizer) <= most; });
}

// What stands and is coarser than `quantizer` is coded anew with it.
double RateControl::refining_bits(const Detail& detail, int quantizer) const {
  double bits = 0;
  for (int coarser = quantizer + 1; coarser <= coarsest; ++coarser) {
    const double part = detail.standing[static_cast<std::size_t>(coarser)];
    bits += refining_loss * (key_bits(part, quantizer) - key_bits(part, coarser));
  }
  return bits;
}

int RateControl::for_change(const Detail& detail) const {
  const double meant = (detail.changed > 0 ? meant_share : refining_share) * room();
  const int fitting = first_that(sustained(detail), [&](int quantizer) {
    const double refining = refining_bits(detail, quantizer);
    return motion_bits(detail.changed, quantizer) + refining <= meant &&
           key_bits(detail.changed, quantizer) + refining <= worst_share * room();
  });
  const int as_it_stands = std::max(fitting, detail.coarsest());
  const bool worth_it = fitting <= as_it_stands - worth_refining || fitting <= good;
  return as_it_stands > good && worth_it ? fitting : as_it_stands;
}

bool RateControl::refines(common::Slot slot, const Detail& standing) {
  pass_time(slot);
  return standing.coarsest() > good && for_change(standing) < standing.coarsest();
}

void RateControl::coded(std::size_t bytes) {
  const double bits = 8.0 * static_cast<double>(bytes);
  const Detail& detail = work_.detail;
  waiting_ = std::min(waiting_ + bits, buffers_max * buffer_);
  if (work_.key) {
    if (moved_at_ == at_ - 1) moved_at_ = at_;
    if (const double whole = detail.whole(); whole > 0) key_price_ = {bits / whole, chosen_};
    return;
  }
  if (detail.changed <= 0 || detail.coarsest() > chosen_) return;  // refined: no movement
  const common::Slot lasted = moving_ == 0 ? 1 : std::clamp<common::Slot>(at_ - moved_at_, 1, rest_slots_);
  moved_at_ = at_;
  moving_ = std::min(moving_ + lasted, lasting_slots_);
  const auto learn = [this](Price& price, double seen, double weight) {
    const double before = scaled(price.bits, price.at, chosen_, motion_halving);
    price = {before + weight * (seen - before), chosen_};
  };
  learn(motion_price_, bits / detail.changed, price_weight);
  learn(demand_, bits, demand_weight_);
  learn(lasting_demand_, bits / static_cast<double>(lasted),
        static_cast<double>(lasted) / static_cast<double>(moving_));
}

}  // namespace worker
