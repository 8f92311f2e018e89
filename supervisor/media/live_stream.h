// One published stream as the HTTP room sees it: rendered playlists and bytes by name. The seam between the
// media room (which implements it) and the HTTP room (which serves it). Event-loop thread only; never blocks.
//
// Names in a playlist are relative to /hls/{stream}/ and never reused: init-ID.mp4, seg-SESSION-MSN.m4s,
// part-SESSION-SERIAL-ID.m4s (ID: of the init segment, SESSION: of this supervisor process).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/time_grid.h"

namespace supervisor {

class SegmentBody;  // segment_body.h: bytes in a memfd of ours; fd() and size()

// The delivery directives of a playlist request (RFC 8216bis 6.2.5).
struct PlaylistQuery {
  std::optional<std::int64_t> msn;  // _HLS_msn
  std::optional<int> part;          // _HLS_part
  bool skip = false;                // _HLS_skip=YES or v2
};

// What to do with a playlist request now. Wait: ask again after the next change, give up as `timeout` says.
struct ReloadVerdict {
  enum class Kind { Ready, Wait, Invalid };
  Kind kind = Kind::Ready;
  std::string reason;                    // Invalid: for the 400
  std::chrono::milliseconds timeout{0};  // Wait: then 503
};

// Bytes to send: a range of a memfd that stays valid while `body` is held.
struct MediaBytes {
  std::shared_ptr<const SegmentBody> body;
  std::size_t offset = 0;
  std::size_t size = 0;
  const char* content_type = "video/mp4";
  int max_age_seconds = 0;  // Cache-Control: public, max-age=..., immutable
};

// What a media name stands for now. Later: the hinted part, not complete yet: wait for a change, as for a
// reload.
struct MediaLookup {
  enum class Kind { Found, Later, Unknown };
  Kind kind = Kind::Unknown;
  MediaBytes bytes;
};

// A stream as it was at one moment. It never changes: any thread may read it.
class LiveSnapshot {
 public:
  virtual ~LiveSnapshot() = default;

  // Each as of LiveStream at that moment.
  virtual ReloadVerdict judge(const PlaylistQuery& query) const = 0;
  virtual std::string render(bool skip) const = 0;
  virtual MediaLookup find(std::string_view name) const = 0;
  virtual std::uint64_t version() const = 0;
};

class LiveStream {
 public:
  virtual ~LiveStream() = default;

  virtual ReloadVerdict judge(const PlaylistQuery& query) const = 0;
  // The media playlist as of the last change, rendered once per change; never null, only after a Ready
  // verdict.
  virtual std::shared_ptr<const std::string> playlist(bool skip) = 0;
  // The same text in the coding gzip, made once per change as well; null: it is not worth it.
  virtual std::shared_ptr<const std::string> gzipped_playlist(bool /*skip*/) { return nullptr; }
  virtual MediaLookup find(std::string_view name) const = 0;
  // Rises with every publication: the ETag of the playlist.
  virtual std::uint64_t version() const = 0;
  // Called on the event loop after every publication; the HTTP room wakes its waiters in one pass.
  virtual void on_change(std::function<void()> callback) = 0;
  // As it is now, for other threads; null: it is served by this one only.
  virtual std::shared_ptr<const LiveSnapshot> snapshot() const { return nullptr; }
};

}  // namespace supervisor
