#include "worker/source/screen_rest.h"

namespace worker {
namespace {

constexpr const char* slate = "slate";
constexpr const char* wake = "wake";
// A screen that falls asleep again at once is not fought with every picture.
constexpr std::chrono::seconds wake_after{1};

}  // namespace

RestOrder order_for(bool locked, bool asleep, const common::InputSettings& settings) {
  const auto told = [&](const char* word) {
    return (locked && settings.locked == word) || (asleep && settings.asleep == word);
  };
  if (told(slate)) return RestOrder::Hide;
  return told(wake) ? RestOrder::Wake : RestOrder::Show;
}

ScreenRest::ScreenRest(const XConnection& connection, const common::InputSettings& settings)
    : name_(connection.name()),
      settings_(settings),
      lock_(connection.get(), connection.screen().root),
      sleep_(connection.get()) {}

common::Result<void> ScreenRest::obey(common::MonoTime now) {
  sleep_.look(now);
  const RestOrder order = order_for(locked(), asleep(), settings_);
  if (order == RestOrder::Hide && locked() && settings_.locked == slate)
    return common::error("locked: the screen of " + name_ + " is locked (its screen saver is on)");
  if (order == RestOrder::Hide)
    return common::error("asleep: the monitors of " + name_ + " are switched off (DPMS)");
  if (order == RestOrder::Wake && now - woken_ >= wake_after) {
    woken_ = now;
    if (settings_.locked == wake && locked()) lock_.wake();
    if (settings_.asleep == wake && asleep()) sleep_.wake();
  }
  return {};
}

}  // namespace worker
