#include "worker/source/pointer_layer.h"

namespace worker {

PointerLayer::Changes PointerLayer::move_to(const Pointer& pointer, const CursorImage& image,
                                            const Rectangle& picture) {
  Pointer now = pointer;
  Rectangle area;
  if (now.place) area = cursor_area(image, now.place->x, now.place->y, picture.width, picture.height);
  // A pointer elsewhere is none, wherever it is and however it looks.
  if (area.empty()) now = {};
  if (now == shown_) return {};
  const Changes changes{area_, area};
  shown_ = now;
  area_ = area;
  return changes;
}

}  // namespace worker
