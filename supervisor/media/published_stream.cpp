#include "supervisor/media/published_stream.h"

#include <utility>

namespace supervisor {

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

std::shared_ptr<const std::string> PublishedStream::playlist(bool skip) {
  return playlists_.text(skip, version(), [&] {
    const WindowView now = view();
    return (skip ? render_delta : render_playlist)(now.settings, now.store, now.state);
  });
}

std::shared_ptr<const std::string> PublishedStream::gzipped_playlist(bool skip) {
  static_cast<void>(playlist(skip));
  return playlists_.gzipped(skip);
}

}  // namespace supervisor
