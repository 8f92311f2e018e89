#include "supervisor/probe/probe_round.h"

#include <utility>

namespace supervisor {
namespace {

std::span<const std::uint8_t> bytes_of(const std::string& body) {
  return {reinterpret_cast<const std::uint8_t*>(body.data()), body.size()};
}

}  // namespace

ProbeRound::ProbeRound(std::string stream, bool with_reload, std::int64_t origin_ns, ProbeMemory& memory)
    : stream_(std::move(stream)), with_reload_(with_reload), origin_ns_(origin_ns), memory_(memory) {}

std::optional<ProbeRequest> ProbeRound::next() const {
  const std::string playlist = path("playlist.m3u8");
  switch (step_) {
    case Step::Playlist:
      return ProbeRequest{playlist, false, 0, playlist_bytes_max};
    case Step::Reload:
      return ProbeRequest{playlist + "?_HLS_msn=" + std::to_string(wanted_.msn) +
                              "&_HLS_part=" + std::to_string(wanted_.part) + "&_HLS_skip=YES",
                          false, 0, playlist_bytes_max};
    case Step::Init:
      return ProbeRequest{path(newest().init), false, 0, init_bytes_max};
    case Step::Part:
      return ProbeRequest{path(newest().parts.back().name), false, 0, part_bytes_max};
    case Step::SegmentSize:
      return ProbeRequest{path(segment_.name), true, 0, 0};
    case Step::PartSizes:
      return ProbeRequest{path(segment_.parts[measured_].name), true, 0, 0};
    case Step::SegmentStart: {
      const std::uint64_t wanted = first_part_bytes_ > 0 ? first_part_bytes_ : start_bytes;
      return ProbeRequest{path(segment_.name), false, wanted, part_bytes_max};
    }
    case Step::Done:
      break;
  }
  return std::nullopt;
}

void ProbeRound::found(MaybeFinding finding) {
  if (!finding) return;
  report_.finding = std::move(finding);
  step_ = Step::Done;
}

void ProbeRound::fail(std::string reason) {
  const auto request = next();
  const std::string target = request ? request->target + ": " : std::string();
  found(ProbeFinding{ProbeFault::NoAnswer, target + std::move(reason)});
}

void ProbeRound::take(const ProbeReply& reply) {
  const auto request = next();
  if (!request) return;
  if (reply.status != 200 && reply.status != 206) {
    return found(ProbeFinding{ProbeFault::BadStatus,
                              request->target + " was answered with " + std::to_string(reply.status)});
  }
  switch (step_) {
    case Step::Playlist:
    case Step::Reload:
      return take_playlist(reply);
    case Step::Init:
      return take_init(reply);
    case Step::Part:
      return take_part(reply);
    case Step::SegmentSize:
      segment_bytes_ = reply.total_bytes;
      step_ = segment_.parts.empty() || segment_.parts.size() > parts_measured_max ? Step::SegmentStart
                                                                                   : Step::PartSizes;
      return;
    case Step::PartSizes:
      return take_part_size(reply);
    case Step::SegmentStart:
      return take_start(reply);
    case Step::Done:
      return;
  }
}

void ProbeRound::take_playlist(const ProbeReply& reply) {
  auto view = view_playlist(reply.body);
  if (!view) return found(ProbeFinding{ProbeFault::BadPlaylist, view.error().reason});
  // A delta update names the init segment only where it changes.
  const std::string init_before = view_.segments.empty() ? std::string() : newest().init;
  view_ = std::move(*view);
  for (ViewedSegment& segment : view_.segments) {
    if (segment.init.empty()) segment.init = init_before;
  }
  playlist_at_ = reply.at;
  found(judge_playlist(view_, memory_.media_sequence, memory_.next));
  if (step_ == Step::Reload) found(judge_reload(view_, wanted_));
  if (step_ == Step::Done) return;
  memory_.media_sequence = view_.media_sequence;
  memory_.next = next_position(view_);
  report_.media_sequence = view_.media_sequence;
  if (step_ == Step::Playlist && with_reload_ && view_.can_block) {
    wanted_ = memory_.next;
    step_ = Step::Reload;
    return;
  }
  after_playlist();
}

void ProbeRound::after_playlist() {
  if (newest().init.empty()) {
    return found(ProbeFinding{ProbeFault::BadPlaylist, "playlist: names no init segment"});
  }
  if (const ViewedSegment* closed = view_.newest_closed()) segment_ = *closed;
  if (!memory_.inits.contains(newest().init)) {
    step_ = Step::Init;
    return;
  }
  begin_media();
}

void ProbeRound::take_init(const ProbeReply& reply) {
  auto facts = parse_init(bytes_of(reply.body));
  if (!facts) return found(ProbeFinding{ProbeFault::BadMedia, newest().init + ": " + facts.error().reason});
  if (memory_.inits.size() >= ProbeMemory::inits_max) memory_.inits.clear();
  memory_.inits[newest().init] = std::move(*facts);
  begin_media();
}

void ProbeRound::begin_media() {
  // The newest segment may be older than a change of encoder: its init segment is another one.
  const bool judged = !segment_.name.empty() && segment_.init == newest().init;
  step_ = judged ? Step::SegmentSize : Step::Done;
  if (!newest().parts.empty()) step_ = Step::Part;
}

void ProbeRound::take_part(const ProbeReply& reply) {
  const JudgedPart part =
      judge_part(bytes_of(reply.body), memory_.inits.at(newest().init), newest().parts.back());
  if (part.finding) return found(part.finding);
  report_.playlist_age = media_age(part.end_seconds, origin_ns_, playlist_at_);
  report_.newest_part_age = media_age(part.end_seconds, origin_ns_, reply.at);
  const bool judged = !segment_.name.empty() && segment_.init == newest().init;
  step_ = judged ? Step::SegmentSize : Step::Done;
  found(judge_age(*report_.newest_part_age, age_max(view_)));
}

void ProbeRound::take_part_size(const ProbeReply& reply) {
  if (measured_ == 0) first_part_bytes_ = reply.total_bytes;
  parts_bytes_ += reply.total_bytes;
  if (++measured_ < segment_.parts.size()) return;
  step_ = Step::SegmentStart;
  found(judge_sizes(segment_.name, segment_bytes_, parts_bytes_));
}

void ProbeRound::take_start(const ProbeReply& reply) {
  const JudgedStart start = judge_segment_start(bytes_of(reply.body), memory_.inits.at(newest().init));
  if (start.finding) return found(start.finding);
  step_ = Step::Done;
  report_.key_frame = true;
  if (reply.status == 206 && reply.total_bytes != segment_bytes_) {
    return found(judge_sizes(segment_.name, segment_bytes_, reply.total_bytes));
  }
  if (report_.newest_part_age) return;
  // A classic playlist: the newest segment is all there is.
  const double end = start.start_seconds + segment_.seconds;
  report_.playlist_age = media_age(end, origin_ns_, playlist_at_);
  report_.newest_part_age = media_age(end, origin_ns_, reply.at);
  found(judge_age(*report_.newest_part_age, age_max(view_)));
}

}  // namespace supervisor
