#include "worker/source/figure_window.h"

#include <algorithm>

namespace worker {

std::int64_t age_ms(const std::optional<common::MonoTime>& at, common::MonoTime now) {
  if (!at) return -1;
  return std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::milliseconds>(now - *at).count());
}

std::optional<common::InputFigures> FigureWindow::look(const InputCounts& counts, common::MonoTime now) {
  const Look* last = looked_ > 0 ? &looks_[(looked_ - 1) % periods] : nullptr;
  if (last && now - last->at < period) return std::nullopt;
  // The oldest one is the one that is overwritten now.
  const Look oldest = looked_ < periods ? looks_[0] : looks_[looked_ % periods];
  if (last) {
    packets_ = packets_ * memory + static_cast<double>(counts.packets - last->counts.packets);
    lost_ = lost_ * memory + static_cast<double>(counts.lost - last->counts.lost);
  }
  const bool first = last == nullptr;
  looks_[looked_++ % periods] = {now, counts};
  if (first) return std::nullopt;
  const InputCounts& before = oldest.counts;
  const double seconds = std::chrono::duration<double>(now - oldest.at).count();
  common::InputFigures figures;
  figures.fps = static_cast<double>(counts.pictures - before.pictures) / seconds;
  figures.bitrate_kbps = static_cast<double>(counts.bytes - before.bytes) * 8 / 1000 / seconds;
  figures.packet_loss = lost_ > 0 ? 100 * lost_ / (packets_ + lost_) : 0;
  figures.last_picture_age_ms = age_ms(counts.picture_at, now);
  figures.last_sign_age_ms = age_ms(counts.life, now);
  figures.content = counts.content;
  return figures;
}

}  // namespace worker
