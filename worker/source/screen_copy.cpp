#include "worker/source/screen_copy.h"

#include <algorithm>
#include <utility>

#include "worker/source/second_look.h"
#include "worker/source/source.h"

namespace worker {
namespace {

using std::chrono::steady_clock;

// A screen that changes just between the two looks proves nothing: that must happen so many times in a row.
constexpr int second_looks = 3;
// Frozen so often through shared memory: from then on through the socket.
constexpr int frozen_shared_max = 2;

std::string text_of(const Rectangle& area) {
  return std::to_string(area.width) + "x" + std::to_string(area.height) + "+" + std::to_string(area.x) + "+" +
         std::to_string(area.y);
}

}  // namespace

ScreenCopy::ScreenCopy(const XConnection& connection, const common::InputSettings& settings,
                       MonitorMemory& memory, ScreenFollower& follower)
    : connection_(connection),
      settings_(settings),
      memory_(memory),
      follower_(follower),
      damage_(connection_.get(), connection_.screen().root) {
  if (!damage_.is_available())
    note("info",
         "no DAMAGE: every picture is compared whole, and a frozen capture cannot be told from a quiet "
         "desktop");
  if (!settings.cursor) return;
  pointer_.emplace(connection_.get(), connection_.screen().root);
  if (pointer_->is_available()) return;
  note("warn", "no XFIXES: the pointer is not shown");
  pointer_.reset();
}

void ScreenCopy::note(const char* level, const std::string& text) {
  memory_.messages.emplace_back(common::LogLine{level, text});
}

void ScreenCopy::notice(const xcb_generic_event_t& event) {
  damage_.notice(event);
  if (pointer_) pointer_->notice(event);
}

bool ScreenCopy::place(const Rectangle& area) {
  if (grabber_ && grabber_->area() == area) {
    grabber_->forget();
    return false;
  }
  const auto way = memory_.frozen < frozen_shared_max ? GrabMemory::Way::File : GrabMemory::Way::Own;
  grabber_.emplace(connection_.get(), connection_.screen().root, area, way);
  if (connection_.is_lost()) return true;
  damage_.set_area(area);
  suspicion_.clear();
  note(grabber_->is_shared() ? "info" : "warn",
       "capturing " + text_of(area) + " of " + connection_.name() + " through " + grabber_->way());
  return true;
}

std::optional<std::uint64_t> ScreenCopy::damage_events() const {
  if (!damage_.is_available()) return std::nullopt;
  return damage_.rounds();
}

bool ScreenCopy::drill(const std::string& fault) {
  if (fault == "freeze") grabber_->freeze();
  if (fault == "deaf") damage_.deafen();
  return fault == "freeze" || fault == "deaf";
}

common::Result<ScreenCopy::Round> ScreenCopy::look() {
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

common::Result<ScreenCopy::Round> ScreenCopy::ask() {
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
  round.news = follower_.take_events();
  if (!blank && !round.news && damage_.is_available()) judge(round);
  return round;
}

common::Result<std::vector<Rectangle>> ScreenCopy::grab(std::span<const Rectangle> pieces) {
  grabber_->request(pieces);
  if (pointer_) pointer_->request();
  auto changed = grabber_->receive();
  const bool lives = pointer_ ? pointer_->receive() : !pieces.empty() || connection_.answers();
  if (!lives && changed) return connection_.lost_error();
  return changed;
}

// Did the reports tell of everything that changed?
void ScreenCopy::judge(const Round& round) {
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
common::Result<void> ScreenCopy::verify(Round& round) {
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

}  // namespace worker
