#include "worker/source/screen_follower.h"

#include <utility>

namespace worker {

ScreenFollower::ScreenFollower(const XConnection& connection, const common::InputSettings& settings,
                               MonitorMemory& memory, Listener others)
    : connection_(connection),
      watch_(connection, settings, memory),
      rest_(connection, settings),
      others_(std::move(others)) {}

common::Result<std::optional<Rectangle>> ScreenFollower::follow() {
  take_events();
  std::optional<Rectangle> found;
  if (std::exchange(changed_, false)) {
    const auto area = watch_.find();
    if (connection_.is_lost()) return connection_.lost_error();
    if (!area) return area.error();
    found = *area;
  }
  const auto shown = rest_.obey(std::chrono::steady_clock::now());
  if (connection_.is_lost()) return connection_.lost_error();
  if (!shown) return shown.error();
  return found;
}

bool ScreenFollower::take_events() {
  bool news = false;
  while (const XcbOwned<xcb_generic_event_t> event{xcb_poll_for_event(connection_.get())}) {
    changed_ = watch_.concerns(*event) || changed_;
    news = rest_.notice(*event) || news;
    if (others_) others_(*event);
  }
  return news || changed_;
}

common::Error ScreenFollower::restless() const {
  return common::error("monitor: the screen of " + connection_.name() + " is being changed all the time");
}

}  // namespace worker
