// What is wrong with what the self-probe fetched. Pure: bytes and times in, a finding out. Every finding has
// a kind, which is stable, and a text with figures, which is for people.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/time_grid.h"
#include "supervisor/media/fragment.h"
#include "supervisor/probe/playlist_view.h"

namespace supervisor {

enum class ProbeFault { NoAnswer, BadStatus, BadPlaylist, Backwards, Stale, BadMedia, NoKeyFrame, BadSize };
std::string_view probe_fault_name(ProbeFault fault);

struct ProbeFinding {
  ProbeFault fault = ProbeFault::NoAnswer;
  std::string text;
};
using MaybeFinding = std::optional<ProbeFinding>;

// Players hold three part targets (classic playlist: three target durations) in reserve; the slack is what a
// busy machine may add.
inline constexpr int reserve_targets = 3;
inline constexpr std::chrono::milliseconds age_slack{1000};
std::chrono::milliseconds age_max(const PlaylistView& view);

// Numbers only rise: `sequence_before`, `next_before` are of the playlist before; -1: there was none.
MaybeFinding judge_playlist(const PlaylistView& view, std::int64_t sequence_before,
                            MediaPosition next_before);
// A blocking reload that asked for `wanted` must hold it.
MaybeFinding judge_reload(const PlaylistView& view, MediaPosition wanted);

// How old the end of the media is; `end_seconds` of the media timeline, which begins at `origin_ns`.
std::chrono::milliseconds media_age(double end_seconds, std::int64_t origin_ns, common::MonoTime now);
MaybeFinding judge_age(std::chrono::milliseconds age, std::chrono::milliseconds limit);

// A whole part, which begins a segment or not.
struct JudgedPart {
  MaybeFinding finding;
  double end_seconds = 0;  // of the media timeline; valid without a finding
  bool key_frame = false;  // it starts with one
};
JudgedPart judge_part(std::span<const std::uint8_t> bytes, const InitFacts& init, const ViewedPart& promised);

// The first bytes of a closed segment: at least its first fragment, which must start with a key frame.
struct JudgedStart {
  MaybeFinding finding;
  double start_seconds = 0;
};
JudgedStart judge_segment_start(std::span<const std::uint8_t> bytes, const InitFacts& init);

// What the segment holds and what its parts hold together.
MaybeFinding judge_sizes(std::string_view segment, std::uint64_t segment_bytes, std::uint64_t parts_bytes);

}  // namespace supervisor
