#include "worker/source/x11_source.h"

#include <sys/socket.h>

#include <array>
#include <optional>

#include "worker/display/x_connection.h"
#include "worker/picture/canvas.h"
#include "worker/picture/changes.h"
#include "worker/picture/cursor.h"
#include "worker/source/damage_watch.h"
#include "worker/source/freeze_suspicion.h"
#include "worker/source/pointer_image.h"
#include "worker/source/screen_grabber.h"
#include "worker/source/screen_rest.h"
#include "worker/source/second_look.h"

namespace worker {
namespace {

using std::chrono::steady_clock;

constexpr int depth_of_colours = 24;
constexpr int bits_per_pixel = 32;
// A screen that changes just between the two looks proves nothing: that must happen so many times in a row.
constexpr int second_looks = 3;
// Frozen so often through shared memory: from then on through the socket.
constexpr int frozen_shared_max = 2;

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
        settings_(settings),
        memory_(memory),
        watch_(connection_, settings, memory),
        damage_(connection_.get(), connection_.screen().root),
        rest_(connection_, settings),
        canvas_(canvas.width, canvas.height) {
    if (!damage_.is_available())
      note("info", "no DAMAGE: a frozen capture cannot be told from a quiet desktop");
    if (settings.cursor) pointer_.emplace(connection_.get(), connection_.screen().root);
    if (pointer_ && !pointer_->is_available()) note("warn", "no XFIXES: the pointer is not shown");
  }

  // Takes note of what the server told since the last call. Error: no picture may or can be made.
  common::Result<void> follow() {
    take_events();
    if (changed_) {
      const auto placed = place();
      if (!placed) return placed;
    }
    const auto shown = rest_.obey(steady_clock::now());
    if (connection_.is_lost()) return connection_.lost_error();
    return shown;
  }

  // Looks where the monitor is; a new rectangle means new buffers.
  common::Result<void> place() {
    changed_ = false;
    const auto area = watch_.find();
    if (connection_.is_lost()) return connection_.lost_error();
    if (!area) return area.error();
    if (grabber_ && grabber_->area() == *area) return {};
    grabber_.emplace(connection_.get(), connection_.screen().root, *area, memory_.frozen < frozen_shared_max);
    if (connection_.is_lost()) return connection_.lost_error();
    damage_.set_area(*area);
    suspicion_.clear();
    canvas_.reset();
    fresh_ = true;
    note(grabber_->is_shared() ? "info" : "warn",
         "capturing " + std::to_string(area->width) + "x" + std::to_string(area->height) + "+" +
             std::to_string(area->x) + "+" + std::to_string(area->y) + " of " + connection_.name() +
             " through " + grabber_->way());
    return {};
  }

