// A publisher that goes on where that of a former process ended.
#include "supervisor/media/publisher.h"

namespace supervisor {

PublishedPosition Publisher::position() const {
  PublishedPosition position;
  position.next_serial = next_serial_;
  position.generation = generation_;
  position.end = end_;
  position.since_idr = since_idr_;
  position.on_air = static_cast<std::uint8_t>(on_air_);
  position.stopped = stopped_;
  position.restarted = restarted_;
  position.last_part_short = last_part_short_;
  position.paused = paused_;
  position.media_sequence = store_.media_sequence();
  position.discontinuity_sequence = store_.discontinuity_sequence();
  position.next_msn = store_.next_msn();
  return position;
}

void Publisher::restore(RestoredWindow window, MonoTime now) {
  const PublishedPosition& position = window.position;
  store_.restore(std::move(window.segments), position.media_sequence, position.discontinuity_sequence);
  on_air_kit_ = std::move(window.kit);
  generation_ = position.generation;
  next_serial_ = position.next_serial;
  end_ = position.end;
  since_idr_ = position.since_idr;
  stopped_ = position.stopped && has_media();
  forget_window_later(now);
  restarted_ = position.restarted;
  last_part_short_ = position.last_part_short;
  on_air_ = stopped_ || !has_media()                                     ? OnAir::Nothing
            : position.on_air == static_cast<std::uint8_t>(OnAir::Slate) ? OnAir::Slate
                                                                         : OnAir::Bridge;
  ++version_;
  // Repeated pictures fill what a window can hold; a longer silence is not filled up behind everybody's back.
  const Slot running = settings_.grid.slot_at(now);
  if (!has_media() || stopped_ || running - end_ <= store_.window_slots()) return;
  store_.close();
  end_ = running;
  restarted_ = true;
  last_part_short_ = false;
}

}  // namespace supervisor
