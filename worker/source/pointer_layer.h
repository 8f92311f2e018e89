// What of the pointer shows in the picture, and what of the picture changes by it: where it was and where it
// is. Pure.
#pragma once

#include <optional>

#include "worker/picture/cursor.h"
#include "worker/picture/rectangle.h"

namespace worker {

class PointerLayer {
 public:
  // The pointer now. `serial` rises with every new image; place: of its hot spot, in coordinates of the
  // picture; nothing: it is not to be seen.
  struct Pointer {
    struct Place {
      int x = 0;
      int y = 0;
      friend bool operator==(const Place&, const Place&) = default;
    };
    std::optional<Place> place;
    unsigned serial = 0;
    friend bool operator==(const Pointer&, const Pointer&) = default;
  };

  // `picture` starts at 0,0. Returns what changed since the call before: the rectangles it left and took;
  // both empty when nothing did.
  struct Changes {
    Rectangle left;
    Rectangle taken;
  };
  Changes move_to(const Pointer& pointer, const CursorImage& image, const Rectangle& picture);

  // Where to blend the image; nothing: nowhere.
  const std::optional<Pointer::Place>& place() const { return shown_.place; }

 private:
  Pointer shown_;
  Rectangle area_;
};

}  // namespace worker
