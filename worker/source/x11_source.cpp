#include "worker/source/x11_source.h"

#include <sys/socket.h>

#include <algorithm>
#include <optional>

#include "worker/display/x_connection.h"
#include "worker/picture/canvas.h"
#include "worker/picture/cursor.h"
#include "worker/source/damage_plan.h"
#include "worker/source/damage_trust.h"
#include "worker/source/damage_watch.h"
#include "worker/source/freeze_suspicion.h"
#include "worker/source/pointer_image.h"
#include "worker/source/pointer_layer.h"
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

std::string text_of(const Rectangle& area) {
  return std::to_string(area.width) + "x" + std::to_string(area.height) + "+" + std::to_string(area.x) + "+" +
         std::to_string(area.y);
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
      note("info",
           "no DAMAGE: every picture is compared whole, and a frozen capture cannot be told from a quiet "
           "desktop");
    if (settings.cursor) pointer_.emplace(connection_.get(), connection_.screen().root);
    if (pointer_ && !pointer_->is_available()) note("warn", "no XFIXES: the pointer is not shown");
    if (pointer_ && !pointer_->is_available()) pointer_.reset();
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
    if (grabber_ && grabber_->area() == *area) {
      grabber_->forget();
      return {};
    }
    const auto way = memory_.frozen < frozen_shared_max ? GrabMemory::Way::File : GrabMemory::Way::Own;
    grabber_.emplace(connection_.get(), connection_.screen().root, *area, way);
    if (connection_.is_lost()) return connection_.lost_error();
    damage_.set_area(*area);
    suspicion_.clear();
    canvas_.reset();
    note(grabber_->is_shared() ? "info" : "warn",
         "capturing " + text_of(*area) + " of " + connection_.name() + " through " + grabber_->way());
    return {};
  }

  common::Result<std::shared_ptr<const Picture>> capture(common::Slot /*slot*/) override {
    for (int grabs = 1;; ++grabs) {
      const auto followed = follow();
      if (!followed) return followed.error();
      const auto round = look();
      if (connection_.is_lost()) return connection_.lost_error();
      if (!round && (round.error().reason.starts_with(frozen_tag) || grabs == grabs_max))
        return round.error();
      // The server tells of a change before it answers a grab that was made after it. Such a grab may show
      // another monitor, or a locked screen: it is never used.
      if (round && !round->news) return paint(round->changed);
      grabber_->forget();
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
    if (damage_.is_available()) signs.damage_events = damage_.rounds();
    signs.display_asleep = rest_.asleep();
    signs.display_locked = rest_.locked();
    signs.capture_mode = believes_damage() ? common::by_damage : common::by_comparing;
    return signs;
  }

  bool drill(const std::string& fault) override {
    if (fault == "freeze") grabber_->freeze();
    if (fault == "deaf") damage_.deafen();
    if (fault == "xlost") ::shutdown(xcb_get_file_descriptor(connection_.get()), SHUT_RDWR);
    return fault == "freeze" || fault == "deaf" || fault == "xlost";
  }

  std::vector<common::Message> take_messages() override { return std::exchange(memory_.messages, {}); }

 private:
  // One round trip: what was asked, and what came of it. Coordinates of the area.
  struct Round {
    DirtyArea told;  // before it
    GrabPlan plan;
    std::vector<Rectangle> changed;  // for each piece of the plan, and more
    bool news = false;               // monitors may have changed, or the screen was locked
  };

  void note(const char* level, const std::string& text) {
    memory_.messages.emplace_back(common::LogLine{level, text});
  }

  bool believes_damage() const { return damage_.is_available() && memory_.trust.trusts(); }

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

  // The copy brought up to date. Error: frozen, or the server refused, as it does while the screen is being
  // changed.
  common::Result<Round> look() {
    auto round = ask();
    // Nothing was known to have changed, and the answer came with the news of a change.
    if (round && round->told.empty() && !damage_.told().empty() && !round->news) {
      const auto before = std::move(round->changed);
      round = ask();
      if (round) round->changed.insert(round->changed.end(), before.begin(), before.end());
    }
    if (!round) return round;
    const auto now = steady_clock::now();
    const bool same = std::ranges::all_of(round->changed, &Rectangle::empty);
    suspicion_.grabbed(round->told.bounds(), !same, now);
    if (suspicion_.is_due(now)) {
      const auto verified = verify(*round);
      if (!verified) return verified.error();
    }
    return round;
  }

  common::Result<Round> ask() {
    const Rectangle everything = grabber_->everything();
    const bool whole = grabber_->is_blank() || !believes_damage();
    DirtyArea wanted;
    if (whole) wanted.add(everything);
    Round round{damage_.take(), {}, {}};
    wanted.add(round.told);
    const Rectangle proof = whole ? Rectangle{} : memory_.trust.due(everything, steady_clock::now());
    round.plan = plan_grab(wanted, proof, everything);
    const bool blank = grabber_->is_blank();
    const auto grabbed = grab(round.plan.pieces);
    if (!grabbed) return common::error("display_lost: " + grabbed.error().reason);
    round.changed = *grabbed;
    round.news = take_events();
    if (!blank && !round.news && damage_.is_available()) judge(round);
    return round;
  }

  common::Result<std::vector<Rectangle>> grab(std::span<const Rectangle> pieces) {
    grabber_->request(pieces);
    if (pointer_) pointer_->request();
    auto changed = grabber_->receive();
    const bool lives = pointer_ ? pointer_->receive() : !pieces.empty() || connection_.answers();
    if (!lives && changed) return connection_.lost_error();
    return changed;
  }

  // Did the reports tell of everything that changed?
  void judge(const Round& round) {
    const auto now = steady_clock::now();
    DamageTrust& trust = memory_.trust;
    if (trust.trusts()) {
      if (round.plan.proof.empty() || !trust.proved(round.changed.back(), damage_.told(), now)) return;
      note("warn", "capture mode: compare. The X server of " + connection_.name() + " changed " +
                       text_of(round.changed.back()) +
                       " without telling of it (DAMAGE), so every picture is compared whole");
      return;
    }
    DirtyArea told = round.told;
    told.add(damage_.told());
    if (trust.watched(round.changed.front(), told, now))
      note("info", "capture mode: damage. The X server of " + connection_.name() +
                       " has told of all that changed for a while");
  }

  // Damage without another picture for so long: is the screen really as we show it? A change found meanwhile
  // is added to `round`. Error: the capture is frozen.
  common::Result<void> verify(Round& round) {
    const Rectangle& screen = grabber_->area();
    const Rectangle area = intersect(suspicion_.area(), grabber_->everything());
    suspicion_.clear();
    for (int i = 0; i < second_looks && !area.empty(); ++i) {
      const auto look = second_look(settings_.display, settings_.xauthority, area.moved(screen.x, screen.y));
      if (!look) {
        note("info", "cannot look whether the capture is frozen: " + look.error().reason);
        return {};
      }
      const auto more = grab({&area, 1});
      if (!more) return {};  // the next capture says why
      round.changed.push_back(more->front());
      if (!more->front().empty() || shows_the_same(grabber_->screen(), area, *look)) return {};
    }
    if (area.empty()) return {};
    if (!grabber_->is_frozen()) ++memory_.frozen;
    return common::error(frozen_tag + std::string("the screen of ") + connection_.name() +
                         " changes and its capture does not; opening it anew");
  }

  PointerLayer::Changes move_pointer() {
    PointerLayer::Pointer now;
    if (!pointer_) return {};
    const Rectangle& screen = grabber_->area();
    if (const auto& at = pointer_->place())
      now = {PointerLayer::Pointer::Place{at->x - screen.x, at->y - screen.y}, pointer_->serial()};
    return layer_.move_to(now, pointer_->image(), grabber_->everything());
  }

  common::Result<std::shared_ptr<const Picture>> paint(std::vector<Rectangle> changed) {
    const auto [left, taken] = move_pointer();
    changed.insert(changed.end(), {left, taken});
    const Bgra screen = grabber_->screen();
    std::optional<CursorOverlay> overlay;
    if (layer_.place() && !std::ranges::all_of(changed, &Rectangle::empty))
      overlay.emplace(grabber_->pixels(), screen.stride, screen.width, screen.height, pointer_->image(),
                      layer_.place()->x, layer_.place()->y);
    return canvas_.paint(screen, changed);
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
  PointerLayer layer_;
  std::optional<ScreenGrabber> grabber_;
  bool changed_ = true;  // the monitors, since they were looked at
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
