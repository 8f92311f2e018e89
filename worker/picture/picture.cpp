#include "worker/picture/picture.h"

#include <atomic>
#include <mutex>
#include <new>
#include <vector>

extern "C" {
#include <libavutil/buffer.h>
#include <libavutil/imgutils.h>
}

namespace worker {
namespace {

constexpr int plane_align = 64;
// Planes of one size for each canvas; a worker has one canvas, tests have a few.
constexpr std::size_t pools_max = 8;

struct SizedPool {
  int width = 0;
  int height = 0;
  AVBufferPool* pool = nullptr;
};

std::uint64_t next_serial() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

AVBufferPool* make_pool(int width, int height) {
  const int bytes = av_image_get_buffer_size(AV_PIX_FMT_YUV420P, width, height, plane_align);
  if (bytes < 0) throw std::bad_alloc();
  return av_buffer_pool_init(static_cast<std::size_t>(bytes) + plane_align, nullptr);
}

// The memory of returned pictures is used again by whoever asks next, on any thread.
AVBufferRef* take_memory(int width, int height) {
  // Never destroyed: a capture thread that is stuck in a call may come back while the process ends.
  static auto& mutex = *new std::mutex;
  static auto& pools = *new std::vector<SizedPool>;
  const std::lock_guard lock(mutex);
  for (const SizedPool& sized : pools)
    if (sized.width == width && sized.height == height) return av_buffer_pool_get(sized.pool);
  if (pools.size() == pools_max) {
    av_buffer_pool_uninit(&pools.front().pool);
    pools.erase(pools.begin());
  }
  pools.push_back({width, height, make_pool(width, height)});
  return av_buffer_pool_get(pools.back().pool);
}

}  // namespace

Picture::Picture(AVFrame* frame) : frame_(frame), serial_(next_serial()) {}

std::shared_ptr<Picture> Picture::make(int width, int height) {
  AVFrame* frame = av_frame_alloc();
  if (frame == nullptr) throw std::bad_alloc();
  std::shared_ptr<Picture> picture(new Picture(frame));
  frame->buf[0] = take_memory(width, height);
  if (frame->buf[0] == nullptr) throw std::bad_alloc();
  frame->format = AV_PIX_FMT_YUV420P;
  frame->width = width;
  frame->height = height;
  frame->colorspace = picture_matrix;
  frame->color_primaries = picture_primaries;
  frame->color_trc = picture_transfer;
  frame->color_range = picture_range;
  if (av_image_fill_arrays(frame->data, frame->linesize, frame->buf[0]->data, AV_PIX_FMT_YUV420P, width,
                           height, plane_align) < 0)
    throw std::bad_alloc();
  return picture;
}

Picture::~Picture() {
  av_frame_free(&frame_);
}

bool Picture::is_ours_alone() const {
  return av_buffer_get_ref_count(frame_->buf[0]) == 1;
}

DirtyArea Picture::changes_since(std::uint64_t serial) const {
  if (serial == serial_) return {};
  if (auto known = history_.since(serial)) return *known;
  DirtyArea whole;
  whole.add({0, 0, width(), height()});
  return whole;
}

void Picture::continue_from(ChangeHistory& history, const DirtyArea& changes) {
  serial_ = next_serial();
  history.add(serial_, changes);
  history_ = history;
}

}  // namespace worker
