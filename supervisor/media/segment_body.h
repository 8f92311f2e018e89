// The bytes of one segment (or init segment): append-only while the segment is open, closed against every
// change when it is closed, sent with sendfile(2). A memfd of ours, sealed by the kernel; or, so that a
// successor of this process can go on with it, a body of a BodyPlace: a memfd as well, or a file, which
// cannot be sealed (fcntl(2), F_ADD_SEALS) and is only made read-only. The worker never has this descriptor:
// bytes that were published cannot change (timeline.md, "Bytes"). Event-loop thread; readers in the kernel
// may run meanwhile. Errors: EMFILE, ENFILE or ENOMEM of memfd_create and pwrite, as values; a place that
// fails is left for memory, and kept() says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/result.h"
#include "common/unique_fd.h"
#include "supervisor/media/body_place.h"

namespace supervisor {

class SegmentBody {
 public:
  static constexpr std::size_t size_max = 256u << 20;  // bytes: no segment of any sane setting comes near

  // An empty body; `name` is seen in /proc/self/fd and in nothing else.
  static common::Result<std::shared_ptr<SegmentBody>> create(const char* name = "segment");
  // The same in `place` (null: as above), or in memory when the place fails.
  static common::Result<std::shared_ptr<SegmentBody>> create_in(BodyPlace* place, const std::string& name);
  // What a former process wrote: its first `size` bytes; what lies beyond was never published. An error when
  // it is no regular file or shorter.
  static common::Result<std::shared_ptr<SegmentBody>> adopt(common::UniqueFd fd, std::size_t size);
  // A sealed body that holds `bytes`.
  static common::Result<std::shared_ptr<SegmentBody>> of(std::span<const std::uint8_t> bytes,
                                                         const char* name = "init");

  // All of `bytes` at the end, or an error and no change that a reader can see: size() moves only when all
  // were written. Refused once sealed.
  common::Result<void> append(std::span<const std::uint8_t> bytes);
  // No byte changes from here on. Idempotent.
  common::Result<void> seal();

  std::size_t size() const { return size_; }
  int fd() const { return fd_.get(); }
  bool sealed() const { return sealed_; }
  // It outlives this process.
  bool kept() const { return kept_; }
  // For tests and for the mirror: the bytes of a range, shorter when the body ends before.
  std::vector<std::uint8_t> read(std::size_t offset, std::size_t size) const;

 private:
  explicit SegmentBody(common::UniqueFd fd) : fd_(std::move(fd)) {}
  common::Result<void> write(std::span<const std::uint8_t> bytes);
  bool move_to_memory();

  common::UniqueFd fd_;
  std::size_t size_ = 0;
  bool sealed_ = false;
  bool kept_ = false;
};

}  // namespace supervisor
