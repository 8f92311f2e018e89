// The picture for when there is no other: words in the middle, and behind them a plain colour, an image of
// the operator's, or the last good picture, dimmed. Readable from 360p to 4K. Media thread only.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/protocol.h"
#include "common/time_grid.h"
#include "worker/picture/picture.h"
#include "worker/source/source.h"

namespace worker {

// UTF-8; what the font does not have is shown as a box, long lines are broken, what does not fit is left out.
struct SlateText {
  std::string headline;
  std::vector<std::string> lines;
  friend bool operator==(const SlateText&, const SlateText&) = default;
};

// What lies behind the words; both of the size of the slate, or null.
struct SlateBackground {
  std::shared_ptr<const Picture> image;   // shown as it is, with a dark band under the words
  std::shared_ptr<const Picture> dimmed;  // darkened all over; only where there is no image
  friend bool operator==(const SlateBackground&, const SlateBackground&) = default;
};

// Pure. Even width and height.
std::shared_ptr<Picture> make_slate(int width, int height, const SlateText& text,
                                    const SlateBackground& background = {});

// "since 14:03", after a minute "since 14:03, 2 min", from another day "since 20 Nov 14:03, 1 d 2 h".
// began: wall clock, local time. Pure but for the time zone.
std::string since_text(std::chrono::system_clock::time_point began, std::chrono::seconds age);

class SlateImage;

// One slate over time: the same picture as long as it says the same, another one when it does not: the words
// of a cause at most once a second, the time once a minute.
class SlateMaker {
 public:
  static constexpr std::chrono::seconds repaint_after{1};

  // image: a PNG or JPEG file, empty: none; it is read on a thread of its own, and until then, and when it is
  // no good (a log line says why), the slate goes without. dimmed: the last good picture behind the words.
  SlateMaker(const CanvasSize& canvas, const std::string& image, bool dimmed);
  ~SlateMaker();
  SlateMaker(SlateMaker&&) noexcept;
  SlateMaker& operator=(SlateMaker&&) noexcept;

  struct Scene {
    SlateText text;
    std::optional<common::MonoTime> began;  // of what the slate stands for; nothing: no time is shown
    // Of the size of the canvas. Null: none, or none that may be shown (paused, locked, asleep).
    std::shared_ptr<const Picture> last_good;
  };
  std::shared_ptr<const Picture> picture(const Scene& scene, common::MonoTime now);
  // Log lines since the last call.
  std::vector<common::Message> take_messages();

 private:
  SlateText words(const Scene& scene, common::MonoTime now);

  CanvasSize canvas_;
  bool dimmed_;
  std::unique_ptr<SlateImage> image_;
  std::optional<common::MonoTime> began_;
  std::chrono::system_clock::time_point began_wall_;
  SlateText shown_text_;
  SlateBackground shown_background_;
  common::MonoTime painted_{};
  std::shared_ptr<const Picture> shown_;
};

}  // namespace worker
