// A stream on a serving thread: the last snapshot that was posted to it. Renders its own playlists from it:
// the same bytes as those of every other thread. Of that thread only.
#pragma once

#include <utility>
#include <vector>

#include "supervisor/media/live_stream.h"
#include "supervisor/media/playlist_memo.h"

namespace supervisor {

class SnapshotStream : public LiveStream {
 public:
  // `snapshot` is never null.
  explicit SnapshotStream(std::shared_ptr<const LiveSnapshot> snapshot) : snapshot_(std::move(snapshot)) {}
  // A publication.
  void replace(std::shared_ptr<const LiveSnapshot> snapshot);

  ReloadVerdict judge(const PlaylistQuery& query) const override { return snapshot_->judge(query); }
  std::shared_ptr<const std::string> playlist(bool skip) override;
  std::shared_ptr<const std::string> gzipped_playlist(bool skip) override;
  MediaLookup find(std::string_view name) const override { return snapshot_->find(name); }
  std::uint64_t version() const override { return snapshot_->version(); }
  void on_change(std::function<void()> callback) override { listeners_.push_back(std::move(callback)); }

 private:
  std::shared_ptr<const LiveSnapshot> snapshot_;
  PlaylistMemo playlists_;
  std::vector<std::function<void()>> listeners_;
};

}  // namespace supervisor
