#include "worker/source/screen_grabber.h"

#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include <cstring>

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

common::Error grab_error(const xcb_generic_error_t* error) {
  if (error == nullptr) return common::error("the X server gave no answer to a grab");
  return common::error("the X server refused a grab (X error " + std::to_string(error->error_code) + ")");
}

}  // namespace

ScreenGrabber::ScreenGrabber(xcb_connection_t* connection, xcb_window_t root, const Rectangle& area,
                             bool may_share)
    : connection_(connection), root_(root), area_(area) {
  if (may_share && has_shm(connection_, 2) && share_both(Way::File)) return;
  if (may_share && has_shm(connection_, 0) && share_both(Way::SysV)) return;
  for (Buffer& buffer : buffers_) {
    buffer.own.resize(bytes());
    buffer.pixels = buffer.own.data();
  }
}

ScreenGrabber::~ScreenGrabber() {
  for (Buffer& buffer : buffers_) release(buffer);
}

std::size_t ScreenGrabber::bytes() const {
  return static_cast<std::size_t>(area_.width) * static_cast<std::size_t>(area_.height) * 4;
}

bool ScreenGrabber::share_both(Way way) {
  way_ = way;
  bool shared = true;
  for (Buffer& buffer : buffers_)
    shared = shared && (way == Way::File ? share_file(buffer) : share_sysv(buffer));
  if (shared) return true;
  for (Buffer& buffer : buffers_) release(buffer);
  way_ = Way::Socket;
  return false;
}

bool ScreenGrabber::share_file(Buffer& buffer) {
  common::UniqueFd file(memfd_create("screen", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file || ftruncate(file.get(), static_cast<off_t>(bytes())) != 0) return false;
  fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  void* memory = mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED) return false;
  buffer.pixels = static_cast<std::uint8_t*>(memory);
  const xcb_shm_seg_t segment = xcb_generate_id(connection_);
  if (!accepted(connection_, xcb_shm_attach_fd_checked(connection_, segment, file.release(), 0)))
    return false;
  buffer.segment = segment;
  return true;
}

bool ScreenGrabber::share_sysv(Buffer& buffer) {
  const int id = shmget(IPC_PRIVATE, bytes(), IPC_CREAT | 0600);
  if (id < 0) return false;
  void* memory = shmat(id, nullptr, 0);
  const bool attached = memory != reinterpret_cast<void*>(-1);
  const xcb_shm_seg_t segment = xcb_generate_id(connection_);
  const bool shared =
      attached &&
      accepted(connection_, xcb_shm_attach_checked(connection_, segment, static_cast<std::uint32_t>(id), 0));
  shmctl(id, IPC_RMID, nullptr);  // ends with the last of the two attachments, however they end
  if (attached) buffer.pixels = static_cast<std::uint8_t*>(memory);
  if (shared) buffer.segment = segment;
  return shared;
}

void ScreenGrabber::release(Buffer& buffer) {
  if (buffer.segment != 0) xcb_shm_detach(connection_, buffer.segment);
  if (buffer.pixels != nullptr && way_ == Way::File) munmap(buffer.pixels, bytes());
  if (buffer.pixels != nullptr && way_ == Way::SysV) shmdt(buffer.pixels);
  buffer = {};
}

void ScreenGrabber::request() {
  const auto x = static_cast<std::int16_t>(area_.x);
  const auto y = static_cast<std::int16_t>(area_.y);
  const auto width = static_cast<std::uint16_t>(area_.width);
  const auto height = static_cast<std::uint16_t>(area_.height);
  if (is_shared())
    sequence_ = xcb_shm_get_image(connection_, root_, x, y, width, height, all_planes,
                                  XCB_IMAGE_FORMAT_Z_PIXMAP, buffers_[1 - latest_].segment, 0)
                    .sequence;
  else
    sequence_ = xcb_get_image(connection_, XCB_IMAGE_FORMAT_Z_PIXMAP, root_, x, y, width, height, all_planes)
                    .sequence;
}

common::Result<void> ScreenGrabber::take() {
  return is_shared() ? receive_shared() : receive_copied();
}

common::Result<void> ScreenGrabber::receive() {
  const auto taken = take();
  if (taken && frozen_) std::memcpy(latest_pixels(), before().pixels, bytes());
  return taken;
}

common::Result<void> ScreenGrabber::receive_shared() {
  xcb_generic_error_t* refused = nullptr;
  const XcbOwned<xcb_shm_get_image_reply_t> reply(
      xcb_shm_get_image_reply(connection_, {sequence_}, &refused));
  const XcbOwned<xcb_generic_error_t> owned(refused);
  if (!reply) return grab_error(refused);
  latest_ = 1 - latest_;
  return {};
}

common::Result<void> ScreenGrabber::receive_copied() {
  xcb_generic_error_t* refused = nullptr;
  const XcbOwned<xcb_get_image_reply_t> reply(xcb_get_image_reply(connection_, {sequence_}, &refused));
  const XcbOwned<xcb_generic_error_t> owned(refused);
  if (!reply) return grab_error(refused);
  if (static_cast<std::size_t>(xcb_get_image_data_length(reply.get())) < bytes())
    return common::error("the X server sent less than the whole grab");
  latest_ = 1 - latest_;
  std::memcpy(buffers_[latest_].pixels, xcb_get_image_data(reply.get()), bytes());
  return {};
}

Bgra ScreenGrabber::view(std::size_t index) const {
  return {buffers_[index].pixels, area_.width * 4, area_.width, area_.height};
}

const char* ScreenGrabber::way() const {
  switch (way_) {
    case Way::File:
      return "shared memory";
    case Way::SysV:
      return "SysV shared memory";
    case Way::Socket:
      break;
  }
  return "socket (slow)";
}

}  // namespace worker
