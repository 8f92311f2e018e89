#include "supervisor/media/snapshot_stream.h"

namespace supervisor {

void SnapshotStream::replace(std::shared_ptr<const LiveSnapshot> snapshot) {
  snapshot_ = std::move(snapshot);
  for (const auto& listener : listeners_) listener();
}

std::shared_ptr<const std::string> SnapshotStream::playlist(bool skip) {
  return playlists_.text(skip, version(), [&] { return snapshot_->render(skip); });
}

std::shared_ptr<const std::string> SnapshotStream::gzipped_playlist(bool skip) {
  static_cast<void>(playlist(skip));
  return playlists_.gzipped(skip);
}

}  // namespace supervisor
