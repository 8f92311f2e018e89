// How many players watch one stream, told from their requests alone. One player uses several connections, and
// several players sit behind one address; so requests are grouped by who sends them (address and player
// program), and a group counts as many viewers as it had playlist requests waiting at the same time: a player
// has one. Pure, bounded.
#pragma once

#include <chrono>
#include <cstdint>
#include <unordered_map>

#include "common/time_grid.h"

namespace supervisor {

class ViewerCount {
 public:
  static constexpr std::size_t groups_max = 8192;  // more are not counted

  explicit ViewerCount(std::chrono::milliseconds window) : window_(window) {}

  // `group`: hash of address and player program.
  void asked(std::uint64_t group, common::MonoTime now);  // playlist, segment or part
  void began_waiting(std::uint64_t group, common::MonoTime now);
  void ended_waiting(std::uint64_t group);

  int count(common::MonoTime now) const;
  // Forgets groups silent for longer than the window.
  void prune(common::MonoTime now);

 private:
  struct Group {
    common::MonoTime last{};
    int waiting = 0;
    int peak = 1;  // most waiting at once since peak_at
    common::MonoTime peak_at{};
  };
  Group* group_of(std::uint64_t group, common::MonoTime now);
  bool is_present(const Group& group, common::MonoTime now) const;

  std::chrono::milliseconds window_;
  std::unordered_map<std::uint64_t, Group> groups_;
};

}  // namespace supervisor
