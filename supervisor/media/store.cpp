#include "supervisor/media/store.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace supervisor {
namespace {

// FNV-1a: tells init segments apart; nobody can choose one to collide with but the worker itself.
std::uint32_t hash(std::span<const std::uint8_t> bytes) {
  std::uint32_t value = 2166136261u;
  for (const std::uint8_t byte : bytes) value = (value ^ byte) * 16777619u;
  return value;
}

constexpr Slot windows_kept = 3;  // of age: one listed, two more fetchable

}  // namespace

common::Result<std::shared_ptr<const InitSegment>> make_init_segment(std::span<const std::uint8_t> bytes) {
  auto facts = parse_init(bytes);
  if (!facts) return facts.error();
  auto body = SegmentBody::of(bytes, "init");
  if (!body) return body.error();
  std::array<char, 9> id{};
  std::snprintf(id.data(), id.size(), "%08x", hash(bytes));
  return std::make_shared<const InitSegment>(InitSegment{id.data(), *body, *facts});
}

Store::Store(StoreSettings settings)
    : settings_(std::move(settings)),
      next_msn_(settings_.first_msn),
      discontinuity_sequence_(settings_.first_discontinuity_sequence) {
  const common::TimeGrid& grid = settings_.grid;
  const Slot wanted = static_cast<Slot>(settings_.window_segments) * grid.segment_pictures;
  window_slots_ = std::max<Slot>(wanted, 3 * static_cast<Slot>(grid.target_duration_seconds()) * grid.fps);
}

void Store::restore(std::vector<Segment> segments, std::int64_t media_sequence,
                    std::int64_t discontinuity_sequence) {
  discontinuity_sequence_ = discontinuity_sequence;
  next_msn_ = std::max(next_msn_, media_sequence);
  for (Segment& segment : segments) {
    next_msn_ = segment.msn + 1;
    auto& place = segment.msn < media_sequence ? retired_ : window_;
    place.push_back(std::move(segment));
  }
  // The former process may have died between a close and the record of what left the window with it, or may
  // have had a longer window.
  if (open_segment() == nullptr) trim();
}

void Store::open(Slot start, std::shared_ptr<const InitSegment> init, std::shared_ptr<SegmentBody> body,
                 bool discontinuity) {
  Segment segment;
  segment.msn = next_msn_++;
  segment.start = start;
  segment.init = std::move(init);
  segment.body = std::move(body);
  segment.discontinuity = discontinuity;
  window_.push_back(std::move(segment));
}

void Store::add(const Part& part) {
  window_.back().parts.push_back(part);
}

void Store::close() {
  if (open_segment() == nullptr) return;
  Segment& segment = window_.back();
  segment.closed = true;
  // A body that cannot be sealed is still never written again: close() is the end of all appends.
  static_cast<void>(segment.body->seal());
  trim();
}

void Store::clear() {
  close();
  while (!window_.empty()) retire_front();
  forget_old();
}

void Store::forget() {
  clear();
  retired_.clear();
}

const Segment* Store::open_segment() const {
  return window_.empty() || window_.back().closed ? nullptr : &window_.back();
}

const Segment* Store::last_closed() const {
  const auto found =
      std::find_if(window_.rbegin(), window_.rend(), [](const Segment& s) { return s.closed; });
  return found == window_.rend() ? nullptr : &*found;
}

const Segment* Store::segment(std::int64_t msn) const {
  if (window_.empty() || msn < window_.front().msn || msn > window_.back().msn) return nullptr;
  return &window_[static_cast<std::size_t>(msn - window_.front().msn)];
}

std::uint64_t Store::bytes() const {
  std::uint64_t sum = 0;
  for (const Segment& segment : window_) sum += segment.body->size();
  for (const Segment& segment : retired_) sum += segment.body->size();
  return sum;
}

void Store::trim() {
  // Counted without the open segment: what a player sees in a classic playlist is never shorter either.
  while (window_.size() > 1 && window_.back().end() - window_[1].start >= window_slots_) retire_front();
  forget_old();
}

void Store::retire_front() {
  if (window_.front().discontinuity) ++discontinuity_sequence_;
  retired_.push_back(std::move(window_.front()));
  window_.pop_front();
}

void Store::forget_old() {
  const Slot newest = window_.empty() ? (retired_.empty() ? 0 : retired_.back().end()) : window_.back().end();
  const Slot kept = windows_kept * window_slots_;
  while (!retired_.empty() &&
         (retired_.size() > settings_.retired_max || newest - retired_.front().end() > kept)) {
    retired_.pop_front();
  }
}

Store::Found Store::find(std::string_view name) const {
  if (name.starts_with("init-")) return find_init(name);
  // "seg-SESSION-MSN.m4s", "part-SESSION-SERIAL-ID.m4s": the number finds the place, the whole name is
  // compared.
  const bool is_part = name.starts_with("part-");
  const std::string prefix = (is_part ? "part-" : "seg-") + settings_.session + "-";
  if (!name.starts_with(prefix)) return {};
  std::uint64_t number = 0;
  const char* end = name.data() + name.size();
  if (std::from_chars(name.data() + prefix.size(), end, number).ec != std::errc()) return {};
  for (const auto* segments : {&window_, &retired_}) {
    for (auto segment = segments->rbegin(); segment != segments->rend(); ++segment) {
      const Found found = is_part ? find_part(*segment, number, name) : find_segment(*segment, name);
      if (found.segment != nullptr) return found;
    }
  }
  return {};
}

Store::Found Store::find_init(std::string_view name) const {
  for (const auto* segments : {&window_, &retired_}) {
    for (auto segment = segments->rbegin(); segment != segments->rend(); ++segment) {
      if (name == init_name(*segment->init)) return {nullptr, nullptr, segment->init};
    }
  }
  return {};
}

Store::Found Store::find_segment(const Segment& segment, std::string_view name) const {
  if (!segment.closed || name != segment_name(segment)) return {};
  return {&segment, nullptr, nullptr};
}

Store::Found Store::find_part(const Segment& segment, std::uint64_t serial, std::string_view name) const {
  if (segment.parts.empty() || serial < segment.parts.front().serial) return {};
  const std::uint64_t index = serial - segment.parts.front().serial;  // serials of a segment are consecutive
  if (index >= segment.parts.size() || name != part_name(*segment.init, serial)) return {};
  return {&segment, &segment.parts[static_cast<std::size_t>(index)], nullptr};
}

std::string Store::init_name(const InitSegment& init) const {
  return "init-" + init.id + ".mp4";
}

std::string Store::segment_name(const Segment& segment) const {
  return "seg-" + settings_.session + "-" + std::to_string(segment.msn) + ".m4s";
}

std::string Store::part_name(const InitSegment& init, std::uint64_t serial) const {
  return "part-" + settings_.session + "-" + std::to_string(serial) + "-" + init.id + ".m4s";
}

}  // namespace supervisor
