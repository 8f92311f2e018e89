// One round of the self-probe over one stream, as a player would do it: which request comes next, and what
// its answer shows. Pure: the shell (self_probe) fetches, this decides.
//
//   playlist -> [blocking delta reload] -> [init segment] -> newest part -> newest segment: its size, the
//   sizes of its parts, its beginning
//
// The first finding ends the round.
#pragma once

#include <map>
#include <vector>

#include "supervisor/probe/probe_judge.h"

namespace supervisor {

struct ProbeRequest {
  std::string target;
  bool head = false;               // only the size is wanted
  std::uint64_t first_bytes = 0;   // 0: all of it
  std::size_t body_bytes_max = 0;  // more is an error
};

struct ProbeReply {
  int status = 0;
  std::string body;
  std::uint64_t total_bytes = 0;  // of the whole thing: Content-Length, or what Content-Range says
  common::MonoTime at{};
};

// What one round leaves for the next of the same stream.
struct ProbeMemory {
  static constexpr std::size_t inits_max = 4;
  std::int64_t media_sequence = -1;
  MediaPosition next;
  std::map<std::string, InitFacts> inits;  // by name: names are never reused
};

struct ProbeReport {
  MaybeFinding finding;  // nothing: all is well
  std::optional<std::chrono::milliseconds> playlist_age, newest_part_age;
  std::optional<std::int64_t> media_sequence;
  bool key_frame = false;  // the newest segment starts with one
};

class ProbeRound {
 public:
  static constexpr std::size_t parts_measured_max = 64;  // of one segment; with more its size is not checked
  static constexpr std::size_t playlist_bytes_max = 4u << 20;
  static constexpr std::size_t init_bytes_max = 64u << 10;
  static constexpr std::size_t part_bytes_max = 8u << 20;
  static constexpr std::uint64_t start_bytes = 1u << 20;  // of a segment whose first part is not known

  // `with_reload`: the blocking delta form too. `origin_ns`: of the media timeline.
  ProbeRound(std::string stream, bool with_reload, std::int64_t origin_ns, ProbeMemory& memory);

  // Nothing: the round is over. Precondition of a second call: take() or fail().
  std::optional<ProbeRequest> next() const;
  void take(const ProbeReply& reply);
  // There was no answer.
  void fail(std::string reason);
  const ProbeReport& report() const { return report_; }

 private:
  enum class Step { Playlist, Reload, Init, Part, SegmentSize, PartSizes, SegmentStart, Done };
  void found(MaybeFinding finding);
  void take_playlist(const ProbeReply& reply);
  void take_init(const ProbeReply& reply);
  void take_part(const ProbeReply& reply);
  void take_part_size(const ProbeReply& reply);
  void take_start(const ProbeReply& reply);
  void after_playlist();
  void begin_media();
  const ViewedSegment& newest() const { return view_.segments.back(); }
  std::string path(const std::string& name) const { return "/hls/" + stream_ + "/" + name; }

  std::string stream_;
  bool with_reload_;
  std::int64_t origin_ns_;
  ProbeMemory& memory_;
  Step step_ = Step::Playlist;
  PlaylistView view_;
  MediaPosition wanted_;            // of the reload
  common::MonoTime playlist_at_{};  // when it came
  ViewedSegment segment_;           // the newest closed one
  std::uint64_t segment_bytes_ = 0, parts_bytes_ = 0, first_part_bytes_ = 0;
  std::size_t measured_ = 0;  // parts
  ProbeReport report_;
};

}  // namespace supervisor
