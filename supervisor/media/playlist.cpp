#include "supervisor/media/playlist.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <string_view>

namespace supervisor {
namespace {

constexpr std::int64_t fraction = 100'000;  // durations are written with five decimals
constexpr int segments_with_parts_min = 3;
constexpr int target_durations_with_parts = 3;
constexpr int target_durations_kept_in_delta = 6;
constexpr int hold_back_factor = 3;

std::string decimal(std::int64_t value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%lld.%05lld", static_cast<long long>(value / fraction),
                static_cast<long long>(value % fraction));
  return text.data();
}

std::int64_t duration(const common::TimeGrid& grid, Slot pictures) {
  return (pictures * fraction + grid.fps / 2) / grid.fps;
}

// Rounded up: no part may be longer than what is written here.
std::int64_t part_target(const common::TimeGrid& grid) {
  return (grid.part_pictures * fraction + grid.fps - 1) / grid.fps;
}

std::int64_t date_ms(const PlaylistSettings& settings, Slot slot) {
  const int fps = settings.grid.fps;
  return settings.wall_origin_ms + slot / fps * 1000 + slot % fps * 1000 / fps;
}

enum class Form { Full, Delta, Classic };

// One rendering. The order of tags inside a segment is that of RFC 8216bis: what applies to the segment, its
// parts, its duration, its URI.
class Rendering {
 public:
  Rendering(const PlaylistSettings& settings, const Store& store, const PlaylistState& state, Form form)
      : settings_(settings), store_(store), state_(state), form_(form) {
    text_.reserve(16384);
  }

  std::string run() {
    header();
    std::size_t at = form_ == Form::Delta ? skip() : 0;
    for (; at < store_.window().size(); ++at) segment(store_.window()[at], at);
    if (state_.ended) {
      line("#EXT-X-ENDLIST");
    } else if (low_latency()) {
      hint();
    }
    return std::move(text_);
  }

 private:
  bool low_latency() const { return form_ != Form::Classic; }
  const common::TimeGrid& grid() const { return settings_.grid; }
  Slot end() const { return store_.window().empty() ? 0 : store_.window().back().end(); }
  Slot slots(int target_durations) const {
    return static_cast<Slot>(target_durations) * grid().target_duration_seconds() * grid().fps;
  }
  void line(std::string_view text) {
    text_ += text;
    text_ += '\n';
  }

  void header() {
    line("#EXTM3U");
    line(low_latency() ? "#EXT-X-VERSION:9" : "#EXT-X-VERSION:6");
    line("#EXT-X-TARGETDURATION:" + std::to_string(grid().target_duration_seconds()));
    line("#EXT-X-INDEPENDENT-SEGMENTS");
    if (low_latency()) server_control();
    line("#EXT-X-MEDIA-SEQUENCE:" + std::to_string(store_.media_sequence()));
    line("#EXT-X-DISCONTINUITY-SEQUENCE:" + std::to_string(store_.discontinuity_sequence()));
  }

  void server_control() {
    const std::int64_t target = part_target(grid());
    line("#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=" +
         std::to_string(skip_boundary_seconds(grid())) +
         ",HOLD-BACK=" + std::to_string(hold_back_factor * grid().target_duration_seconds()) +
         ",PART-HOLD-BACK=" + decimal(hold_back_factor * target));
    line("#EXT-X-PART-INF:PART-TARGET=" + decimal(target));
  }

  // Returns the first segment that is written. Only the segments behind the boundary may go, and none is no
  // tag.
  std::size_t skip() {
    const auto& window = store_.window();
    std::size_t skipped = 0;
    while (skipped < window.size() &&
           end() - window[skipped].end() >= slots(target_durations_kept_in_delta)) {
      ++skipped;
    }
    if (skipped == 0) return 0;
    line("#EXT-X-SKIP:SKIPPED-SEGMENTS=" + std::to_string(skipped));
    map_ = window[skipped - 1].init.get();
    return skipped;
  }

  void segment(const Segment& segment, std::size_t at) {
    if (!low_latency() && !segment.closed) return;
    if (segment.parts.empty()) return;
    if (segment.discontinuity) line("#EXT-X-DISCONTINUITY");
    // Written again behind a discontinuity, for players that start from nothing there.
    if (map_ == nullptr || map_->id != segment.init->id || segment.discontinuity) {
      line("#EXT-X-MAP:URI=\"" + store_.init_name(*segment.init) + "\"");
    }
    map_ = segment.init.get();
    line("#EXT-X-PROGRAM-DATE-TIME:" + format_date_time(date_ms(settings_, segment.start)));
    if (low_latency() && has_parts(segment, at)) parts(segment);
    if (!segment.closed) return;
    line("#EXTINF:" + decimal(duration(grid(), segment.end() - segment.start)) + ",");
    line(store_.segment_name(segment));
  }

  bool has_parts(const Segment& segment, std::size_t at) const {
    if (at + segments_with_parts_min >= store_.window().size()) return true;
    return end() - segment.end() < slots(target_durations_with_parts);
  }

  void parts(const Segment& segment) {
    for (const Part& part : segment.parts) {
      line("#EXT-X-PART:DURATION=" + decimal(duration(grid(), part.pictures)) + ",URI=\"" +
           store_.part_name(*segment.init, part.serial) + "\"" +
           (part.independent ? ",INDEPENDENT=YES" : ""));
    }
  }

  void hint() {
    const InitSegment* init = state_.next_init ? state_.next_init.get() : map_;
    if (init == nullptr) return;
    line("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"" + store_.part_name(*init, state_.next_serial) + "\"");
  }

  const PlaylistSettings& settings_;
  const Store& store_;
  const PlaylistState& state_;
  Form form_;
  std::string text_;
  const InitSegment* map_ = nullptr;  // that applies to the next segment
};

}  // namespace

std::string render_playlist(const PlaylistSettings& settings, const Store& store,
                            const PlaylistState& state) {
  if (!settings.low_latency) return render_classic(settings, store, state);
  return Rendering(settings, store, state, Form::Full).run();
}

std::string render_delta(const PlaylistSettings& settings, const Store& store, const PlaylistState& state) {
  if (!settings.low_latency) return render_classic(settings, store, state);
  return Rendering(settings, store, state, Form::Delta).run();
}

std::string render_classic(const PlaylistSettings& settings, const Store& store, const PlaylistState& state) {
  return Rendering(settings, store, state, Form::Classic).run();
}

int skip_boundary_seconds(const common::TimeGrid& grid) {
  return target_durations_kept_in_delta * grid.target_duration_seconds();
}

std::string format_date_time(std::int64_t unix_ms) {
  const std::time_t seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900,
                utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                static_cast<int>(unix_ms % 1000));
  return text.data();
}

}  // namespace supervisor
