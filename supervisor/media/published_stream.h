// One stream as the daemon drives it and as the HTTP room sees it: the publisher, its playlists rendered once
// per change, and the rules of what they are asked (window_view.h). Event-loop thread only; never blocks.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/media/journal.h"
#include "supervisor/media/live_stream.h"
#include "supervisor/media/playlist_memo.h"
#include "supervisor/media/publisher.h"
#include "supervisor/media/window_view.h"

namespace supervisor {

// For the disk mirror: the closed segments of the window after a segment was closed, or after the stream was
// stopped. Whole in itself: an update that was lost is made good by the next. Bodies are sealed; another
// thread may read them.
struct MirrorUpdate {
  struct File {
    std::string name;
    std::shared_ptr<const SegmentBody> body;
  };
  std::vector<File> files;  // init segments and segments, oldest first
  std::string playlist;     // classic; names these files and no others
};

class PublishedStream : public LiveStream {
 public:
  explicit PublishedStream(PublisherSettings settings);

  // As in publisher.h.
  void restore(RestoredWindow window, MonoTime now) { publisher_.restore(std::move(window), now); }
  // Records every change from now on, before anybody is told of it, and what is there already.
  void keep(std::unique_ptr<Journal> journal);
  const Journal* journal() const { return journal_.get(); }

  // As in publisher.h; each calls the listeners when something became visible.
  Slot begin_life(std::uint64_t generation, MonoTime now);
  Slot plan_takeover(std::uint64_t generation, MonoTime now);
  std::optional<NeedsResume> cancel_takeover(MonoTime now);
  void end_life(std::uint64_t generation, MonoTime now);
  Admission admit(const common::MediaRecord& header, std::span<const std::uint8_t> bytes, MonoTime now);
  std::optional<MonoTime> next_due() const { return publisher_.next_due(); }
  std::optional<NeedsResume> advance(MonoTime now);
  void stop(MonoTime now);
  std::optional<NeedsResume> set_paused(bool paused, MonoTime now);
  PublisherFacts facts(MonoTime now) const { return publisher_.facts(now); }
  const Publisher& publisher() const { return publisher_; }
  // Called when a segment was closed, and when the stream was stopped. One callback.
  void on_segment(std::function<void(MirrorUpdate)> callback) { on_segment_ = std::move(callback); }

  // The closed segments of the window as they are now.
  MirrorUpdate mirror_update() const;

  ReloadVerdict judge(const PlaylistQuery& query) const override { return judge_reload(view(), query); }
  std::shared_ptr<const std::string> playlist(bool skip) override;
  std::shared_ptr<const std::string> gzipped_playlist(bool skip) override;
  MediaLookup find(std::string_view name) const override { return find_media(view(), name); }
  std::uint64_t version() const override { return publisher_.version(); }
  void on_change(std::function<void()> callback) override;  // adds a listener
  std::shared_ptr<const LiveSnapshot> snapshot() const override { return make_snapshot(view(), version()); }

 private:
  WindowView view() const {
    return {publisher_.playlist_settings(), publisher_.store(), publisher_.playlist_state()};
  }
  void announce();

  Publisher publisher_;
  std::unique_ptr<Journal> journal_;
  std::vector<std::function<void()>> listeners_;
  std::function<void(MirrorUpdate)> on_segment_;
  std::uint64_t announced_version_ = 0;
  std::int64_t announced_msn_ = -1;  // last closed segment told to on_segment_
  bool announced_stop_ = false;
  PlaylistMemo playlists_;
};

}  // namespace supervisor
