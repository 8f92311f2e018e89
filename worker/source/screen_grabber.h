// Copies of one rectangle of an X screen, through memory shared with the X server: an anonymous file handed
// over (MIT-SHM 1.2), else a SysV segment, else the socket. Two buffers take turns, so a grab can be compared
// with the one before. One thread; a wait for the server may last as long as the server likes.
#pragma once

#include <xcb/shm.h>
#include <xcb/xcb.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "common/result.h"
#include "worker/picture/rectangle.h"

namespace worker {

class ScreenGrabber {
 public:
  // `area` lies inside the root window. Allocates both buffers. may_share: false is through the socket.
  ScreenGrabber(xcb_connection_t* connection, xcb_window_t root, const Rectangle& area,
                bool may_share = true);
  ~ScreenGrabber();
  ScreenGrabber(const ScreenGrabber&) = delete;
  ScreenGrabber& operator=(const ScreenGrabber&) = delete;

  // Asks for a grab into the older buffer; other requests may follow before `receive`.
  void request();
  // Waits for it. Error: the server refused (the screen changed), or is gone.
  common::Result<void> receive();

  Bgra latest() const { return view(latest_); }  // what was just received
  Bgra before() const { return view(1 - latest_); }
  std::uint8_t* latest_pixels() { return buffers_[latest_].pixels; }
  // A drill: from now on every grab is the one before, whatever the screen shows.
  void freeze() { frozen_ = true; }
  bool is_frozen() const { return frozen_; }
  // The next grab overwrites the one just received, not the one before: they are equal.
  void keep_before() { latest_ = 1 - latest_; }

  const Rectangle& area() const { return area_; }
  // "shared memory", "SysV shared memory" or "socket (slow)".
  const char* way() const;
  bool is_shared() const { return way_ != Way::Socket; }

 private:
  enum class Way { File, SysV, Socket };
  struct Buffer {
    std::uint8_t* pixels = nullptr;
    xcb_shm_seg_t segment = 0;
    std::vector<std::uint8_t> own;  // Way::Socket
  };
  bool share_file(Buffer& buffer);
  bool share_sysv(Buffer& buffer);
  bool share_both(Way way);
  void release(Buffer& buffer);
  common::Result<void> take();
  common::Result<void> receive_shared();
  common::Result<void> receive_copied();
  Bgra view(std::size_t index) const;
  std::size_t bytes() const;

  xcb_connection_t* connection_;
  xcb_window_t root_;
  Rectangle area_;
  Way way_ = Way::Socket;
  std::array<Buffer, 2> buffers_;
  std::size_t latest_ = 0;
  unsigned sequence_ = 0;
  bool frozen_ = false;
};

}  // namespace worker
