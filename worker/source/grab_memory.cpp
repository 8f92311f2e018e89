#include "worker/source/grab_memory.h"

#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include <utility>

#include "common/unique_fd.h"
#include "worker/display/x_connection.h"

namespace worker {
namespace {

bool has_shm(xcb_connection_t* connection, int minor) {
  const xcb_query_extension_reply_t* extension = xcb_get_extension_data(connection, &xcb_shm_id);
  if (extension == nullptr || extension->present == 0) return false;
  const XcbOwned<xcb_shm_query_version_reply_t> version(
      xcb_shm_query_version_reply(connection, xcb_shm_query_version(connection), nullptr));
  return version && (version->major_version > 1 || version->minor_version >= minor);
}

bool accepted(xcb_connection_t* connection, xcb_void_cookie_t cookie) {
  const XcbOwned<xcb_generic_error_t> refused(xcb_request_check(connection, cookie));
  return !refused && xcb_connection_has_error(connection) == 0;
}

}  // namespace

std::optional<GrabMemory> GrabMemory::make(xcb_connection_t* connection, std::size_t bytes, Way way) {
  GrabMemory made(connection, bytes, way);
  if (way == Way::File && !(has_shm(connection, 2) && made.share_file())) return std::nullopt;
  if (way == Way::SysV && !(has_shm(connection, 0) && made.share_sysv())) return std::nullopt;
  if (way == Way::Own) made.own_.resize(bytes);
  if (way == Way::Own) made.pixels_ = made.own_.data();
  return made;
}

GrabMemory& GrabMemory::operator=(GrabMemory&& other) noexcept {
  std::swap(connection_, other.connection_);
  std::swap(bytes_, other.bytes_);
  std::swap(way_, other.way_);
  std::swap(pixels_, other.pixels_);
  std::swap(segment_, other.segment_);
  own_.swap(other.own_);
  return *this;
}

bool GrabMemory::share_file() {
  common::UniqueFd file(memfd_create("screen", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file || ftruncate(file.get(), static_cast<off_t>(bytes_)) != 0) return false;
  fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED) return false;
  pixels_ = static_cast<std::uint8_t*>(memory);
  const xcb_shm_seg_t segment = xcb_generate_id(connection_);
  if (!accepted(connection_, xcb_shm_attach_fd_checked(connection_, segment, file.release(), 0)))
    return false;
  segment_ = segment;
  return true;
}

bool GrabMemory::share_sysv() {
  const int id = shmget(IPC_PRIVATE, bytes_, IPC_CREAT | 0600);
  if (id < 0) return false;
  void* memory = shmat(id, nullptr, 0);
  // Linux lets the server attach what is marked already: a worker that is killed now leaves nothing behind.
  shmctl(id, IPC_RMID, nullptr);
  if (memory == reinterpret_cast<void*>(-1)) return false;
  pixels_ = static_cast<std::uint8_t*>(memory);
  const xcb_shm_seg_t segment = xcb_generate_id(connection_);
  if (!accepted(connection_, xcb_shm_attach_checked(connection_, segment, static_cast<std::uint32_t>(id), 0)))
    return false;
  segment_ = segment;
  return true;
}

void GrabMemory::release() {
  if (segment_ != 0) xcb_shm_detach(connection_, segment_);
  if (pixels_ != nullptr && way_ == Way::File) munmap(pixels_, bytes_);
  if (pixels_ != nullptr && way_ == Way::SysV) shmdt(pixels_);
  segment_ = 0;
  pixels_ = nullptr;
}

}  // namespace worker
