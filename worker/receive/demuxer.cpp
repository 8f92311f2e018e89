#include "worker/receive/demuxer.h"

#include <new>
#include <string_view>

namespace worker {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::int64_t ns_of(common::MonoTime time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

int wants_to_give_up(void* calls) {
  const auto& limit = *static_cast<const CallLimit*>(calls);
  return limit.is_cancelled() || limit.is_over(steady_clock::now()) ? 1 : 0;
}

// For the length of one call of libav.
class Call {
 public:
  Call(CallLimit& limit, milliseconds time) : limit_(limit) { limit_.begin(time); }
  ~Call() { limit_.end(); }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

 private:
  CallLimit& limit_;
};

std::string seconds(milliseconds time) {
  return time % std::chrono::seconds(1) == milliseconds(0) ? std::to_string(time.count() / 1000) + " s"
                                                           : std::to_string(time.count()) + " ms";
}

}  // namespace

void CallLimit::begin(milliseconds limit) {
  until_ns_ = ns_of(steady_clock::now() + limit);
}

bool CallLimit::is_over_by(milliseconds more, common::MonoTime now) const {
  const std::int64_t until = until_ns_;
  return until != 0 && ns_of(now - more) > until;
}

Demuxer::Demuxer(Address address, std::shared_ptr<CallLimit> calls)
    : address_(std::move(address)), calls_(std::move(calls)) {}

Demuxer::~Demuxer() {
  // It says goodbye to servers, which may not answer.
  const Call call(*calls_, std::chrono::seconds(1));
  avformat_close_input(&context_);
}

common::Result<std::unique_ptr<Demuxer>> Demuxer::open(const Address& address,
                                                       std::shared_ptr<CallLimit> calls) {
  std::unique_ptr<Demuxer> demuxer(new Demuxer(address, std::move(calls)));
  const auto opened = demuxer->connect();
  if (!opened) return opened.error();
  return demuxer;
}

common::Result<void> Demuxer::connect() {
  context_ = avformat_alloc_context();
  if (context_ == nullptr) throw std::bad_alloc();
  context_->interrupt_callback = {wants_to_give_up, calls_.get()};
  AvOptions options;
  for (const auto& [key, value] : address_.options) options.set(key.c_str(), value);
  const milliseconds limit = address_.open_time;
  const Call call(*calls_, limit);
  if (const int code =
          avformat_open_input(&context_, address_.target.c_str(), address_.format, options.get());
      code < 0)
    return refused(code, limit);
  if (const std::string unknown = options.unknown(); !unknown.empty())
    return common::error("input: " + address_.shown + ": options: nothing takes \"" +
                         unknown.substr(0, unknown.find('=')) + "\" here; take it out");
  if (const int code = avformat_find_stream_info(context_, nullptr); code < 0) return refused(code, limit);
  return choose_video();
}

common::Result<void> Demuxer::choose_video() {
  const std::string where = "input: " + address_.shown + ": ";
  const AVCodec* decoder = nullptr;
  index_ = av_find_best_stream(context_, AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0);
  if (index_ == AVERROR_STREAM_NOT_FOUND) return common::error(where + "there is no video in it");
  if (index_ == AVERROR_DECODER_NOT_FOUND || (index_ >= 0 && decoder == nullptr))
    return common::error(where + "its video is of a kind that libavcodec cannot decode");
  if (index_ < 0) return av_error("input: " + address_.shown, index_);
  for (unsigned i = 0; i < context_->nb_streams; ++i)
    if (static_cast<int>(i) != index_) context_->streams[i]->discard = AVDISCARD_ALL;
  return {};
}

common::Result<PacketPtr> Demuxer::read(milliseconds limit) {
  PacketPtr packet(av_packet_alloc());
  if (!packet) throw std::bad_alloc();
  const Call call(*calls_, limit);
  for (;;) {
    const int code = av_read_frame(context_, packet.get());
    if (code == AVERROR_EOF && !calls_->is_over(steady_clock::now())) return PacketPtr();
    if (code == AVERROR(EAGAIN) && wants_to_give_up(calls_.get()) == 0) continue;
    if (code < 0) return refused(code, limit);
    bytes_ += static_cast<std::uint64_t>(packet->size);
    if (packet->stream_index == index_) return packet;
    av_packet_unref(packet.get());
    if (wants_to_give_up(calls_.get()) != 0) return refused(AVERROR_EXIT, limit);
  }
}

double Demuxer::fps() const {
  const AVRational rate = video().avg_frame_rate.num > 0 ? video().avg_frame_rate : video().r_frame_rate;
  return rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
}

bool Demuxer::is_stored() const {
  return address_.file || context_->duration > 0;
}

bool Demuxer::is_segmented() const {
  const std::string_view name = context_->iformat->name;
  return name == "hls" || name == "dash";
}

common::Error Demuxer::refused(int code, milliseconds limit) const {
  const std::string where = "input: " + address_.shown;
  if (calls_->is_cancelled()) return common::error(where + " was closed");
  if (calls_->is_over(steady_clock::now()))
    return common::error(where + " did not answer within " + seconds(limit));
  return av_error(where, code);
}

}  // namespace worker
