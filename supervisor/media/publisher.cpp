#include "supervisor/media/publisher.h"

#include <algorithm>
#include <utility>

#include "supervisor/media/journal.h"

namespace supervisor {
namespace {

StoreSettings store_settings(const PublisherSettings& settings) {
  StoreSettings store;
  store.grid = settings.grid;
  store.window_segments = settings.window_segments;
  store.session = settings.session;
  store.first_msn = settings.first_msn;
  store.first_discontinuity_sequence = settings.first_discontinuity_sequence;
  return store;
}

std::optional<std::int64_t> age_ms(const std::optional<MonoTime>& at, MonoTime now) {
  if (!at) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - *at).count();
}

}  // namespace

const char* refusal_name(Refusal refusal) {
  static constexpr std::array<const char*, refusal_count> names = {
      "none",         "wrong_generation", "wrong_rendition", "no_init",        "bad_init", "bad_kit",
      "bad_fragment", "disagrees",        "off_grid",        "not_contiguous", "fenced",   "not_independent",
      "too_early",    "storage",          "stopped",         "paused"};
  return names[static_cast<std::size_t>(refusal)];
}

Publisher::Publisher(PublisherSettings settings)
    : settings_(std::move(settings)),
      store_(store_settings(settings_)),
      restarted_(settings_.follows_another) {}

Slot Publisher::begin_life(std::uint64_t generation, MonoTime now) {
  if (stopped_) {
    store_.clear();
    stopped_ = false;
    forget_at_.reset();
    restarted_ = true;
    ++version_;
  }
  life_ = Life::None;  // whoever delivered until now is done
  takeover_.reset();
  std::optional<Slot> opens_at;
  if (!has_media()) {
    unfinished_ = {};
    end_ = std::max(end_, settings_.grid.slot_at(now));
  } else {
    bridge_due(now);
    if (unfinished_.pictures.empty()) {
      prepare_seam(now);
    } else {
      opens_at = seam_behind_unfinished();
    }
  }
  kits_.erase(kits_.begin(), kits_.lower_bound(generation));
  generation_ = generation;
  life_ = Life::Opening;
  asks_ = 0;
  asked_at_ = now;
  return opens_at.value_or(end_);
}

void Publisher::end_life(std::uint64_t generation, MonoTime now) {
  kits_.erase(generation);
  if (takeover_ && generation == takeover_->to) {
    fall_back(now);
    return;
  }
  if (takeover_ && generation == takeover_->from) takeover_->from_lives = false;
  if (life_ == Life::None || generation != generation_) return;
  life_ = Life::None;
  bridge_due(now);
}

void Publisher::stop(MonoTime now) {
  if (stopped_) return;
  store_.close();
  if (life_ != Life::None) kits_.erase(generation_);
  life_ = Life::None;
  takeover_.reset();
  stopped_ = has_media();
  forget_window_later(now);
  unfinished_ = {};
  last_part_short_ = false;
  on_air_ = OnAir::Nothing;
  ++version_;
}

void Publisher::forget_window_later(MonoTime now) {
  const common::TimeGrid& grid = settings_.grid;
  if (stopped_) forget_at_ = now + (grid.time_of(store_.window_slots()) - grid.time_of(0));
}

std::optional<NeedsResume> Publisher::set_paused(bool paused, MonoTime now) {
  if (paused == std::exchange(paused_, paused)) return std::nullopt;
  ++version_;  // the journal is to know at once
  if (!paused || stopped_) return std::nullopt;
  unfinished_ = {};
  if (!has_media()) return std::nullopt;
  prepare_seam(now);
  if (on_air_ != OnAir::Slate && store_.open_segment() != nullptr) last_part_short_ = true;
  if (life_ == Life::None) return std::nullopt;
  life_ = Life::Fenced;
  bridge_due(now);
  return ask_resume(now);
}

bool Publisher::has_init(std::uint64_t generation) const {
  return kits_.contains(generation);
}

PlaylistSettings Publisher::playlist_settings() const {
  return {settings_.grid, settings_.low_latency, settings_.wall_origin_ms};
}

PlaylistState Publisher::playlist_state() const {
  // The hint keeps the init segment of the last part: if the next life brings another one, the hinted name is
  // never made, because bytes of another init segment under a hinted name end a player.
  return {next_serial_, nullptr, stopped_};
}

PublisherFacts Publisher::facts(MonoTime now) const {
  PublisherFacts facts;
  facts.media_sequence = store_.media_sequence();
  facts.discontinuity_sequence = store_.discontinuity_sequence();
  facts.segment_count = static_cast<int>(store_.window().size());
  facts.bytes = store_.bytes();
  facts.parts = parts_;
  facts.bridged = bridged_;
  facts.rescued = rescued_;
  facts.refused = refused_;
  facts.refused_by = refused_by_;
  facts.holes = holes_;
  facts.last_part_age_ms = age_ms(last_part_at_, now);
  facts.part_late_max_ms = part_late_max_.count();
  facts.part_late = part_late_times_;
  facts.last_worker_part_age_ms = age_ms(last_worker_part_at_, now);
  facts.on_air = on_air_;
  facts.fenced = life_ == Life::Fenced || (life_ == Life::Opening && asks_ > 0);
  facts.active_generation = life_ == Life::None ? 0 : generation_;
  if (on_air_kit_) {
    facts.codec = on_air_kit_->init->facts.codec;
    facts.width = on_air_kit_->init->facts.width;
    facts.height = on_air_kit_->init->facts.height;
  }
  return facts;
}

std::chrono::nanoseconds Publisher::part_target() const {
  return std::chrono::nanoseconds(std::chrono::seconds(settings_.grid.part_pictures)) / settings_.grid.fps;
}

std::chrono::nanoseconds Publisher::bridge_after() const {
  if (settings_.bridge_after.count() > 0) return settings_.bridge_after;
  return part_target();
}

bool Publisher::store_in_new_segment(const Fragment& fragment) {
  // Everything that can fail comes first: the old segment is closed only when its successor has its first
  // part.
  auto body =
      SegmentBody::create_in(settings_.bodies.get(), segment_body_name(settings_.session, store_.next_msn()));
  if (!body || !(*body)->append(fragment.bytes)) return false;
  const bool changed = has_media() && store_.window().back().init->id != fragment.init->id;
  store_.close();
  store_.open(fragment.part.start, fragment.init, std::move(*body), changed || restarted_);
  restarted_ = false;
  return true;
}

bool Publisher::publish(Fragment fragment, MonoTime now) {
  Part& part = fragment.part;
  part.serial = next_serial_;
  part.size = fragment.bytes.size();
  if (fragment.opens_segment) {
    if (!store_in_new_segment(fragment)) return false;
  } else {
    const auto& body = store_.open_segment()->body;
    part.offset = body->size();
    if (!body->append(fragment.bytes)) return false;
  }
  if (part.start != end_) ++holes_;
  store_.add(part);
  ++next_serial_;
  ++version_;
  end_ = part.end();
  last_part_at_ = now;
  const common::TimeGrid& grid = settings_.grid;
  part_late_ = std::chrono::floor<std::chrono::milliseconds>(now - grid.time_of(end_));
  part_late_max_ = std::max(part_late_max_, part_late_);
  part_late_times_.add(part_late_.count());
  last_part_short_ = !part.independent && part.pictures * 100 < grid.part_pictures * 85;
  if (grid.starts_segment(end_)) {
    store_.close();
    last_part_short_ = false;
  }
  return true;
}

}  // namespace supervisor
