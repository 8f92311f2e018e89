#include "worker/receive/received_source.h"

#include <algorithm>
#include <utility>

#include "worker/receive/content_watch.h"
#include "worker/receive/frame_decoder.h"
#include "worker/receive/reader.h"

namespace worker {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;
using PicturePtr = std::shared_ptr<const Picture>;

// Of a slot: so long old pictures are decoded to catch up with the present.
constexpr auto catch_up_max = 15ms;
// After it was hidden: so long at a stretch, and in all, before an old picture is shown after all.
constexpr auto return_stretch_max = 300ms;
constexpr auto return_max = 1s;
// Packets without a picture: it cannot be decoded.
constexpr int unanswered_max = 300;

class ReceivedSource : public Source {
 public:
  ReceivedSource(std::unique_ptr<Reader> reader, std::string shown, const CanvasSize& canvas,
                 bool content_matters)
      : reader_(std::move(reader)),
        where_("input: " + std::move(shown)),
        painter_(canvas.width, canvas.height) {
    if (content_matters) content_.emplace();
  }

  common::Result<PicturePtr> capture(common::Slot /*slot*/) override {
    const common::MonoTime now = steady_clock::now();
    const auto begun = begin(now);
    if (!begun) return begun.error();
    if (!decoder_) return PicturePtr();
    if (returning_) {
      // What ended while it was hidden is not begun again for its last pictures.
      if (const auto over = is_over(); !over) return over.error();
    }
    if (shown_) {
      advance(now);
    } else {
      glance(now);
    }
    if (decoder_->unanswered() > unanswered_max)
      return common::error(where_ + ": packets come, but no picture can be decoded");
    if (fresh_ && !returning_) {
      auto painted = painter_.paint(*current_->frame, kind_->shape);
      if (!painted) return common::error(where_ + ": " + painted.error().reason);
      picture_ = std::move(*painted);
      fresh_ = false;
      picture_at_ = now;
      watch_content(now);
    } else if (const auto over = is_over(); !over) {
      return over.error();
    }
    return picture_;
  }

  common::Result<void> check() override {
    const common::MonoTime now = steady_clock::now();
    const auto begun = begin(now);
    if (!begun) return begun.error();
    if (content_) content_->begin_anew();
    if (kind_ && kind_->pace != Pace::Stored) skip_to_present(now);
    return is_over();
  }

  bool has_ended() const override { return !is_over(); }

  void show(bool shown) override {
    if (shown == shown_) return;
    shown_ = shown;
    returning_.reset();
    // A file stands still meanwhile.
    const bool stored = clock_ && kind_->pace == Pace::Stored;
    if (stored) clock_.emplace(Pace::Stored);
    if (stored && content_) content_->begin_anew();
    if (!clock_ || !clock_->is_started()) return;
    const common::MonoTime now = steady_clock::now();
    clock_->begin_window(now);
    if (shown) returning_ = now;
  }

  void forget() override {
    const std::lock_guard lock(board().mutex);
    forgotten_ = board().queue.newest();
    picture_.reset();
    fresh_ = false;
    if (content_) content_->begin_anew();
  }

  SourceSigns signs() const override {
    const std::lock_guard lock(board().mutex);
    SourceSigns signs;
    signs.received = board().received;
    // What the transport tells of is found by the decoder too: not counted twice.
    if (decoder_) signs.received->lost = std::max(signs.received->lost, decoder_->broken());
    // What nobody watches is not decoded, but would be there.
    signs.received->last_picture = shown_ ? picture_at_ : signs.received->last_packet;
    const bool stored = kind_ && kind_->pace == Pace::Stored;
    // The next picture of a file is there, and its time has not come.
    if (stored && (next_ || !shown_)) signs.received->last_picture = steady_clock::now();
    if (content_) signs.content = content_->times();
    signs.behind = returning_.has_value();
    return signs;
  }

 private:
  ReaderBoard& board() const { return reader_->board(); }

  // The decoder, as soon as the reader knows what comes.
  common::Result<void> begin(common::MonoTime now) {
    if (reader_->is_stuck(now))
      return common::error(where_ + " does not come back from libav; its thread is left behind");
    if (decoder_) return {};
    {
      const std::lock_guard lock(board().mutex);
      kind_ = board().kind;
      if (!kind_ && board().finished) return common::error(board().error);
    }
    if (!kind_) return {};
    auto opened = FrameDecoder::open(*kind_->parameters);
    if (!opened) return common::error(where_ + ": " + opened.error().reason);
    decoder_ = std::move(*opened);
    clock_.emplace(kind_->pace);
    return {};
  }

  // The reader has ended, and all it brought is shown; what nobody watches need not be shown.
  common::Result<void> is_over() const {
    const std::lock_guard lock(board().mutex);
    const bool wanted = (shown_ && !returning_) || (kind_ && kind_->pace == Pace::Stored);
    const bool more = wanted && (!board().queue.is_empty() || next_);
    if (board().finished && !more) return common::error(board().error);
    return {};
  }

