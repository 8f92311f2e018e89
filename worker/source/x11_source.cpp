#include "worker/source/x11_source.h"

#include <sys/socket.h>

#include <algorithm>
#include <optional>

#include "worker/display/x_connection.h"
#include "worker/picture/canvas.h"
#include "worker/picture/cursor.h"
#include "worker/source/pointer_layer.h"
#include "worker/source/screen_copy.h"

namespace worker {
namespace {

constexpr int depth_of_colours = 24;
constexpr int bits_per_pixel = 32;

// The pixels must be BGRX in memory; any desktop of this century is.
common::Result<void> check_pixels(const XConnection& connection) {
  const xcb_setup_t* setup = xcb_get_setup(connection.get());
  auto formats = xcb_setup_pixmap_formats_iterator(setup);
  bool known = false;
  for (; formats.rem > 0; xcb_format_next(&formats))
    known = known || (formats.data->depth == connection.screen().root_depth &&
                      formats.data->bits_per_pixel == bits_per_pixel);
  if (known && connection.screen().root_depth >= depth_of_colours &&
      setup->image_byte_order == XCB_IMAGE_ORDER_LSB_FIRST)
    return {};
  return common::error("display_depth: " + connection.name() + " has depth " +
                       std::to_string(connection.screen().root_depth) + "; run the X server with depth 24");
}

class X11Source : public Source {
 public:
  X11Source(XConnection connection, const common::InputSettings& settings, const CanvasSize& canvas,
            MonitorMemory& memory)
      : connection_(std::move(connection)),
        memory_(memory),
        follower_(connection_, settings, memory, [this](const auto& event) { copy_.notice(event); }),
        copy_(connection_, settings, memory, follower_),
        canvas_(canvas.width, canvas.height) {}

  // Takes note of what the server told since the last call. Error: no picture may or can be made.
  common::Result<void> follow() {
    const auto found = follower_.follow();
    if (!found) return found.error();
    if (*found && copy_.place(**found)) canvas_.reset();
    if (connection_.is_lost()) return connection_.lost_error();
    return {};
  }

  common::Result<std::shared_ptr<const Picture>> capture(common::Slot /*slot*/) override {
    for (int grabs = 1;; ++grabs) {
      const auto followed = follow();
      if (!followed) return followed.error();
      const auto round = copy_.look();
      if (connection_.is_lost()) return connection_.lost_error();
      if (!round && (round.error().reason.starts_with(frozen_tag) || grabs == grabs_max))
        return round.error();
      // The server tells of a change before it answers a grab that was made after it.
      if (round && !round->news) return paint(round->changed);
      copy_.forget();
      follower_.doubt();
      if (grabs == grabs_max) return follower_.restless();
    }
  }

  common::Result<void> check() override {
    const auto followed = follow();
    if (!followed) return followed;
    if (!connection_.answers()) return connection_.lost_error();
    return {};
  }

  SourceSigns signs() const override {
    SourceSigns signs;
    signs.damage_events = copy_.damage_events();
    signs.display_asleep = follower_.asleep();
    signs.display_locked = follower_.locked();
    signs.capture_mode = copy_.believes_damage() ? common::by_damage : common::by_comparing;
    return signs;
  }

  bool drill(const std::string& fault) override {
    if (fault != "xlost") return copy_.drill(fault);
    ::shutdown(xcb_get_file_descriptor(connection_.get()), SHUT_RDWR);
    return true;
  }

  std::vector<common::Message> take_messages() override { return std::exchange(memory_.messages, {}); }

 private:
  PointerLayer::Changes move_pointer() {
    PointerLayer::Pointer now;
    const PointerImage* pointer = copy_.pointer();
    if (pointer == nullptr) return {};
    const Rectangle& screen = copy_.grabber().area();
    if (const auto& at = pointer->place())
      now = {PointerLayer::Pointer::Place{at->x - screen.x, at->y - screen.y}, pointer->serial()};
    return layer_.move_to(now, pointer->image(), copy_.grabber().everything());
  }

  common::Result<std::shared_ptr<const Picture>> paint(std::vector<Rectangle> changed) {
    const auto [left, taken] = move_pointer();
    changed.insert(changed.end(), {left, taken});
    const Bgra screen = copy_.grabber().screen();
    std::optional<CursorOverlay> overlay;
    if (layer_.place() && !std::ranges::all_of(changed, &Rectangle::empty))
      overlay.emplace(copy_.grabber().pixels(), screen.stride, screen.width, screen.height,
                      copy_.pointer()->image(), layer_.place()->x, layer_.place()->y);
    return canvas_.paint(screen, changed);
  }

  XConnection connection_;
  MonitorMemory& memory_;
  ScreenFollower follower_;
  ScreenCopy copy_;
  Canvas canvas_;
  PointerLayer layer_;
};

}  // namespace

common::Result<std::unique_ptr<Source>> open_x11_source(const common::InputSettings& settings,
                                                        const CanvasSize& canvas, MonitorMemory& memory) {
  auto connection = XConnection::open(settings.display, settings.xauthority);
  if (!connection) MonitorWatch::forget(memory);
  if (!connection) return connection.error();
  const auto pixels = check_pixels(*connection);
  if (!pixels) return pixels.error();
  auto source = std::make_unique<X11Source>(std::move(*connection), settings, canvas, memory);
  const auto followed = source->follow();
  if (!followed) return followed.error();
  return std::unique_ptr<Source>(std::move(source));
}

}  // namespace worker
