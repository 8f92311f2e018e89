// Whether an X server's reports of damage may be believed. While they are, the screen is compared with its
// copy a band of rows at a time, all of it in two seconds: a change that was not told of is a broken report,
// and from then on every picture is grabbed and compared whole. After a minute in which everything was told
// the reports are believed again; the next time it takes twice as long, at most an hour. Pure; outlives the
// connection.
#pragma once

#include "common/time_grid.h"
#include "worker/picture/dirty_area.h"

namespace worker {

class DamageTrust {
 public:
  static constexpr int bands = 8;
  static constexpr std::chrono::milliseconds band_after{250};
  // A difference may be explained by a report that came while the band was grabbed; the band is looked at
  // again, so often in a row.
  static constexpr int looks_max = 8;
  static constexpr std::chrono::seconds probation_first{60};
  static constexpr std::chrono::seconds probation_max{3600};

  bool trusts() const { return trusts_; }

  // The rows to be compared in this round; empty: none yet.
  Rectangle due(const Rectangle& everything, common::MonoTime now) const;
  // They were grabbed after all that had been told before. unlike: around what was not as in the copy; told:
  // the reports that came with the answer. true: trust is lost.
  bool proved(const Rectangle& unlike, const DirtyArea& told, common::MonoTime now);
  // Without trust, after every whole grab. told: the reports before it and with its answer. true: trust is
  // back.
  bool watched(const Rectangle& unlike, const DirtyArea& told, common::MonoTime now);

 private:
  void next_band(common::MonoTime now);

  bool trusts_ = true;
  int band_ = 0;
  int looks_ = 0;                // at this band
  common::MonoTime compared_{};  // the band before
  std::chrono::seconds probation_ = probation_first;
  common::MonoTime good_since_{};  // without trust: everything was told since then
  bool told_true_ = false;         // and something was
};

}  // namespace worker
