// Memory for grabs that the X server can write into, released with the object, and by the kernel when the
// process is killed: nothing outlives it. One thread; sharing waits for the server.
#pragma once

#include <xcb/shm.h>
#include <xcb/xcb.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace worker {

class GrabMemory {
 public:
  // An anonymous file handed to the server (MIT-SHM 1.2); a SysV segment; or only our own, for servers that
  // are far away or have no MIT-SHM.
  enum class Way { File, SysV, Own };

  // Nothing: the server does not take it. Own is always there; the connection outlives it.
  static std::optional<GrabMemory> make(xcb_connection_t* connection, std::size_t bytes, Way way);
  ~GrabMemory() { release(); }
  GrabMemory(GrabMemory&& other) noexcept { *this = std::move(other); }
  GrabMemory& operator=(GrabMemory&& other) noexcept;

  std::uint8_t* pixels() const { return pixels_; }
  xcb_shm_seg_t segment() const { return segment_; }  // 0: Own

 private:
  GrabMemory(xcb_connection_t* connection, std::size_t bytes, Way way)
      : connection_(connection), bytes_(bytes), way_(way) {}
  bool share_file();
  bool share_sysv();
  void release();

  xcb_connection_t* connection_ = nullptr;
  std::size_t bytes_ = 0;
  Way way_ = Way::Own;
  std::uint8_t* pixels_ = nullptr;
  xcb_shm_seg_t segment_ = 0;
  std::vector<std::uint8_t> own_;
};

}  // namespace worker
