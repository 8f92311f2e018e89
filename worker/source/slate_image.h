// An image file as a picture of the canvas: PNG or JPEG, letterboxed. Files are bounded in bytes and pixels,
// so that a wrong one costs neither memory nor time.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/result.h"
#include "worker/picture/picture.h"
#include "worker/source/source.h"

namespace worker {

inline constexpr std::size_t image_bytes_max = 16u << 20;
inline constexpr std::int64_t image_pixels_max = 7680 * 4320;

// Blocks on the file. Error: "slate image FILE: what is wrong".
common::Result<std::shared_ptr<const Picture>> load_image(const std::string& path, const CanvasSize& canvas);

// An image that is loaded on a thread of its own, which is left behind when the file system does not answer.
class SlateImage {
 public:
  SlateImage(const std::string& path, const CanvasSize& canvas);
  // Null until it is loaded, and for ever when it is no good. Any thread.
  std::shared_ptr<const Picture> picture() const;
  // Why it is no good, once; else empty.
  std::string take_error();

 private:
  struct Shared {
    std::mutex mutex;
    std::shared_ptr<const Picture> picture;
    std::string error;
  };
  std::shared_ptr<Shared> shared_;
};

}  // namespace worker
