#include "worker/picture/picture_shelf.h"

#include <algorithm>

namespace worker {

void PictureShelf::spoil(const Rectangle& area) {
  for (Sheet& sheet : sheets_) sheet.missing.add(area);
  changes_.add(area);
}

PictureShelf::Sheet& PictureShelf::take() {
  Sheet* best = nullptr;
  for (Sheet& sheet : sheets_) {
    // An encoder may hold the planes longer than the picture.
    const bool free = !sheet.out->load(std::memory_order_acquire) && sheet.picture->is_ours_alone();
    if (free && (best == nullptr || sheet.missing.pixels() < best->missing.pixels())) best = &sheet;
  }
  if (best != nullptr) return *best;
  // Whoever looks at the one that leaves the shelf keeps it.
  if (sheets_.size() == sheets_max) sheets_.erase(sheets_.begin());
  sheets_.push_back({Picture::make(width_, height_), {}, std::make_shared<std::atomic<bool>>(false)});
  sheets_.back().missing.add(everything());
  return sheets_.back();
}

std::shared_ptr<const Picture> PictureShelf::give(Sheet& sheet) {
  sheet.missing.clear();
  sheet.picture->continue_from(history_, changes_);
  changes_.clear();
  sheet.out->store(true, std::memory_order_relaxed);
  return {sheet.picture.get(), [picture = sheet.picture, out = sheet.out](const Picture*) {
            out->store(false, std::memory_order_release);
          }};
}

}  // namespace worker
