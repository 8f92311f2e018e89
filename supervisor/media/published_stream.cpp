#include "supervisor/media/published_stream.h"

#include <algorithm>
#include <utility>

#include "supervisor/media/gzip.h"

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

}  // namespace

PublishedStream::PublishedStream(PublisherSettings settings) : publisher_(std::move(settings)) {}

void PublishedStream::keep(std::unique_ptr<Journal> journal) {
  journal_ = std::move(journal);
  journal_->follow(publisher_);
}

Slot PublishedStream::begin_life(std::uint64_t generation, MonoTime now) {
  const Slot continue_at = publisher_.begin_life(generation, now);
  announce();
  return continue_at;
}

Slot PublishedStream::plan_takeover(std::uint64_t generation, MonoTime now) {
  const Slot continue_at = publisher_.plan_takeover(generation, now);
  announce();
  return continue_at;
}

std::optional<NeedsResume> PublishedStream::cancel_takeover(MonoTime now) {
  auto resume = publisher_.cancel_takeover(now);
  announce();
  return resume;
}

void PublishedStream::end_life(std::uint64_t generation, MonoTime now) {
  publisher_.end_life(generation, now);
  announce();
}

Admission PublishedStream::admit(const common::MediaRecord& header, std::span<const std::uint8_t> bytes,
                                 MonoTime now) {
  Admission admission = publisher_.admit(header, bytes, now);
  announce();
  return admission;
}

std::optional<NeedsResume> PublishedStream::advance(MonoTime now) {
  auto resume = publisher_.advance(now);
  announce();
  return resume;
}

void PublishedStream::stop(MonoTime now) {
  publisher_.stop(now);
  announce();
}

std::optional<NeedsResume> PublishedStream::set_paused(bool paused, MonoTime now) {
  auto resume = publisher_.set_paused(paused, now);
  announce();
  return resume;
}

void PublishedStream::on_change(std::function<void()> callback) {
  listeners_.push_back(std::move(callback));
}

void PublishedStream::announce() {
  if (announced_version_ == publisher_.version()) return;
  announced_version_ = publisher_.version();
  if (journal_) journal_->follow(publisher_);
  const Segment* closed = publisher_.store().last_closed();
  const bool stopped = publisher_.stopped();
  const bool news = (closed != nullptr && closed->msn > announced_msn_) || (stopped && !announced_stop_);
  if (closed != nullptr) announced_msn_ = closed->msn;
  announced_stop_ = stopped;
  if (news && on_segment_) on_segment_(mirror_update());
  for (const auto& listener : listeners_) listener();
}

MirrorUpdate PublishedStream::mirror_update() const {
  const Store& store = publisher_.store();
  MirrorUpdate update;
  const InitSegment* init = nullptr;
  for (const Segment& segment : store.window()) {
    if (!segment.closed) continue;
    if (init == nullptr || init->id != segment.init->id) {
      update.files.push_back({store.init_name(*segment.init), segment.init->body});
    }
    init = segment.init.get();
    update.files.push_back({store.segment_name(segment), segment.body});
  }
  update.playlist = render_classic(publisher_.playlist_settings(), store, publisher_.playlist_state());
  return update;
}

ReloadVerdict PublishedStream::judge(const PlaylistQuery& query) const {
  if (query.part && !query.msn) return invalid("_HLS_part needs _HLS_msn");
  const Store& store = publisher_.store();
  const bool low_latency = publisher_.settings().low_latency;
  const bool playable = low_latency ? publisher_.has_media() : store.last_closed() != nullptr;
  if (!playable) return wait_for(first_part_wait);
  // Directives of a playlist that ended, or that never promised to block, are ignored.
  if (!query.msn || !low_latency || publisher_.stopped()) return {};
  return judge_position(*query.msn, query.part);
}

ReloadVerdict PublishedStream::judge_position(std::int64_t msn, std::optional<int> part) const {
  const Store& store = publisher_.store();
  const Segment& last = store.window().back();
  if (msn > last.msn + msn_ahead_max) {
    return invalid("_HLS_msn is " + std::to_string(msn) + ", the playlist ends with " +
                   std::to_string(last.msn));
  }
  if (msn < store.media_sequence()) return {};
  const Segment* segment = store.segment(msn);
  if (!part) return segment != nullptr && segment->closed ? ReloadVerdict{} : wait();
  const int parts = segment == nullptr ? 0 : static_cast<int>(segment->parts.size());
  if (*part < parts) return {};
  if (segment != nullptr && segment->closed) {
    // Past the end of a finished segment: the first part of the next one is meant.
    const Segment* next = store.segment(msn + 1);
    return next != nullptr && !next->parts.empty() ? ReloadVerdict{} : wait();
  }
  const common::TimeGrid& grid = publisher_.settings().grid;
  const int limit =
      std::max(advance_parts_min, (advance_seconds * grid.fps + grid.part_pictures - 1) / grid.part_pictures);
  if (*part >= parts + limit) return invalid("_HLS_part is too far ahead");
  return wait();
}

ReloadVerdict PublishedStream::wait() const {
  const int seconds = blocked_target_durations * publisher_.settings().grid.target_duration_seconds();
  return wait_for(std::chrono::seconds(seconds));
}

std::shared_ptr<const std::string> PublishedStream::playlist(bool skip) {
  Rendered& rendered = skip ? delta_ : full_;
  if (rendered.text && rendered.version == version()) return rendered.text;
  const auto render = skip ? render_delta : render_playlist;
  rendered.text = std::make_shared<const std::string>(
      render(publisher_.playlist_settings(), publisher_.store(), publisher_.playlist_state()));
  rendered.gzipped.reset();
  rendered.version = version();
  return rendered.text;
}

std::shared_ptr<const std::string> PublishedStream::gzipped_playlist(bool skip) {
  const auto text = playlist(skip);
  Rendered& rendered = skip ? delta_ : full_;
  if (rendered.gzipped || text->size() < gzip_bytes_min) return rendered.gzipped;
  if (std::string packed = gzip(*text); !packed.empty()) {
    rendered.gzipped = std::make_shared<const std::string>(std::move(packed));
  }
  return rendered.gzipped;
}

int PublishedStream::max_age_seconds() const {
  const common::TimeGrid& grid = publisher_.settings().grid;
  return static_cast<int>(windows_fetchable * publisher_.store().window_slots() / grid.fps) + 1;
}

MediaLookup PublishedStream::find(std::string_view name) const {
  const Store& store = publisher_.store();
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
    lookup.bytes.max_age_seconds = max_age_seconds();
    return lookup;
  }
  const bool hints = publisher_.settings().low_latency && publisher_.has_media() && !publisher_.stopped();
  const PlaylistState state = publisher_.playlist_state();
  if (hints && name == store.part_name(*store.window().back().init, state.next_serial)) {
    lookup.kind = MediaLookup::Kind::Later;
  }
  return lookup;
}

}  // namespace supervisor
