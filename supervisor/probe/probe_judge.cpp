#include "supervisor/probe/probe_judge.h"

#include <array>
#include <cmath>

namespace supervisor {
namespace {

// Durations of the playlist have five decimals.
constexpr double duration_tolerance_seconds = 0.001;

using Bytes = std::span<const std::uint8_t>;

MaybeFinding finding(ProbeFault fault, std::string text) {
  return ProbeFinding{fault, std::move(text)};
}

std::string ms(std::chrono::milliseconds time) {
  return std::to_string(time.count()) + " ms";
}

std::string at(MediaPosition position) {
  return std::to_string(position.msn) + "/" + std::to_string(position.part);
}

std::uint64_t box_size(Bytes bytes) {
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) size = size << 8 | bytes[i];
  return size;
}

// Up to the end of the first mdat; all of them when that is not here.
Bytes first_fragment(Bytes bytes) {
  constexpr std::size_t header = 8;
  std::size_t end = 0;
  while (bytes.size() - end >= header) {
    const Bytes box = bytes.subspan(end);
    const std::uint64_t size = box_size(box);
    if (size < header || size > box.size()) return bytes;
    end += static_cast<std::size_t>(size);
    const std::string_view type(reinterpret_cast<const char*>(box.data()) + 4, 4);
    if (type == "mdat") return bytes.first(end);
  }
  return bytes;
}

}  // namespace

std::string_view probe_fault_name(ProbeFault fault) {
  constexpr std::array<std::string_view, 8> names = {"no_answer", "bad_status", "bad_playlist", "backwards",
                                                     "stale",     "bad_media",  "no_key_frame", "bad_size"};
  return names.at(static_cast<std::size_t>(fault));
}

std::chrono::milliseconds age_max(const PlaylistView& view) {
  const double target = view.part_seconds.value_or(view.target_seconds);
  return std::chrono::milliseconds(std::llround(reserve_targets * target * 1000)) + age_slack;
}

MaybeFinding judge_playlist(const PlaylistView& view, std::int64_t sequence_before,
                            MediaPosition next_before) {
  if (view.ended) return finding(ProbeFault::Stale, "the playlist says that the stream has ended");
  if (view.media_sequence < sequence_before) {
    return finding(ProbeFault::Backwards, "the media sequence fell from " + std::to_string(sequence_before) +
                                              " to " + std::to_string(view.media_sequence));
  }
  const MediaPosition next = next_position(view);
  if (next < next_before) {
    return finding(ProbeFault::Backwards,
                   "the end of the playlist went back from " + at(next_before) + " to " + at(next));
  }
  return std::nullopt;
}

MaybeFinding judge_reload(const PlaylistView& view, MediaPosition wanted) {
  if (next_position(view) > wanted) return std::nullopt;
  return finding(ProbeFault::BadPlaylist, "a blocking reload for " + at(wanted) + " was answered without it");
}

std::chrono::milliseconds media_age(double end_seconds, std::int64_t origin_ns, common::MonoTime now) {
  const double now_seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
  const double end = static_cast<double>(origin_ns) / 1e9 + end_seconds;
  return std::chrono::milliseconds(std::llround((now_seconds - end) * 1000));
}

MaybeFinding judge_age(std::chrono::milliseconds age, std::chrono::milliseconds limit) {
  if (age > limit) {
    return finding(ProbeFault::Stale,
                   "the newest media is " + ms(age) + " old, players hold no more than " + ms(limit));
  }
  if (age < -limit)
    return finding(ProbeFault::BadMedia, "the newest media is " + ms(-age) + " in the future");
  return std::nullopt;
}

JudgedPart judge_part(Bytes bytes, const InitFacts& init, const ViewedPart& promised) {
  JudgedPart judged;
  const auto facts = parse_fragment(bytes, init);
  if (!facts) {
    judged.finding = finding(ProbeFault::BadMedia, promised.name + ": " + facts.error().reason);
    return judged;
  }
  const double timescale = init.timescale;
  const double seconds = static_cast<double>(facts->duration) / timescale;
  judged.end_seconds = static_cast<double>(facts->decode_time) / timescale + seconds;
  judged.key_frame = facts->first_is_sync;
  if (std::abs(seconds - promised.seconds) > duration_tolerance_seconds) {
    judged.finding =
        finding(ProbeFault::BadMedia, promised.name + " lasts " + std::to_string(seconds) +
                                          " s, the playlist says " + std::to_string(promised.seconds) + " s");
  } else if (promised.independent && !facts->first_is_sync) {
    judged.finding =
        finding(ProbeFault::NoKeyFrame, promised.name + " is called independent and has no key frame first");
  }
  return judged;
}

JudgedStart judge_segment_start(Bytes bytes, const InitFacts& init) {
  JudgedStart judged;
  const auto facts = parse_fragment(first_fragment(bytes), init);
  if (!facts) {
    judged.finding = finding(ProbeFault::BadMedia, "the newest segment: " + facts.error().reason);
    return judged;
  }
  judged.start_seconds = static_cast<double>(facts->decode_time) / init.timescale;
  if (!facts->first_is_sync) {
    judged.finding = finding(ProbeFault::NoKeyFrame, "the newest segment does not start with a key frame");
  }
  return judged;
}

MaybeFinding judge_sizes(std::string_view segment, std::uint64_t segment_bytes, std::uint64_t parts_bytes) {
  if (segment_bytes == parts_bytes) return std::nullopt;
  return finding(ProbeFault::BadSize, std::string(segment) + " has " + std::to_string(segment_bytes) +
                                          " bytes, its parts have " + std::to_string(parts_bytes));
}

}  // namespace supervisor
