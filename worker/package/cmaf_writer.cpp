#include "worker/package/cmaf_writer.h"

#include <cstring>

extern "C" {
#include <libavutil/mem.h>
}

namespace worker {
namespace {

constexpr int io_buffer_bytes = 64 << 10;
// frag_discont: decode times continue at the first pts instead of starting at 0 (timeline.md).
constexpr const char* mov_flags = "+frag_custom+empty_moov+default_base_moof+cmaf+frag_discont+skip_trailer";

// Output of the muxer, collected in memory.
class MemoryOutput {
 public:
  MemoryOutput() {
    auto* buffer = static_cast<unsigned char*>(av_malloc(io_buffer_bytes));
    context_ = avio_alloc_context(buffer, io_buffer_bytes, 1, &bytes_, nullptr, write, nullptr);
    if (context_ == nullptr) av_free(buffer);
  }
  MemoryOutput(const MemoryOutput&) = delete;
  MemoryOutput& operator=(const MemoryOutput&) = delete;
  ~MemoryOutput() {
    if (context_ != nullptr) av_freep(&context_->buffer);
    avio_context_free(&context_);
  }
  AVIOContext* context() { return context_; }
  Bytes take() {
    avio_flush(context_);
    return std::exchange(bytes_, {});
  }

 private:
  static int write(void* opaque, std::uint8_t* data, int size) {
    auto& bytes = *static_cast<Bytes*>(opaque);
    bytes.insert(bytes.end(), data, data + size);
    return size;
  }
  Bytes bytes_;
  AVIOContext* context_ = nullptr;
};

struct FreeFormat {
  void operator()(AVFormatContext* context) const { avformat_free_context(context); }
};

class LibavCmafWriter final : public CmafWriter {
 public:
  common::Result<void> start(const TrackFormat& format);
  const Bytes& init() const override { return init_; }
  common::Result<void> add(const AccessUnit& access_unit, std::int64_t pts, std::int64_t duration) override;
  common::Result<Bytes> take_part() override;

 private:
  common::Result<void> describe(const TrackFormat& format);

  MemoryOutput output_;  // outlives the muxer
  std::unique_ptr<AVFormatContext, FreeFormat> muxer_;
  PacketPtr packet_{av_packet_alloc()};
  Bytes init_;
};

common::Result<void> LibavCmafWriter::describe(const TrackFormat& format) {
  AVStream* stream = avformat_new_stream(muxer_.get(), nullptr);
  if (stream == nullptr || output_.context() == nullptr) return common::error("mp4: out of memory");
  AVCodecParameters& codec = *stream->codecpar;
  codec.codec_type = AVMEDIA_TYPE_VIDEO;
  codec.codec_id = AV_CODEC_ID_H264;
  codec.width = format.width;
  codec.height = format.height;
  codec.format = AV_PIX_FMT_YUV420P;
  codec.sample_aspect_ratio = {1, 1};
  stream->sample_aspect_ratio = {1, 1};
  stream->time_base = {1, format.timescale};
  stream->avg_frame_rate = {format.fps, 1};
  codec.extradata =
      static_cast<std::uint8_t*>(av_mallocz(format.avc_config.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (codec.extradata == nullptr) return common::error("mp4: out of memory");
  std::memcpy(codec.extradata, format.avc_config.data(), format.avc_config.size());
  codec.extradata_size = static_cast<int>(format.avc_config.size());
  return {};
}

common::Result<void> LibavCmafWriter::start(const TrackFormat& format) {
  AVFormatContext* raw = nullptr;
  const int allocated = avformat_alloc_output_context2(&raw, nullptr, "mp4", nullptr);
  muxer_.reset(raw);
  if (allocated < 0) return av_error("mp4", allocated);
  if (const auto described = describe(format); !described) return described.error();
  muxer_->pb = output_.context();
  muxer_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
  muxer_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
  AvOptions options;
  options.set("movflags", mov_flags);
  options.set("use_editlist", "0");
  options.set("video_track_timescale", std::to_string(format.timescale));
  const int code = avformat_write_header(muxer_.get(), options.get());
  if (code < 0) return av_error("mp4 header", code);
  if (const std::string left = options.unknown(); !left.empty())
    return common::error("mp4: refused option " + left);
  init_ = output_.take();
  return {};
}

common::Result<void> LibavCmafWriter::add(const AccessUnit& access_unit, std::int64_t pts,
                                          std::int64_t duration) {
  // Not reference counted: the muxer copies what it keeps.
  packet_->data = const_cast<std::uint8_t*>(access_unit.bytes.data());
  packet_->size = static_cast<int>(access_unit.bytes.size());
  packet_->pts = pts;
  packet_->dts = pts;
  packet_->duration = duration;
  packet_->flags = access_unit.key ? AV_PKT_FLAG_KEY : 0;
  packet_->stream_index = 0;
  const int code = av_write_frame(muxer_.get(), packet_.get());
  av_packet_unref(packet_.get());
  if (code < 0) return av_error("mp4", code);
  return {};
}

common::Result<Bytes> LibavCmafWriter::take_part() {
  const int code = av_write_frame(muxer_.get(), nullptr);
  if (code < 0) return av_error("mp4 part", code);
  Bytes part = output_.take();
  if (part.empty()) return common::error("mp4 part: empty");
  return part;
}

}  // namespace

common::Result<std::unique_ptr<CmafWriter>> CmafWriter::open(const TrackFormat& format) {
  auto writer = std::make_unique<LibavCmafWriter>();
  if (const auto started = writer->start(format); !started) return started.error();
  return std::unique_ptr<CmafWriter>(std::move(writer));
}

}  // namespace worker
