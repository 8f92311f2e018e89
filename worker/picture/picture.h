// One picture on its way from a source to the encoder: planar I420 of the size of the output canvas,
// immutable once published. Shared by pointer between the source's thread and the media thread: whoever holds
// the pointer may read it from any thread. The planes come from a pool for each size, so a steady stream
// allocates nothing.
//
// Colours: limited range, matrix BT.601, because libyuv's fast BGRA to I420 conversion knows no other;
// primaries and transfer are those of a desktop. Every source paints this way, and the encoder must signal
// the constants below.
#pragma once

#include <cstdint>
#include <memory>

#include "worker/picture/change_history.h"

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixfmt.h>
}

namespace worker {

inline constexpr AVColorSpace picture_matrix = AVCOL_SPC_SMPTE170M;  // BT.601
inline constexpr AVColorPrimaries picture_primaries = AVCOL_PRI_BT709;
inline constexpr AVColorTransferCharacteristic picture_transfer = AVCOL_TRC_BT709;
inline constexpr AVColorRange picture_range = AVCOL_RANGE_MPEG;

class Picture {
 public:
  // A new, unshared picture of even width and height; throws std::bad_alloc. Planes are 64-byte aligned.
  static std::shared_ptr<Picture> make(int width, int height);
  ~Picture();
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;

  int width() const { return frame_->width; }
  int height() const { return frame_->height; }
  std::uint8_t* plane(int index) { return frame_->data[index]; }
  const std::uint8_t* plane(int index) const { return frame_->data[index]; }
  int stride(int index) const { return frame_->linesize[index]; }
  // For the encoder, which takes a new reference (av_frame_ref), never writes into it.
  const AVFrame* frame() const { return frame_; }
  // No encoder has such a reference at present.
  bool is_ours_alone() const;

  // Of what it shows: no two pictures that were published have the same one, of whatever source. From 1.
  std::uint64_t serial() const { return serial_; }
  // Where it differs from the picture that had this serial: rectangles of even edges, in pixels of luma, that
  // leave out no pixel that differs, and may hold others. Empty: it is the same picture. The whole: nothing
  // is known of that one: it is of another source, of none, or more than ChangeHistory::steps_max ago.
  DirtyArea changes_since(std::uint64_t serial) const;
  // For who painted it, before it is published: what it shows is new, and differs from the last that was
  // added to `history` by `changes` (even edges) at most. Adds it there.
  void continue_from(ChangeHistory& history, const DirtyArea& changes);

 private:
  explicit Picture(AVFrame* frame);
  AVFrame* frame_;
  std::uint64_t serial_;
  ChangeHistory history_;  // up to this picture
};

}  // namespace worker
