// Whether the pictures of an input are worth showing: how long they have been the same, black, or decoded
// with errors. Encoders that send one picture again and again change it a little, so not single pixels count
// but the mean luma of blocks. A change, or light, once seen costs nothing for a moment (`rest`), so that
// only a picture that stands still is looked at each time. Pure; time is an argument.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/content_fault.h"
#include "common/time_grid.h"

namespace worker {

// The luma of a picture, limited range: 16 is black.
struct LumaView {
  const std::uint8_t* data = nullptr;
  int stride = 0;
  int width = 0;
  int height = 0;
};

class ContentWatch {
 public:
  static constexpr int block = 16;      // pixels each way; a smaller change than about one is not seen
  static constexpr int change_min = 6;  // of the mean of a block; an encoder at work makes less
  static constexpr int black_max = 20;  // of the mean of each block
  static constexpr std::chrono::milliseconds rest{200};
  static constexpr std::chrono::milliseconds clean_time{2'000};  // without a broken picture: the run is over

  // The next picture. broken: it, or what came before it, could not be decoded without errors.
  void look(const LumaView& picture, bool broken, common::MonoTime now);
  // What comes next is not compared with what came until now: nobody looked meanwhile.
  void begin_anew();

  // For how long, up to the newest picture; Corrupt: from the first to the last broken one of a run. 0: it is
  // not so.
  common::ContentTimes times() const;
  // It was seen that the pictures have no such fault: they changed, the newest one is not black, none was
  // broken for clean_time.
  bool disproves(common::ContentFault fault) const;

 private:
  struct Run {
    common::MonoTime from;
    common::MonoTime to;
  };
  static std::chrono::milliseconds length(const Run& run);
  bool rests(const LumaView& picture, common::MonoTime now) const;
  void note_broken(bool broken, common::MonoTime now);
  void measure(const LumaView& picture);

  int width_ = 0, height_ = 0;
  std::vector<int> means_;      // of the newest picture that was measured
  std::vector<int> reference_;  // of the first of those that are the same
  std::optional<Run> same_, black_, broken_;
  bool changed_ = false;                        // since begin_anew()
  std::optional<common::MonoTime> lively_at_;   // when a change and light were seen last
  std::optional<common::MonoTime> clean_from_;  // no broken picture since then
  common::MonoTime newest_{};
};

}  // namespace worker
