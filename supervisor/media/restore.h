// What a former process left of a published stream, read back from its BodyPlace and checked: the window that
// a publisher can go on with, or, when the timeline cannot go on (other settings, another boot, damage), at
// least the numbers that must never fall. Before the event loop runs; reads memory or a tmpfs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/media/journal_format.h"
#include "supervisor/media/kit.h"

namespace supervisor {

struct RestoredWindow {
  JournalHead head;
  PublishedPosition position;
  std::vector<Segment> segments;   // as Store::restore wants them
  std::shared_ptr<const Kit> kit;  // null: no bridge before the first worker
};

struct RestoreTerms {
  common::TimeGrid grid;  // of the present settings
  std::string boot_id;
};

struct Restoration {
  std::optional<RestoredWindow> window;
  std::vector<std::string> names;  // of everything in the place
  // For a new numbering, when there is no window: where it must begin. 0: nothing is known.
  std::int64_t next_msn = 0;
  std::int64_t discontinuity_sequence = 0;
  std::string warning;  // what was lost, and why; empty: nothing
};

Restoration restore_window(BodyPlace& place, const RestoreTerms& terms);

}  // namespace supervisor
