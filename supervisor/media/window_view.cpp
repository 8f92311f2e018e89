#include "supervisor/media/window_view.h"

#include <algorithm>
#include <utility>

namespace supervisor {
namespace {

constexpr int blocked_target_durations = 3;
constexpr int advance_seconds = 3;    // RFC 8216bis 6.2.5.2: the Advance Part Limit is three seconds of parts
constexpr int advance_parts_min = 3;  // and three parts at least
constexpr int windows_fetchable = 2;  // after removal from the playlist

ReloadVerdict invalid(std::string reason) {
  ReloadVerdict verdict;
  verdict.kind = ReloadVerdict::Kind::Invalid;
  verdict.reason = std::move(reason);
  return verdict;
}

ReloadVerdict wait_for(std::chrono::milliseconds timeout) {
  ReloadVerdict verdict;
  verdict.kind = ReloadVerdict::Kind::Wait;
  verdict.timeout = timeout;
  return verdict;
}

ReloadVerdict wait(const common::TimeGrid& grid) {
  return wait_for(std::chrono::seconds(blocked_target_durations * grid.target_duration_seconds()));
}

ReloadVerdict judge_position(const WindowView& view, std::int64_t msn, std::optional<int> part) {
  const Store& store = view.store;
  const common::TimeGrid& grid = view.settings.grid;
  const Segment& last = store.window().back();
  if (msn > last.msn + msn_ahead_max) {
    return invalid("_HLS_msn is " + std::to_string(msn) + ", the playlist ends with " +
                   std::to_string(last.msn));
  }
  if (msn < store.media_sequence()) return {};
  const Segment* segment = store.segment(msn);
  if (!part) return segment != nullptr && segment->closed ? ReloadVerdict{} : wait(grid);
  const int parts = segment == nullptr ? 0 : static_cast<int>(segment->parts.size());
  if (*part < parts) return {};
  if (segment != nullptr && segment->closed) {
    // Past the end of a finished segment: the first part of the next one is meant.
    const Segment* next = store.segment(msn + 1);
    return next != nullptr && !next->parts.empty() ? ReloadVerdict{} : wait(grid);
  }
  const int limit =
      std::max(advance_parts_min, (advance_seconds * grid.fps + grid.part_pictures - 1) / grid.part_pictures);
  if (*part >= parts + limit) return invalid("_HLS_part is too far ahead");
  return wait(grid);
}

int max_age_seconds(const WindowView& view) {
  return static_cast<int>(windows_fetchable * view.store.window_slots() / view.settings.grid.fps) + 1;
}

class WindowSnapshot : public LiveSnapshot {
 public:
  WindowSnapshot(const WindowView& view, std::uint64_t version)
      : store_(view.store), view_{view.settings, store_, view.state}, version_(version) {}
  WindowSnapshot(const WindowSnapshot&) = delete;
  WindowSnapshot& operator=(const WindowSnapshot&) = delete;

  ReloadVerdict judge(const PlaylistQuery& query) const override { return judge_reload(view_, query); }
  std::string render(bool skip) const override {
    return (skip ? render_delta : render_playlist)(view_.settings, store_, view_.state);
  }
  MediaLookup find(std::string_view name) const override { return find_media(view_, name); }
  std::uint64_t version() const override { return version_; }

 private:
  const Store store_;
  const WindowView view_;
  const std::uint64_t version_;
};

}  // namespace

ReloadVerdict judge_reload(const WindowView& view, const PlaylistQuery& query) {
  if (query.part && !query.msn) return invalid("_HLS_part needs _HLS_msn");
  const bool low_latency = view.settings.low_latency;
  const bool playable = low_latency ? !view.store.window().empty() : view.store.last_closed() != nullptr;
  if (!playable) return wait_for(first_part_wait);
  // Directives of a playlist that ended, or that never promised to block, are ignored.
  if (!query.msn || !low_latency || view.state.ended) return {};
  return judge_position(view, *query.msn, query.part);
}

MediaLookup find_media(const WindowView& view, std::string_view name) {
  const Store& store = view.store;
  MediaLookup lookup;
  const Store::Found found = store.find(name);
  if (found.part != nullptr) {
    lookup.bytes = {found.segment->body, found.part->offset, found.part->size};
  } else if (found.segment != nullptr) {
    lookup.bytes = {found.segment->body, 0, found.segment->body->size()};
  } else if (found.init) {
    lookup.bytes = {found.init->body, 0, found.init->body->size()};
  }
  if (lookup.bytes.body) {
    lookup.kind = MediaLookup::Kind::Found;
    lookup.bytes.max_age_seconds = max_age_seconds(view);
    return lookup;
  }
  const bool hints = view.settings.low_latency && !store.window().empty() && !view.state.ended;
  if (hints && name == store.part_name(*store.window().back().init, view.state.next_serial)) {
    lookup.kind = MediaLookup::Kind::Later;
  }
  return lookup;
}

std::shared_ptr<const LiveSnapshot> make_snapshot(const WindowView& view, std::uint64_t version) {
  return std::make_shared<const WindowSnapshot>(view, version);
}

}  // namespace supervisor
