#include "supervisor/media/restore.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "supervisor/media/journal.h"

namespace supervisor {
namespace {

using Bodies = std::map<std::string, common::UniqueFd>;

constexpr std::size_t read_max = 64u << 20;  // of a journal, a kit or an init segment

std::vector<std::uint8_t> read_all(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || status.st_size < 0) return {};
  std::vector<std::uint8_t> bytes(std::min(static_cast<std::size_t>(status.st_size), read_max));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

std::vector<std::uint8_t> read_body(const Bodies& bodies, const std::string& name) {
  const auto body = bodies.find(name);
  return body == bodies.end() ? std::vector<std::uint8_t>() : read_all(body->second.get());
}

// The newest journal that is whole; a former process that was replacing it may have left two.
std::optional<KeptWindow> newest_journal(const Bodies& bodies, std::size_t& found) {
  std::map<std::uint64_t, int> journals;
  for (const auto& [name, fd] : bodies) {
    if (const auto number = journal_number(name)) journals[*number] = fd.get();
  }
  found = journals.size();
  for (auto journal = journals.rbegin(); journal != journals.rend(); ++journal) {
    if (auto window = read_journal(read_all(journal->second))) return window;
  }
  return std::nullopt;
}

class Inits {
 public:
  explicit Inits(const Bodies& bodies) : bodies_(bodies) {}
  // Null: not kept, or not what its name says.
  std::shared_ptr<const InitSegment> find(const std::string& id) {
    const auto [place, is_new] = known_.try_emplace(id);
    if (is_new) {
      auto init = make_init_segment(read_body(bodies_, init_body_name(id)));
      if (init && (*init)->id == id) place->second = *init;
    }
    return place->second;
  }

 private:
  const Bodies& bodies_;
  std::map<std::string, std::shared_ptr<const InitSegment>> known_;
};

std::optional<Segment> resolve(const KeptSegment& kept, const std::string& session, Bodies& bodies,
                               Inits& inits) {
  const auto fd = bodies.find(segment_body_name(session, kept.msn));
  Segment segment;
  segment.init = inits.find(kept.init_id);
  if (fd == bodies.end() || !segment.init || kept.parts.empty()) return std::nullopt;
  const Part& last = kept.parts.back();
  auto body = SegmentBody::adopt(std::move(fd->second), last.offset + last.size);
  if (!body) return std::nullopt;
  // A process that died while it closed the segment had not sealed it yet.
  if (kept.closed && !(*body)->seal()) return std::nullopt;
  segment.msn = kept.msn;
  segment.start = kept.start;
  segment.parts = kept.parts;
  segment.body = std::move(*body);
  segment.discontinuity = kept.discontinuity;
  segment.closed = kept.closed;
  return segment;
}

// From the newest backwards, as far as everything is there.
std::vector<Segment> resolve_all(const KeptWindow& kept, Bodies& bodies, Inits& inits) {
  std::vector<Segment> segments;
  for (auto one = kept.segments.rbegin(); one != kept.segments.rend(); ++one) {
    auto segment = resolve(*one, kept.head.session, bodies, inits);
    if (!segment) break;
    segments.push_back(std::move(*segment));
  }
  std::reverse(segments.begin(), segments.end());
  return segments;
}

std::shared_ptr<const Kit> resolve_kit(const std::string& name, const Bodies& bodies, Inits& inits) {
  auto kept = name.empty() ? std::nullopt : parse_kit(read_body(bodies, name));
  if (!kept) return nullptr;
  kept->kit.init = inits.find(kept->init_id);
  return kept->kit.init ? std::make_shared<const Kit>(std::move(kept->kit)) : nullptr;
}

bool same_grid(const common::TimeGrid& one, const common::TimeGrid& other) {
  return one.fps == other.fps && one.part_pictures == other.part_pictures &&
         one.segment_pictures == other.segment_pictures && one.key_pictures == other.key_pictures &&
         one.origin_ns == other.origin_ns;
}

std::string why_not(const KeptWindow& kept, const RestoreTerms& terms) {
  if (kept.head.boot_id != terms.boot_id) return "the machine was restarted";
  if (!same_grid(kept.head.grid, terms.grid)) return "the frame rate or the length of segments was changed";
  return {};
}

// Segments that should be listed and are lost count as if they had left the window.
void leave_out_lost(RestoredWindow& window, const std::vector<KeptSegment>& kept) {
  PublishedPosition& position = window.position;
  const std::int64_t first = window.segments.empty() ? position.next_msn : window.segments.front().msn;
  for (const KeptSegment& segment : kept) {
    const bool is_lost = segment.msn >= position.media_sequence && segment.msn < first;
    if (is_lost && segment.discontinuity) ++position.discontinuity_sequence;
  }
  position.media_sequence = std::max(position.media_sequence, first);
}

std::int64_t all_discontinuities(const KeptWindow& kept) {
  std::int64_t sum = kept.position.discontinuity_sequence;
  for (const KeptSegment& segment : kept.segments) {
    if (segment.msn >= kept.position.media_sequence && segment.discontinuity) ++sum;
  }
  return sum;
}

}  // namespace

Restoration restore_window(BodyPlace& place, const RestoreTerms& terms) {
  Bodies bodies = place.inherited();
  Restoration result;
  for (const auto& [name, fd] : bodies) result.names.push_back(name);
  std::size_t journals = 0;
  const auto kept = newest_journal(bodies, journals);
  if (!kept) {
    if (journals > 0) result.warning = "the journal of the former process is damaged";
    return result;
  }
  result.next_msn = kept->position.next_msn;
  result.discontinuity_sequence = all_discontinuities(*kept);
  result.warning = why_not(*kept, terms);
  if (!result.warning.empty()) return result;
  Inits inits(bodies);
  RestoredWindow window{kept->head, kept->position, resolve_all(*kept, bodies, inits), nullptr};
  const bool tail_is_lost =
      !kept->segments.empty() &&
      (window.segments.empty() || window.segments.back().msn != kept->segments.back().msn);
  if (tail_is_lost) {
    result.warning = "the newest segment of the former process is lost";
    return result;
  }
  leave_out_lost(window, kept->segments);
  window.kit = resolve_kit(kept->position.kit, bodies, inits);
  if (kept->torn_bytes > 0) {
    result.warning =
        "the journal ends with " + std::to_string(kept->torn_bytes) + " bytes that are no record";
  }
  result.window = std::move(window);
  return result;
}

}  // namespace supervisor