  // What is due by now.
  void advance(common::MonoTime now) {
    if (!clock_->is_started() && !start_clock(now)) return;
    bool starved = false, behind = true;
    const auto stretch_end = now + (returning_ ? return_stretch_max : catch_up_max);
    while (steady_clock::now() < stretch_end || !fresh_) {
      if (!next_) next_ = decode();
      starved = !next_;
      behind = !starved && clock_->due(next_->time) <= now;
      if (!behind) break;
      show_next();
    }
    if (returning_ && (!behind || now - *returning_ > return_max)) returning_.reset();
    if (starved && fresh_) clock_->came_late(now - clock_->due(current_->time));
    const std::lock_guard lock(board().mutex);
    if (const auto newest = board().queue.newest()) clock_->look(*newest, now);
    set_playhead(now);
  }

  void show_next() {
    current_ = std::exchange(next_, std::nullopt);
    broken_ = broken_ || current_->broken;
    if (forgotten_ && current_->time <= *forgotten_) return;
    fresh_ = true;
  }

  bool start_clock(common::MonoTime now) {
    if (kind_->pace == Pace::Stored) {
      if (!next_) next_ = decode();
      if (next_) clock_->start(next_->time, now);
    } else {
      const std::lock_guard lock(board().mutex);
      const QueuedPacket* first = board().queue.front();
      // What a live sender had in store, or came while its kind was found out, is old.
      const bool live = kind_->pace == Pace::Live;
      if (first != nullptr) clock_->start(live ? *board().queue.newest() : first->time, now);
    }
    return clock_->is_started();
  }

  // Mutex held.
  void set_playhead(common::MonoTime now) {
    board().playhead = clock_->time_at(now);
    board().changed.notify_all();
  }

  std::optional<DecodedFrame> decode() {
    for (;;) {
      if (auto frame = decoder_->receive()) return frame;
      std::optional<QueuedPacket> packet;
      {
        const std::lock_guard lock(board().mutex);
        packet = board().queue.pop();
        if (packet) board().changed.notify_all();
      }
      if (!packet) return std::nullopt;
      decoder_->send(packet->packet.get());
    }
  }

  void watch_content(common::MonoTime now) {
    const bool broken = std::exchange(broken_, false);
    if (!content_) return;
    content_->look({picture_->plane(0), picture_->stride(0), picture_->width(), picture_->height()}, broken,
                   now);
  }

  // What is not decoded may be broken too.
  void note_lost() {
    const std::lock_guard lock(board().mutex);
    broken_ = broken_ || board().received.lost != lost_seen_;
    lost_seen_ = board().received.lost;
  }

  // One picture a second is enough.
  void glance(common::MonoTime now) {
    if (kind_->pace == Pace::Stored) {
      if (picture_) return;
      if (!next_) next_ = decode();
      if (next_) show_next();
      return;
    }
    note_lost();
    PacketPtr key = skip_to_present(now);
    if (!key) return;
    decoder_->begin_anew();
    decoder_->send(key.get());
    decoder_->send(nullptr);
    if (auto frame = decoder_->receive()) {
      next_ = std::move(frame);
      show_next();
    }
    decoder_->begin_anew();
  }

  // Nobody watches: what is not needed to begin now is thrown away. The key packet to begin with, when it is
  // another one than before.
  PacketPtr skip_to_present(common::MonoTime now) {
    if (!clock_->is_started() && !start_clock(now)) return nullptr;
    const std::lock_guard lock(board().mutex);
    PacketQueue& queue = board().queue;
    const bool other = queue.begin_at(clock_->time_at(now)) || !picture_;
    // One run of pictures that is larger than the queue: nobody can begin in the middle of it.
    if (queue.is_full()) queue.clear();
    set_playhead(now);
    const QueuedPacket* first = queue.front();
    if (!other || first == nullptr || !first->key) return nullptr;
    next_.reset();
    decoder_->begin_anew();
    return PacketPtr(av_packet_clone(first->packet.get()));
  }

  std::unique_ptr<Reader> reader_;
  const std::string where_;
  FramePainter painter_;
  std::shared_ptr<const VideoKind> kind_;
  std::unique_ptr<FrameDecoder> decoder_;
  std::optional<PlayClock> clock_;
  std::optional<DecodedFrame> next_;     // not due yet
  std::optional<DecodedFrame> current_;  // the last that was due
  bool fresh_ = false;                   // current_ is not painted yet
  bool shown_ = true;
  std::optional<nanoseconds> forgotten_;  // pictures up to here are not shown
  PicturePtr picture_;
  std::optional<common::MonoTime> picture_at_;
  std::optional<common::MonoTime> returning_;  // shown again since then, and behind the present still
  std::optional<ContentWatch> content_;        // the operator said that it matters
  bool broken_ = false;                        // since the last picture was painted
  std::uint64_t lost_seen_ = 0;
};

}  // namespace

common::Result<std::unique_ptr<Source>> open_received_source(const common::InputSettings& settings,
                                                             const CanvasSize& canvas,
                                                             std::shared_ptr<Leftovers> leftovers) {
  auto address = address_of(settings);
  if (!address) return address.error();
  auto reader = Reader::start(*address, std::move(leftovers));
  if (!reader) return reader.error();
  return std::unique_ptr<Source>(
      std::make_unique<ReceivedSource>(std::move(*reader), address->shown, canvas,
                                       common::content_limits(settings) != common::ContentTimes{}));
}

}  // namespace worker
