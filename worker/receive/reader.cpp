#include "worker/receive/reader.h"

#include <algorithm>
#include <new>

#include "common/threads.h"
#include "worker/av/av_log.h"
#include "worker/receive/timeline.h"

namespace worker {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

constexpr AVRational ns_base{1, 1'000'000'000};
constexpr nanoseconds usual_duration = 40ms;
constexpr nanoseconds live_gap_max = 2s;
constexpr nanoseconds stored_gap_max = 10s;

// How far the reader may run ahead of what is shown.
nanoseconds ahead_max(Pace pace) {
  if (pace == Pace::Segmented) return 30s;
  return pace == Pace::Live ? 10s : 2s;
}

class Reading {
 public:
  Reading(ReaderBoard& board, std::shared_ptr<CallLimit> calls, Address address)
      : board_(board), calls_(std::move(calls)), address_(std::move(address)) {}

  // Why it ended.
  std::string run() {
    if (auto failed = open()) return *failed;
    while (wait_for_room()) {
      const std::uint64_t missed_before = missed_rtp_packets();
      auto packet = demuxer_->read();
      if (!packet) return packet.error().reason;
      if (*packet) {
        if (!take(std::move(*packet), missed_rtp_packets() - missed_before))
          return "input: " + address_.shown + ": no picture that can be decoded by itself in " +
                 std::to_string(Reader::packets_without_key_max) +
                 " packets; let the sender make key frames more often";
      } else if (auto ended = end_of_run()) {
        return *ended;
      }
    }
    return "input: " + address_.shown + " was closed";
  }

 private:
  std::optional<std::string> open() {
    auto opened = Demuxer::open(address_, calls_);
    if (!opened) return opened.error().reason;
    demuxer_ = std::move(*opened);
    const AVStream& video = demuxer_->video();
    auto kind = std::make_shared<VideoKind>();
    kind->parameters.reset(avcodec_parameters_alloc());
    if (!kind->parameters || avcodec_parameters_copy(kind->parameters.get(), video.codecpar) < 0)
      throw std::bad_alloc();
    kind->shape = {video.sample_aspect_ratio,
                   quarter_turns_of(av_stream_get_side_data(&video, AV_PKT_DATA_DISPLAYMATRIX, nullptr))};
    kind->pace =
        demuxer_->is_stored() ? Pace::Stored : (demuxer_->is_segmented() ? Pace::Segmented : Pace::Live);
    pace_ = kind->pace;
    if (!timeline_) {
      const double fps = demuxer_->fps();
      timeline_.emplace(pace_ == Pace::Stored ? stored_gap_max : live_gap_max,
                        fps > 0 ? nanoseconds(static_cast<std::int64_t>(1e9 / fps)) : usual_duration);
    }
    const std::lock_guard lock(board_.mutex);
    if (!board_.kind) board_.kind = std::move(kind);
    if (kind && kind->parameters->codec_id != board_.kind->parameters->codec_id)
      return "input: " + address_.shown + " is another file now";
    return std::nullopt;
  }

  // false: to stop.
  bool wait_for_room() {
    std::unique_lock lock(board_.mutex);
    board_.changed.wait(lock, [&] {
      const bool ahead = board_.queue.newest().value_or(nanoseconds(0)) - board_.playhead > ahead_max(pace_);
      return board_.stop || (!board_.queue.is_full() && !ahead);
    });
    return !board_.stop;
  }

  // missed: packets of the transport before it. false: nothing of all that came can be shown.
  bool take(PacketPtr packet, std::uint64_t missed) {
    const AVRational base = demuxer_->video().time_base;
    const auto stamp = [&](std::int64_t value) -> std::optional<nanoseconds> {
      if (value == AV_NOPTS_VALUE) return std::nullopt;
      return nanoseconds(av_rescale_q(value, base, ns_base));
    };
    const auto placed = timeline_->place(
        {stamp(packet->dts), stamp(packet->pts), nanoseconds(av_rescale_q(packet->duration, base, ns_base))});
    packet->dts = placed.decoded.count();
    packet->pts = placed.presented ? placed.presented->count() : AV_NOPTS_VALUE;
    packet->time_base = ns_base;
    const auto size = static_cast<std::uint64_t>(packet->size);
    const bool key = (packet->flags & AV_PKT_FLAG_KEY) != 0;
    const bool broken = (packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
    const auto now = steady_clock::now();
    any_ = true;
    const std::lock_guard lock(board_.mutex);
    board_.queue.push({std::move(packet), placed.time(), now, key});
    Received& received = board_.received;
    ++received.packets;
    ++received.pictures;
    received.bytes += size;
    received.lost += std::max<std::uint64_t>(missed, broken ? 1 : 0);
    received.last_packet = now;
    had_key_ = had_key_ || key;
    return had_key_ || received.packets < Reader::packets_without_key_max;
  }

  // Nothing: it begins anew.
  std::optional<std::string> end_of_run() {
    if (!any_) return "input: " + address_.shown + ": there is no picture in it";
    {
      const std::lock_guard lock(board_.mutex);
      board_.queue.push(
          {nullptr, board_.queue.newest().value_or(nanoseconds(0)), steady_clock::now(), false});
    }
    if (!address_.loop)
      return "input: " + address_.shown + (address_.file ? " is at its end" : " was ended by its sender");
    any_ = false;
    timeline_->begin_anew();
    // Opened anew: going back misses pictures at the beginning in formats that have no index.
    return open();
  }

  ReaderBoard& board_;
  const std::shared_ptr<CallLimit> calls_;
  const Address address_;
  std::unique_ptr<Demuxer> demuxer_;
  std::optional<Timeline> timeline_;
  Pace pace_ = Pace::Live;
  bool any_ = false;      // a packet since the beginning of this run
  bool had_key_ = false;  // ever
};

}  // namespace

Reader::Reader(std::shared_ptr<Leftovers> leftovers)
    : board_(std::make_shared<ReaderBoard>()),
      calls_(std::make_shared<CallLimit>()),
      leftovers_(std::move(leftovers)) {}

common::Result<std::unique_ptr<Reader>> Reader::start(Address address, std::shared_ptr<Leftovers> leftovers) {
  std::unique_ptr<Reader> reader(new Reader(std::move(leftovers)));
  const auto started =
      common::start_thread(reader->thread_, [board = reader->board_, calls = reader->calls_,
                                             left = reader->leftovers_, address = std::move(address)] {
        std::string why = Reading(*board, calls, address).run();
        const std::lock_guard lock(board->mutex);
        board->error = std::move(why);
        board->finished = true;
        if (board->left) left->come_back();
        board->changed.notify_all();
      });
  if (!started) {
    reader->board_->finished = true;
    return common::error("input: " + started.error().reason);
  }
  return reader;
}

Reader::~Reader() {
  calls_->cancel();
  std::unique_lock lock(board_->mutex);
  board_->stop = true;
  board_->changed.notify_all();
  common::join_or_leave(lock, board_->changed, board_->finished, thread_,
                        steady_clock::now() + stop_time_max);
  lock.lock();
  if (board_->finished || !leftovers_) return;
  board_->left = true;
  leftovers_->leave();
}

}  // namespace worker
