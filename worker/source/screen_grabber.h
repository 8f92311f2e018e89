// A copy of one rectangle of an X screen, kept up to date piece by piece: asks the server for pieces,
// compares each with the copy, and takes over what differs. All pieces of a round travel together. One
// thread; a wait for the server may last as long as the server likes.
#pragma once

#include <xcb/xcb.h>

#include <optional>
#include <span>
#include <vector>

#include "common/result.h"
#include "worker/picture/rectangle.h"
#include "worker/source/grab_memory.h"

namespace worker {

class ScreenGrabber {
 public:
  // `area` lies inside the root window. first: the best way to be tried; those after it are tried too.
  ScreenGrabber(xcb_connection_t* connection, xcb_window_t root, const Rectangle& area,
                GrabMemory::Way first = GrabMemory::Way::File);

  // Asks for pieces, in coordinates of the area and inside it, together of no more pixels than it has: the
  // whole comes alone. Other requests may follow before `receive`.
  void request(std::span<const Rectangle> pieces);
  // Waits for them. For each piece the smallest rectangle around what differed from the copy before; empty:
  // nothing did. Error: the server refused one (the screen changed), or is gone; the copy is forgotten.
  common::Result<std::vector<Rectangle>> receive();

  // The copy; mixed while it is_blank().
  Bgra screen() const;
  std::uint8_t* pixels() { return copy_->pixels(); }
  // The copy is worth nothing: the next whole piece differs everywhere. Blank at first.
  void forget() { blank_ = true; }
  bool is_blank() const { return blank_; }
  // A drill: from now on no piece differs, whatever the screen shows.
  void freeze() { frozen_ = true; }
  bool is_frozen() const { return frozen_; }

  const Rectangle& area() const { return area_; }
  Rectangle everything() const { return {0, 0, area_.width, area_.height}; }
  // "shared memory", "SysV shared memory" or "socket (slow)".
  const char* way() const;
  bool is_shared() const { return way_ != GrabMemory::Way::Own; }

 private:
  struct Asked {
    Rectangle piece;
    std::size_t offset = 0;  // of its pixels, without padding, in the scratch memory
    unsigned sequence = 0;
  };
  common::Result<Rectangle> receive(const Asked& asked);
  common::Result<Rectangle> receive_shared(const Asked& asked);
  common::Result<Rectangle> receive_copied(const Asked& asked);
  Rectangle adopt(const Rectangle& piece, const Bgra& now);
  std::size_t bytes() const;

  xcb_connection_t* connection_;
  xcb_window_t root_;
  Rectangle area_;
  GrabMemory::Way way_ = GrabMemory::Way::Own;
  std::optional<GrabMemory> copy_;
  std::optional<GrabMemory> scratch_;  // where the server writes
  std::vector<Asked> asked_;
  bool blank_ = true;
  bool frozen_ = false;
};

}  // namespace worker
