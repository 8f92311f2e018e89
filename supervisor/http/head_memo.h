// The heads of the answers that many viewers get at the same moment: the playlist of a version, a part, a
// segment. Pure, bounded; event-loop thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "supervisor/http/reply.h"

namespace supervisor {

class HeadMemo {
 public:
  static constexpr std::size_t heads_max = 16;  // then the one made first is forgotten

  struct Key {
    const void* stream = nullptr;
    std::string_view name;     // of media; empty: a playlist
    std::uint64_t number = 0;  // bytes of media; version of a playlist
    unsigned form = 0;         // what else the head depends on, one bit each
  };
  // Moves the fields of `reply`, which is new, into a head that find() gives for the same key from now on.
  void keep(const Key& key, Reply& reply);
  // Null: nothing is kept for it.
  std::shared_ptr<SharedHead> find(const Key& key) const;

 private:
  struct Entry {
    const void* stream = nullptr;
    std::string name;
    std::uint64_t number = 0;
    unsigned form = 0;
    std::shared_ptr<SharedHead> head;
  };
  std::array<Entry, heads_max> entries_;
  std::size_t next_ = 0;
};

}  // namespace supervisor
