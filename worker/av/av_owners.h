// Owners of libav objects and the words for its errors. Nothing here knows about the stream; every room of
// the worker that calls libav uses these instead of naked pointers. Any thread.
#pragma once

#include <memory>
#include <string>

#include "common/result.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/buffer.h>
#include <libavutil/dict.h>
#include <libavutil/frame.h>
}

namespace worker {

struct FreeAv {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  void operator()(AVBufferRef* buffer) const { av_buffer_unref(&buffer); }
};

using FramePtr = std::unique_ptr<AVFrame, FreeAv>;
using PacketPtr = std::unique_ptr<AVPacket, FreeAv>;
using CodecPtr = std::unique_ptr<AVCodecContext, FreeAv>;
using BufferPtr = std::unique_ptr<AVBufferRef, FreeAv>;

// Options for avcodec_open2 and avformat_write_header; what the callee did not know is left in it.
class AvOptions {
 public:
  AvOptions() = default;
  AvOptions(const AvOptions&) = delete;
  AvOptions& operator=(const AvOptions&) = delete;
  ~AvOptions() { av_dict_free(&dictionary_); }

  void set(const char* key, const std::string& value) { av_dict_set(&dictionary_, key, value.c_str(), 0); }
  AVDictionary** get() { return &dictionary_; }
  // The first option nobody took, as "key=value"; empty when all were.
  std::string unknown() const;

 private:
  AVDictionary* dictionary_ = nullptr;
};

// "what: Invalid argument", from an AVERROR code.
common::Error av_error(const std::string& what, int code);

}  // namespace worker
