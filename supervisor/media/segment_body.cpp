#include "supervisor/media/segment_body.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace supervisor {

common::Result<std::shared_ptr<SegmentBody>> SegmentBody::create(const char* name) {
  common::UniqueFd fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return common::errno_error("cannot create memory for a segment", errno);
  return std::shared_ptr<SegmentBody>(new SegmentBody(std::move(fd)));
}

common::Result<std::shared_ptr<SegmentBody>> SegmentBody::create_in(BodyPlace* place,
                                                                    const std::string& name) {
  if (place == nullptr) return create();
  auto fd = place->create(name);
  if (!fd) return create();
  std::shared_ptr<SegmentBody> body(new SegmentBody(std::move(*fd)));
  body->kept_ = true;
  return body;
}

common::Result<std::shared_ptr<SegmentBody>> SegmentBody::adopt(common::UniqueFd fd, std::size_t size) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return common::error("a kept segment is not a file");
  }
  if (size > size_max || static_cast<std::uint64_t>(status.st_size) < size) {
    return common::error("a kept segment has " + std::to_string(status.st_size) + " bytes, " +
                         std::to_string(size) + " were published");
  }
  std::shared_ptr<SegmentBody> body(new SegmentBody(std::move(fd)));
  body->size_ = size;
  body->kept_ = true;
  return body;
}

common::Result<std::shared_ptr<SegmentBody>> SegmentBody::of(std::span<const std::uint8_t> bytes,
                                                             const char* name) {
  auto body = create(name);
  if (!body) return body;
  if (auto appended = (*body)->append(bytes); !appended) return appended.error();
  if (auto sealed = (*body)->seal(); !sealed) return sealed.error();
  return body;
}

common::Result<void> SegmentBody::append(std::span<const std::uint8_t> bytes) {
  if (sealed_) return common::error("the segment is sealed: nothing can be appended");
  if (bytes.size() > size_max - size_) {
    return common::error("a segment may hold at most " + std::to_string(size_max) + " bytes");
  }
  auto written = write(bytes);
  // A place that is full or gone must not cost viewers their part.
  if (!written && kept_ && move_to_memory()) written = write(bytes);
  if (!written) return written;
  size_ += bytes.size();
  return {};
}

// dup2 keeps the number of the descriptor: who reads through it reads the copy from now on.
bool SegmentBody::move_to_memory() {
  const common::UniqueFd memory(::memfd_create("segment", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory) return false;
  const auto bytes = read(0, size_);
  if (bytes.size() != size_) return false;
  SegmentBody copy{common::UniqueFd(::fcntl(memory.get(), F_DUPFD_CLOEXEC, 0))};
  if (!copy.fd_ || !copy.write(bytes)) return false;
  if (::dup3(memory.get(), fd_.get(), O_CLOEXEC) < 0) return false;
  kept_ = false;
  return true;
}

common::Result<void> SegmentBody::write(std::span<const std::uint8_t> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n =
        ::pwrite(fd_.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(size_ + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return common::errno_error("cannot write a part into memory", errno);
    done += static_cast<std::size_t>(n);
  }
  return {};
}

common::Result<void> SegmentBody::seal() {
  if (sealed_) return {};
  // Bytes of an append that failed half-way lie beyond size_: nobody was told of them, and nobody will be.
  struct stat status {};
  const bool exact = ::fstat(fd_.get(), &status) == 0 && status.st_size == static_cast<off_t>(size_);
  if (!exact && ::ftruncate(fd_.get(), static_cast<off_t>(size_)) != 0) {
    return common::errno_error("cannot cut a segment to its size", errno);
  }
  // Not F_SEAL_WRITE: while a page is on its way to a viewer (sendfile) the kernel waits for it, up to 150 ms
  // on the event loop (mm/memfd.c, memfd_wait_for_pins; seen). FUTURE_WRITE refuses the same writes at once;
  // what it would still allow, a writable mapping from before, does not exist here.
  constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
  if (::fcntl(fd_.get(), F_ADD_SEALS, seals) != 0) {
    const int number = errno;
    const bool has_all = (::fcntl(fd_.get(), F_GET_SEALS) & seals) == seals;  // of a former process
    const bool is_file = kept_ && ::fchmod(fd_.get(), S_IRUSR) == 0;
    if (!has_all && !is_file) return common::errno_error("cannot seal a segment", number);
  }
  sealed_ = true;
  return {};
}

std::vector<std::uint8_t> SegmentBody::read(std::size_t offset, std::size_t size) const {
  std::vector<std::uint8_t> bytes(offset >= size_ ? 0 : std::min(size, size_ - offset));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n =
        ::pread(fd_.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace supervisor
