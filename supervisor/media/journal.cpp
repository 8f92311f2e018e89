#include "supervisor/media/journal.h"

#include <unistd.h>

#include <cerrno>
#include <charconv>

namespace supervisor {
namespace {

using common::Result;

constexpr std::string_view journal_prefix = "journal-";

Result<void> write_at(int fd, std::span<const std::uint8_t> bytes, std::size_t offset) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return common::errno_error("cannot write the journal of the window", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::size_t>(n);
  }
  return {};
}

KeptSegment kept(const Segment& segment) {
  return {segment.msn, segment.start, segment.init->id, segment.discontinuity, false, {}};
}

// The oldest from which on every body outlives this process.
std::vector<const Segment*> keepable(const Store& store) {
  std::vector<const Segment*> all;
  for (const auto* segments : {&store.retired(), &store.window()}) {
    for (const Segment& segment : *segments) {
      if (!segment.body->kept()) {
        all.clear();
      } else {
        all.push_back(&segment);
      }
    }
  }
  return all;
}

}  // namespace

std::string init_body_name(const std::string& init_id) {
  return "init-" + init_id;
}

std::string segment_body_name(const std::string& session, std::int64_t msn) {
  return "seg-" + session + "-" + std::to_string(msn);
}

std::optional<std::uint64_t> journal_number(std::string_view name) {
  if (!name.starts_with(journal_prefix)) return std::nullopt;
  std::uint64_t number = 0;
  const char* end = name.data() + name.size();
  const auto parsed = std::from_chars(name.data() + journal_prefix.size(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

Journal::Journal(std::shared_ptr<BodyPlace> place, JournalHead head, std::vector<std::string> names)
    : place_(std::move(place)), head_(std::move(head)), names_(names.begin(), names.end()) {
  for (const std::string& name : names_) number_ = std::max(number_, journal_number(name).value_or(0));
}

void Journal::follow(const Publisher& publisher) {
  if (name_.empty() && publisher.store().next_msn() == retry_msn_) return;
  const bool fits = !name_.empty() && bytes_ < compact_bytes;
  const auto written = fits ? go_on(publisher) : begin(publisher);
  if (!written) return give_up(written.error().reason, publisher);
  error_.clear();
}

void Journal::give_up(const std::string& why, const Publisher& publisher) {
  error_ = why;
  retry_msn_ = publisher.store().next_msn();
  name_.clear();
  file_.reset();
  for (auto name = names_.begin(); name != names_.end();) {
    const bool is_journal = journal_number(*name).has_value();
    if (is_journal) place_->forget(*name);
    name = is_journal ? names_.erase(name) : std::next(name);
  }
}

// The former journal stays until the new one is whole.
Result<void> Journal::begin(const Publisher& publisher) {
  const std::string name = std::string(journal_prefix) + std::to_string(++number_);
  auto file = place_->create(name);
  if (!file) return file.error();
  names_.insert(name);
  name_ = name;
  file_ = std::move(*file);
  bytes_ = 0;
  msn_ = -1;
  parts_ = 0;
  closed_ = true;
  const auto segments = keepable(publisher.store());
  const Store& store = publisher.store();
  if (!store.window().empty() && segments.empty()) return common::error("the window is in memory only");
  FrameWriter frame;
  frame.head(head_);
  for (const Segment* segment : segments) {
    if (auto noted = note(frame, *segment); !noted) return noted;
  }
  if (auto noted = note_position(frame, publisher); !noted) return noted;
  if (auto appended = append(frame); !appended) return appended;
  ++journals_;
  forget_unused(publisher);
  return {};
}

Result<void> Journal::go_on(const Publisher& publisher) {
  const auto& window = publisher.store().window();
  if (!window.empty() && msn_ >= 0 && window.front().msn > msn_ + 1) return begin(publisher);
  FrameWriter frame;
  const bool was_closed = closed_;
  const std::int64_t first = msn_;
  for (const Segment& segment : window) {
    if (segment.msn < first || (segment.msn == first && was_closed)) continue;
    if (auto noted = note(frame, segment); !noted) return noted;
  }
  if (auto noted = note_position(frame, publisher); !noted) return noted;
  if (auto appended = append(frame); !appended) return appended;
  if (closed_ && (!was_closed || first != msn_)) forget_unused(publisher);
  return {};
}

Result<void> Journal::note(FrameWriter& frame, const Segment& segment) {
  if (!segment.body->kept()) return common::error("a segment is in memory only");
  if (segment.msn != msn_) {
    if (auto init = keep_init(*segment.init); !init) return init;
    frame.open(kept(segment));
    msn_ = segment.msn;
    parts_ = 0;
    closed_ = false;
    names_.insert(segment_body_name(head_.session, segment.msn));
  }
  for (; parts_ < segment.parts.size(); ++parts_) frame.part(segment.parts[parts_]);
  if (segment.closed && !closed_) frame.close();
  closed_ = segment.closed;
  return {};
}

Result<void> Journal::note_position(FrameWriter& frame, const Publisher& publisher) {
  PublishedPosition position = publisher.position();
  const auto kit = publisher.kit_on_air();
  if (kit && kit != kit_) {
    if (auto init = keep_init(*kit->init); !init) return init;
    kit_name_ = keep_kit(kit);
    kit_ = kit;
  }
  position.kit = kit_name_;
  frame.position(position);
  return {};
}

Result<void> Journal::append(FrameWriter& frame) {
  const auto bytes = frame.finish();
  if (auto written = write_at(file_.get(), bytes, bytes_); !written) return written;
  bytes_ += bytes.size();
  return {};
}

Result<void> Journal::keep_init(const InitSegment& init) {
  const std::string name = init_body_name(init.id);
  if (names_.contains(name)) return {};
  return keep_bytes(name, init.body->read(0, init.body->size()));
}

// Most lives bring the same kit: it is named for its bytes. Without room for it the successor has no bridge,
// and no worse.
std::string Journal::keep_kit(const std::shared_ptr<const Kit>& kit) {
  const auto bytes = format_kit(*kit);
  const std::string name = "kit-" + std::to_string(crc32(bytes)) + "-" + std::to_string(bytes.size());
  if (names_.contains(name) || keep_bytes(name, bytes)) return name;
  return {};
}

Result<void> Journal::keep_bytes(const std::string& name, std::span<const std::uint8_t> bytes) {
  auto fd = place_->create(name);
  if (!fd) return fd.error();
  auto written = write_at(fd->get(), bytes, 0);
  if (written) {
    names_.insert(name);
  } else {
    place_->forget(name);
  }
  return written;
}

void Journal::forget_unused(const Publisher& publisher) {
  const Store& store = publisher.store();
  std::set<std::string> used = {name_, kit_name_};
  for (const auto* segments : {&store.retired(), &store.window()}) {
    for (const Segment& segment : *segments) {
      used.insert(segment_body_name(head_.session, segment.msn));
      used.insert(init_body_name(segment.init->id));
    }
  }
  if (kit_) used.insert(init_body_name(kit_->init->id));
  for (auto name = names_.begin(); name != names_.end();) {
    const bool is_used = used.contains(*name);
    if (!is_used) place_->forget(*name);
    name = is_used ? std::next(name) : names_.erase(name);
  }
}

}  // namespace supervisor
