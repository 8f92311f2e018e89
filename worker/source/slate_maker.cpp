#include <algorithm>
#include <ctime>
#include <utility>

#include "worker/source/slate.h"
#include "worker/source/slate_image.h"

namespace worker {
namespace {

std::string number_of(std::int64_t count, const char* unit) {
  return std::to_string(count) + " " + unit;
}

std::string age_text(std::chrono::seconds age) {
  const std::int64_t minutes = age.count() / 60;
  if (minutes < 60) return number_of(minutes, "min");
  if (minutes < 24 * 60) return number_of(minutes / 60, "h ") + number_of(minutes % 60, "min");
  return number_of(minutes / (24 * 60), "d ") + number_of(minutes / 60 % 24, "h");
}

}  // namespace

std::string since_text(std::chrono::system_clock::time_point began, std::chrono::seconds age) {
  const std::time_t then = std::chrono::system_clock::to_time_t(began);
  const std::time_t now = std::chrono::system_clock::to_time_t(began + age);
  std::tm then_local{};
  std::tm now_local{};
  localtime_r(&then, &then_local);
  localtime_r(&now, &now_local);
  const bool today = then_local.tm_yday == now_local.tm_yday && then_local.tm_year == now_local.tm_year;
  char clock[32];
  std::strftime(clock, sizeof clock, today ? "%H:%M" : "%d %b %H:%M", &then_local);
  return "since " + std::string(clock) + (age < std::chrono::minutes(1) ? "" : ", " + age_text(age));
}

SlateMaker::SlateMaker(const CanvasSize& canvas, const std::string& image, bool dimmed)
    : canvas_(canvas),
      dimmed_(dimmed),
      image_(image.empty() ? nullptr : std::make_unique<SlateImage>(image, canvas)) {}
SlateMaker::~SlateMaker() = default;
SlateMaker::SlateMaker(SlateMaker&&) noexcept = default;
SlateMaker& SlateMaker::operator=(SlateMaker&&) noexcept = default;

SlateText SlateMaker::words(const Scene& scene, common::MonoTime now) {
  SlateText text = scene.text;
  if (!scene.began) {
    began_.reset();
    return text;
  }
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(
      std::max<common::MonoTime::duration>(now - *scene.began, std::chrono::seconds(0)));
  // The wall clock is asked once: it may be set while the slate is shown.
  if (began_ != scene.began) began_wall_ = std::chrono::system_clock::now() - age;
  began_ = scene.began;
  text.lines.push_back(since_text(began_wall_, age));
  return text;
}

std::shared_ptr<const Picture> SlateMaker::picture(const Scene& scene, common::MonoTime now) {
  const SlateText text = words(scene, now);
  SlateBackground background;
  if (image_) background.image = image_->picture();
  if (dimmed_ && !background.image) background.dimmed = scene.last_good;
  const bool same_words = text == shown_text_;
  const bool same_background = background == shown_background_;
  if (shown_ && same_words && same_background) return shown_;
  // What may not be shown any more goes at once; other words for the same thing can wait.
  if (shown_ && same_background && text.headline == shown_text_.headline && now - painted_ < repaint_after)
    return shown_;
  shown_ = make_slate(canvas_.width, canvas_.height, text, background);
  shown_text_ = text;
  shown_background_ = std::move(background);
  painted_ = now;
  return shown_;
}

std::vector<common::Message> SlateMaker::take_messages() {
  const std::string error = image_ ? image_->take_error() : "";
  if (error.empty()) return {};
  return {common::LogLine{"error", error + "; the slate goes without it"}};
}

}  // namespace worker
