#include "worker/source/screen_grabber.h"

#include <cstring>

#include "worker/display/x_connection.h"
#include "worker/picture/changes.h"

namespace worker {
namespace {

using Way = GrabMemory::Way;

common::Error grab_error(const xcb_generic_error_t* error) {
  if (error == nullptr) return common::error("the X server gave no answer to a grab");
  return common::error("the X server refused a grab (X error " + std::to_string(error->error_code) + ")");
}

}  // namespace

ScreenGrabber::ScreenGrabber(xcb_connection_t* connection, xcb_window_t root, const Rectangle& area,
                             Way first)
    : connection_(connection), root_(root), area_(area) {
  for (const Way way : {Way::File, Way::SysV, Way::Own}) {
    if (way < first) continue;
    way_ = way;
    copy_ = GrabMemory::make(connection_, bytes(), way);
    // Without shared memory a piece comes with its answer.
    if (copy_) scratch_ = GrabMemory::make(connection_, is_shared() ? bytes() : 0, way);
    if (copy_ && scratch_) return;
  }
}

std::size_t ScreenGrabber::bytes() const {
  return static_cast<std::size_t>(area_.pixels()) * 4;
}

Bgra ScreenGrabber::screen() const {
  return {copy_->pixels(), area_.width * 4, area_.width, area_.height};
}

void ScreenGrabber::request(std::span<const Rectangle> pieces) {
  std::size_t offset = 0;
  asked_.clear();
  for (const Rectangle& piece : pieces) {
    const auto x = static_cast<std::int16_t>(area_.x + piece.x);
    const auto y = static_cast<std::int16_t>(area_.y + piece.y);
    const auto width = static_cast<std::uint16_t>(piece.width);
    const auto height = static_cast<std::uint16_t>(piece.height);
    const unsigned sequence =
        is_shared()
            ? xcb_shm_get_image(connection_, root_, x, y, width, height, all_planes,
                                XCB_IMAGE_FORMAT_Z_PIXMAP, scratch_->segment(),
                                static_cast<std::uint32_t>(offset))
                  .sequence
            : xcb_get_image(connection_, XCB_IMAGE_FORMAT_Z_PIXMAP, root_, x, y, width, height, all_planes)
                  .sequence;
    asked_.push_back({piece, offset, sequence});
    offset += static_cast<std::size_t>(piece.pixels()) * 4;
  }
}

common::Result<std::vector<Rectangle>> ScreenGrabber::receive() {
  std::vector<Rectangle> changed;
  std::optional<common::Error> failed;
  // All answers have to be taken, whatever the first says.
  for (const Asked& asked : asked_) {
    const auto box = receive(asked);
    if (box) changed.push_back(*box);
    if (!box && !failed) failed = box.error();
  }
  asked_.clear();
  if (!failed) return changed;
  forget();
  return *failed;
}

common::Result<Rectangle> ScreenGrabber::receive(const Asked& asked) {
  return is_shared() ? receive_shared(asked) : receive_copied(asked);
}

common::Result<Rectangle> ScreenGrabber::receive_shared(const Asked& asked) {
  xcb_generic_error_t* refused = nullptr;
  const XcbOwned<xcb_shm_get_image_reply_t> reply(
      xcb_shm_get_image_reply(connection_, {asked.sequence}, &refused));
  const XcbOwned<xcb_generic_error_t> owned(refused);
  if (!reply) return grab_error(refused);
  const Rectangle& piece = asked.piece;
  return adopt(piece, {scratch_->pixels() + asked.offset, piece.width * 4, piece.width, piece.height});
}

common::Result<Rectangle> ScreenGrabber::receive_copied(const Asked& asked) {
  xcb_generic_error_t* refused = nullptr;
  const XcbOwned<xcb_get_image_reply_t> reply(xcb_get_image_reply(connection_, {asked.sequence}, &refused));
  const XcbOwned<xcb_generic_error_t> owned(refused);
  if (!reply) return grab_error(refused);
  const Rectangle& piece = asked.piece;
  if (xcb_get_image_data_length(reply.get()) < piece.pixels() * 4)
    return common::error("the X server sent less than the whole grab");
  return adopt(piece, {xcb_get_image_data(reply.get()), piece.width * 4, piece.width, piece.height});
}

Rectangle ScreenGrabber::adopt(const Rectangle& piece, const Bgra& now) {
  const bool whole = piece == everything();
  const bool first = whole && blank_;
  if (whole) blank_ = false;
  if (frozen_ && !first) return {};
  const Rectangle box =
      first ? Rectangle{0, 0, piece.width, piece.height} : changed_box(screen().part(piece), now);
  if (box.empty()) return {};
  // A whole grab becomes the copy as it is.
  if (whole && is_shared()) {
    std::swap(copy_, scratch_);
    return box;
  }
  const std::size_t row_bytes = static_cast<std::size_t>(box.width) * 4;
  const Rectangle place = box.moved(piece.x, piece.y);
  const Bgra to = screen().part(place);
  const Bgra from = now.part(box);
  for (int y = 0; y < box.height; ++y)
    std::memcpy(pixels() + (to.row(y) - screen().pixels), from.row(y), row_bytes);
  return place;
}

const char* ScreenGrabber::way() const {
  switch (way_) {
    case Way::File:
      return "shared memory";
    case Way::SysV:
      return "SysV shared memory";
    case Way::Own:
      break;
  }
  return "socket (slow)";
}

}  // namespace worker
