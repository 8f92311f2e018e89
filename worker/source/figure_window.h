// What came from one input, as rates of the last second: told four times a second, because the ages in it
// are what tells an input that is late from one that works. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "common/protocol.h"
#include "common/time_grid.h"

namespace worker {

// Counters that rise while the input is open.
struct InputCounts {
  std::uint64_t pictures = 0;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t lost = 0;  // packets
  std::optional<common::MonoTime> picture_at;
  std::optional<common::MonoTime> life;
  common::ContentTimes content = {};
};

// Whole milliseconds, at least 0; -1: never.
std::int64_t age_ms(const std::optional<common::MonoTime>& at, common::MonoTime now);

class FigureWindow {
 public:
  static constexpr std::chrono::milliseconds period{250};
  static constexpr std::size_t periods = 4;  // that the rates are taken over
  static constexpr double memory = 0.945;    // of the loss: what a period before counts; of a second: 0.8

  // Nothing: less than a period since the last answer, or the first call. Revision and priority are left to
  // the caller.
  std::optional<common::InputFigures> look(const InputCounts& counts, common::MonoTime now);

 private:
  struct Look {
    common::MonoTime at;
    InputCounts counts;
  };
  std::array<Look, periods> looks_;  // the last ones, in turn
  std::size_t looked_ = 0;           // how often
  double packets_ = 0;               // of the last seconds, older ones count less
  double lost_ = 0;
};

}  // namespace worker
