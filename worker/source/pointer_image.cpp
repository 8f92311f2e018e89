#include "worker/source/pointer_image.h"

#include <xcb/xfixes.h>

#include "worker/display/x_connection.h"

namespace worker {
PointerImage::PointerImage(xcb_connection_t* connection, xcb_window_t root)
    : connection_(connection), root_(root) {
  const xcb_query_extension_reply_t* extension = xcb_get_extension_data(connection_, &xcb_xfixes_id);
  if (extension == nullptr || extension->present == 0) return;
  // The extension answers nothing before the version was asked for.
  const XcbOwned<xcb_xfixes_query_version_reply_t> version(xcb_xfixes_query_version_reply(
      connection_, xcb_xfixes_query_version(connection_, XCB_XFIXES_MAJOR_VERSION, XCB_XFIXES_MINOR_VERSION),
      nullptr));
  if (!version) return;
  first_event_ = extension->first_event;
  xcb_xfixes_select_cursor_input(connection_, root_, XCB_XFIXES_CURSOR_NOTIFY_MASK_DISPLAY_CURSOR);
}

void PointerImage::notice(const xcb_generic_event_t& event) {
  const int type = type_of(event);
  if (is_available() && type == first_event_ + XCB_XFIXES_CURSOR_NOTIFY) image_due_ = true;
}

void PointerImage::request() {
  if (!is_available()) return;
  place_sequence_ = xcb_query_pointer(connection_, root_).sequence;
  image_asked_ = image_due_;
  if (image_asked_) image_sequence_ = xcb_xfixes_get_cursor_image(connection_).sequence;
  image_due_ = false;
}

bool PointerImage::receive() {
  if (!is_available()) return true;
  const XcbOwned<xcb_query_pointer_reply_t> pointer(
      xcb_query_pointer_reply(connection_, {place_sequence_}, nullptr));
  if (image_asked_) {
    const XcbOwned<xcb_xfixes_get_cursor_image_reply_t> reply(
        xcb_xfixes_get_cursor_image_reply(connection_, {image_sequence_}, nullptr));
    image_ = {};
    if (reply) {
      const std::uint32_t* pixels = xcb_xfixes_get_cursor_image_cursor_image(reply.get());
      image_.width = reply->width;
      image_.height = reply->height;
      image_.hot_x = reply->xhot;
      image_.hot_y = reply->yhot;
      image_.pixels.assign(pixels, pixels + xcb_xfixes_get_cursor_image_cursor_image_length(reply.get()));
    }
    ++serial_;
  }
  if (!pointer) return false;
  place_.reset();
  if (pointer->same_screen != 0 && !image_.pixels.empty()) place_ = Place{pointer->root_x, pointer->root_y};
  return true;
}

}  // namespace worker
