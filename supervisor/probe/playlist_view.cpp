#include "supervisor/probe/playlist_view.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace supervisor {
namespace {

using common::error;
using common::Result;

template <typename Number>
std::optional<Number> parse(std::string_view text) {
  Number value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> seconds(std::string_view text) {
  const auto value = parse<double>(text);
  return value && std::isfinite(*value) && *value > 0 ? value : std::nullopt;
}

// NAME=VALUE or NAME="VALUE" in an attribute list; empty: it is not there.
std::string_view attribute(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const std::size_t equals = list.find('=');
    if (equals == std::string_view::npos) return {};
    const bool ours = list.substr(0, equals) == name;
    list.remove_prefix(equals + 1);
    const bool quoted = list.starts_with('"');
    if (quoted) list.remove_prefix(1);
    const std::size_t end = std::min(list.find(quoted ? '"' : ','), list.size());
    if (ours) return list.substr(0, end);
    list.remove_prefix(std::min(end + (quoted ? 2 : 1), list.size()));
  }
  return {};
}

// Beside the playlist, so that it can be asked for as it is written.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 256 && name.front() != '.' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
             std::string_view::npos;
}

class Reading {
 public:
  Result<PlaylistView> run(std::string_view text) {
    if (!text.starts_with("#EXTM3U\n")) return error("playlist: does not begin with #EXTM3U");
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      ++number_;
      if (auto read = line(text.substr(0, end)); !read) {
        return error("playlist, line " + std::to_string(number_) + ": " + read.error().reason);
      }
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (view_.target_seconds <= 0) return error("playlist: no #EXT-X-TARGETDURATION");
    if (!open_.parts.empty()) close({});
    if (view_.segments.empty()) return error("playlist: names no media");
    return std::move(view_);
  }

 private:
  Result<void> line(std::string_view text) {
    if (text.empty()) return {};
    if (text.front() != '#') return uri(text);
    const std::size_t colon = std::min(text.find(':'), text.size());
    const std::string_view tag = text.substr(0, colon);
    const std::string_view value = text.substr(std::min(colon + 1, text.size()));
    if (tag == "#EXT-X-PART") return part(value);
    if (tag == "#EXTINF") return duration(value.substr(0, value.find(',')), open_.seconds, tag);
    if (tag == "#EXT-X-MAP") return map(value);
    if (tag == "#EXT-X-TARGETDURATION") return duration(value, view_.target_seconds, tag);
    if (tag == "#EXT-X-MEDIA-SEQUENCE") return sequence(value);
    if (tag == "#EXT-X-SKIP") return skip(attribute(value, "SKIPPED-SEGMENTS"));
    if (tag == "#EXT-X-PART-INF") {
      view_.part_seconds = seconds(attribute(value, "PART-TARGET"));
      if (!view_.part_seconds) return error("PART-TARGET is missing or not a duration");
    }
    if (tag == "#EXT-X-SERVER-CONTROL") view_.can_block = attribute(value, "CAN-BLOCK-RELOAD") == "YES";
    if (tag == "#EXT-X-ENDLIST") view_.ended = true;
    return {};
  }

  Result<void> duration(std::string_view text, double& out, std::string_view tag) {
    const auto value = seconds(text);
    if (!value) return error(std::string(tag) + " is not a duration");
    out = *value;
    return {};
  }

  Result<void> sequence(std::string_view text) {
    const auto value = parse<std::int64_t>(text);
    if (!value || *value < 0) return error("#EXT-X-MEDIA-SEQUENCE is not a number");
    view_.media_sequence = next_msn_ = *value;
    return {};
  }

  Result<void> skip(std::string_view text) {
    const auto count = parse<std::int64_t>(text);
    if (!count || *count < 1) return error("SKIPPED-SEGMENTS is not a number of at least 1");
    view_.skipped = *count;
    next_msn_ += *count;
    return {};
  }

  Result<void> map(std::string_view value) {
    const std::string_view name = attribute(value, "URI");
    if (!is_plain_name(name)) return error("#EXT-X-MAP names nothing beside the playlist");
    init_ = name;
    return {};
  }

  Result<void> part(std::string_view value) {
    ViewedPart part;
    part.name = attribute(value, "URI");
    if (!is_plain_name(part.name)) return error("#EXT-X-PART names nothing beside the playlist");
    if (auto read = duration(attribute(value, "DURATION"), part.seconds, "#EXT-X-PART DURATION"); !read)
      return read;
    part.independent = attribute(value, "INDEPENDENT") == "YES";
    open_.parts.push_back(std::move(part));
    return {};
  }

  Result<void> uri(std::string_view name) {
    if (!is_plain_name(name)) return error("names nothing beside the playlist");
    if (open_.seconds <= 0) return error("a segment without #EXTINF");
    if (view_.segments.size() >= PlaylistView::segments_max) return error("too many segments");
    close(std::string(name));
    return {};
  }

  void close(std::string name) {
    open_.name = std::move(name);
    open_.msn = next_msn_++;
    open_.init = init_;
    view_.segments.push_back(std::move(open_));
    open_ = {};
  }

  PlaylistView view_;
  ViewedSegment open_;
  std::string init_;  // a delta update may not repeat it
  std::int64_t next_msn_ = 0;
  int number_ = 0;
};

}  // namespace

const ViewedSegment* PlaylistView::newest_closed() const {
  const auto found = std::find_if(segments.rbegin(), segments.rend(),
                                  [](const ViewedSegment& segment) { return !segment.name.empty(); });
  return found == segments.rend() ? nullptr : &*found;
}

Result<PlaylistView> view_playlist(std::string_view text) {
  return Reading().run(text);
}

MediaPosition next_position(const PlaylistView& view) {
  if (view.segments.empty()) return {view.media_sequence + view.skipped, 0};
  const ViewedSegment& last = view.segments.back();
  if (last.name.empty()) return {last.msn, static_cast<int>(last.parts.size())};
  return {last.msn + 1, 0};
}

}  // namespace supervisor
