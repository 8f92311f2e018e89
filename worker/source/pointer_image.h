// The pointer of an X server: its image (fetched only when it changes, XFixes) and its place (asked for with
// every grab). One thread.
#pragma once

#include <xcb/xcb.h>

#include <optional>

#include "worker/picture/cursor.h"

namespace worker {

class PointerImage {
 public:
  PointerImage(xcb_connection_t* connection, xcb_window_t root);

  // false: the server has no XFixes and the pointer cannot be shown.
  bool is_available() const { return first_event_ != 0; }
  // Takes note of an event of the connection.
  void notice(const xcb_generic_event_t& event);

  // Asks for place and, when due, image; answers are taken by `receive`. false: the connection is lost.
  void request();
  bool receive();

  // The hot spot in root coordinates; nothing when the pointer is on another screen or has no image.
  struct Place {
    int x = 0;
    int y = 0;
  };
  const std::optional<Place>& place() const { return place_; }
  const CursorImage& image() const { return image_; }
  // Rises with every new image.
  unsigned serial() const { return serial_; }

 private:
  xcb_connection_t* connection_;
  xcb_window_t root_;
  std::uint8_t first_event_ = 0;
  bool image_due_ = true;
  bool image_asked_ = false;
  unsigned place_sequence_ = 0;
  unsigned image_sequence_ = 0;
  std::optional<Place> place_;
  CursorImage image_;
  unsigned serial_ = 0;
};

}  // namespace worker
