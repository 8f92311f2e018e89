// Makes one time that only rises by what is shown out of the time stamps of a sender: they may jump, begin
// anew, wrap, or be missing. It begins at 0. Pure.
#pragma once

#include <chrono>
#include <optional>

namespace worker {

class Timeline {
 public:
  using Time = std::chrono::nanoseconds;
  static constexpr Time back_max = std::chrono::milliseconds(500);  // in decoding order; more is a jump

  // gap_max: a longer pause between two packets is a jump, and closed. usual: how long a picture is shown
  // when nothing says so.
  Timeline(Time gap_max, Time usual) : gap_max_(gap_max), usual_(usual) {}

  struct Stamps {
    std::optional<Time> decoded;    // dts
    std::optional<Time> presented;  // pts
    Time duration{0};               // 0: unknown
  };
  struct Placed {
    Time decoded{0};
    std::optional<Time> presented;  // as far as the sender says it
    Time time() const { return presented.value_or(decoded); }
  };
  // Of the next packet, in decoding order.
  Placed place(const Stamps& stamps);
  // The next packet is the first of another run (a file that begins anew), shown right after the last.
  void begin_anew() { anew_ = true; }

 private:
  Time gap_max_;
  Time usual_;
  Time offset_{0};
  std::optional<Time> last_;  // decoding time of the packet before
  Time end_{0};               // of what was placed
  bool anew_ = true;
};

}  // namespace worker
