#include "worker/encode/open_encoder.h"

#include "worker/encode/vaapi_encoder.h"
#include "worker/encode/x264_encoder.h"

namespace worker {

common::Result<std::unique_ptr<Encoder>> open_encoder(const std::string& name,
                                                      const EncoderSettings& settings) {
  if (name == "libx264") return open_x264_encoder(settings);
  if (name == "h264_vaapi") return open_vaapi_encoder(settings);
  return common::error("unknown encoder, known: libx264 h264_vaapi");
}

}  // namespace worker
