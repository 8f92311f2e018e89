// Writes the journal of one published stream, so that a successor of this process can go on with it: follows
// the publisher and records what became visible since the last call, before anybody can be told of it. Keeps
// copies of init segments and kits beside, and forgets bodies that left the store. When the journal grows it
// is begun anew and replaced. Bodies and journals live in a BodyPlace. Event-loop thread.
//
// A journal that cannot be written is taken away at once (a successor that went on from an old one would give
// numbers twice) and begun anew with a later segment; error() says why meanwhile.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "supervisor/media/journal_format.h"
#include "supervisor/media/kit.h"
#include "supervisor/media/publisher.h"

namespace supervisor {

class Journal {
 public:
  static constexpr std::size_t compact_bytes = 256u << 10;  // about a quarter of an hour of parts

  // `names`: what is in `place` already; what the publisher does not use is forgotten with the first call.
  Journal(std::shared_ptr<BodyPlace> place, JournalHead head, std::vector<std::string> names);

  // Call after every change, before listeners are told.
  void follow(const Publisher& publisher);

  const std::string& error() const { return error_; }
  std::uint64_t journals() const { return journals_; }  // begun so far

 private:
  common::Result<void> begin(const Publisher& publisher);
  common::Result<void> go_on(const Publisher& publisher);
  common::Result<void> note(FrameWriter& frame, const Segment& segment);
  common::Result<void> note_position(FrameWriter& frame, const Publisher& publisher);
  common::Result<void> append(FrameWriter& frame);
  common::Result<void> keep_init(const InitSegment& init);
  std::string keep_kit(const std::shared_ptr<const Kit>& kit);
  common::Result<void> keep_bytes(const std::string& name, std::span<const std::uint8_t> bytes);
  void give_up(const std::string& why, const Publisher& publisher);
  void forget_unused(const Publisher& publisher);

  std::shared_ptr<BodyPlace> place_;
  JournalHead head_;
  std::set<std::string> names_;  // in the place
  std::uint64_t number_ = 0;     // of the newest journal
  std::string name_;             // empty: none is being written
  common::UniqueFd file_;
  std::size_t bytes_ = 0;
  std::uint64_t journals_ = 0;
  std::int64_t retry_msn_ = -1;  // after a failure: tried again when a later segment is next
  std::string error_;
  // What was recorded last.
  std::int64_t msn_ = -1;
  std::size_t parts_ = 0;
  bool closed_ = true;
  std::shared_ptr<const Kit> kit_;
  std::string kit_name_;
};

// Names in a place.
std::string init_body_name(const std::string& init_id);
std::string segment_body_name(const std::string& session, std::int64_t msn);
// "journal-N" -> N.
std::optional<std::uint64_t> journal_number(std::string_view name);

// A kit as one body: what was written and is whole, or nothing.
std::vector<std::uint8_t> format_kit(const Kit& kit);
struct KeptKit {
  std::string init_id;
  Kit kit;  // without its init segment
};
std::optional<KeptKit> parse_kit(std::span<const std::uint8_t> bytes);

}  // namespace supervisor