  common::Result<std::shared_ptr<const Picture>> capture(common::Slot /*slot*/) override {
    for (int grabs = 1;; ++grabs) {
      const auto followed = follow();
      if (!followed) return followed.error();
      const auto rows = look();
      if (connection_.is_lost()) return connection_.lost_error();
      if (!rows && (rows.error().reason.starts_with(frozen_tag) || grabs == grabs_max)) return rows.error();
      // The server tells of a change before it answers a grab that was made after it. Such a grab may show
      // another monitor, or a locked screen: it is never used.
      if (rows && !take_events()) return paint(*rows);
      fresh_ = true;
      changed_ = true;
      if (grabs == grabs_max)
        return common::error("monitor: the screen of " + connection_.name() +
                             " is being changed all the time");
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
    if (damage_.is_available()) signs.damage_events = damage_.events();
    signs.display_asleep = rest_.asleep();
    signs.display_locked = rest_.locked();
    return signs;
  }

  bool drill(const std::string& fault) override {
    if (fault == "freeze") grabber_->freeze();
    if (fault == "xlost") ::shutdown(xcb_get_file_descriptor(connection_.get()), SHUT_RDWR);
    return fault == "freeze" || fault == "xlost";
  }

  std::vector<common::Message> take_messages() override { return std::exchange(memory_.messages, {}); }

 private:
  // What of the pointer shows on the picture.
  struct Shown {
    std::optional<PointerImage::Place> at;
    unsigned serial = 0;
    Rectangle area;
    friend bool operator==(const Shown&, const Shown&) = default;
  };

  void note(const char* level, const std::string& text) {
    memory_.messages.emplace_back(common::LogLine{level, text});
  }

  // true: monitors may have changed, or the screen was locked.
  bool take_events() {
    bool news = false;
    while (const XcbOwned<xcb_generic_event_t> event{xcb_poll_for_event(connection_.get())}) {
      changed_ = watch_.concerns(*event) || changed_;
      news = rest_.notice(*event) || news;
      damage_.notice(*event);
      if (pointer_) pointer_->notice(*event);
    }
    return news || changed_;
  }

  // The pixels as they are now, and the rows in which they differ from the picture before. Error: frozen, or
  // the server refused, as it does while the screen is being changed.
  common::Result<Rectangle> look() {
    const auto grabbed = grab();
    if (!grabbed) return common::error("display_lost: " + grabbed.error().reason);
    Rectangle rows = compare();
    suspicion_.grabbed(damage_.latest(), !rows.empty(), steady_clock::now());
    if (suspicion_.is_due(steady_clock::now())) {
      const auto verified = verify(rows);
      if (!verified) return verified.error();
    }
    return rows;
  }

  common::Result<void> grab() {
    damage_.request();
    grabber_->request();
    if (pointer_) pointer_->request();
    damage_.receive();
    auto received = grabber_->receive();
    if (pointer_ && !pointer_->receive() && received) return connection_.lost_error();
    return received;
  }

  // The rows in which the grab just received differs from the one before.
  Rectangle compare() {
    const Bgra latest = grabber_->latest();
    const Rectangle everything{0, 0, latest.width, latest.height};
    const Rectangle rows = fresh_ ? everything : changed_rows(grabber_->before(), latest);
    if (rows.empty()) grabber_->keep_before();
    fresh_ = false;
    return rows;
  }

  // Damage without another picture for so long: is the screen really as we show it? A change found meanwhile
  // is added to `rows`. Error: the capture is frozen.
  common::Result<void> verify(Rectangle& rows) {
    const Rectangle& screen = grabber_->area();
    const Rectangle area = intersect(suspicion_.area(), screen);
    suspicion_.clear();
    for (int i = 0; i < second_looks && !area.empty(); ++i) {
      const auto look = second_look(settings_.display, settings_.xauthority, area);
      if (!look) {
        note("info", "cannot look whether the capture is frozen: " + look.error().reason);
        return {};
      }
      if (!grab()) return {};  // the next capture says why
      const Rectangle more = compare();
      rows = unite(rows, more);
      const Rectangle there{area.x - screen.x, area.y - screen.y, area.width, area.height};
      if (!more.empty() || shows_the_same(grabber_->latest(), there, *look)) return {};
    }
    if (area.empty()) return {};
    if (!grabber_->is_frozen()) ++memory_.frozen;
    return common::error(frozen_tag + std::string("the screen of ") + connection_.name() +
                         " changes and its capture does not; opening it anew");
  }

  Shown pointer_now() const {
    Shown now;
    if (!pointer_ || !pointer_->place()) return now;
    const Rectangle& screen = grabber_->area();
    const PointerImage::Place at{pointer_->place()->x - screen.x, pointer_->place()->y - screen.y};
    now.area = cursor_area(pointer_->image(), at.x, at.y, screen.width, screen.height);
    if (now.area.empty()) return {};
    now.at = at;
    now.serial = pointer_->serial();
    return now;
  }

  common::Result<std::shared_ptr<const Picture>> paint(const Rectangle& rows) {
    const Bgra latest = grabber_->latest();
    const Shown now = pointer_now();
    std::array<Rectangle, 3> changed{rows, {}, {}};
    if (!(now == shown_)) changed = {rows, shown_.area, now.area};
    shown_ = now;
    std::optional<CursorOverlay> overlay;
    if (now.at)
      overlay.emplace(grabber_->latest_pixels(), latest.stride, latest.width, latest.height,
                      pointer_->image(), now.at->x, now.at->y);
    return canvas_.paint(grabber_->latest(), changed);
  }

  XConnection connection_;
  const common::InputSettings& settings_;
  MonitorMemory& memory_;
  MonitorWatch watch_;
  DamageWatch damage_;
  ScreenRest rest_;
  FreezeSuspicion suspicion_;
  Canvas canvas_;
  std::optional<PointerImage> pointer_;
  std::optional<ScreenGrabber> grabber_;
  bool fresh_ = true;    // nothing to compare with yet
  bool changed_ = true;  // the monitors, since they were looked at
  Shown shown_;
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
