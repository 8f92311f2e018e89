#include "supervisor/process/line_sampler.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "common/printable.h"

namespace supervisor {
namespace {

// FNV-1a of level and text, every number counted as one sign.
std::uint64_t kind_hash(std::string_view level, std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  const auto add = [&hash](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL; };
  for (const char c : level) add(c);
  add('\0');
  bool in_number = false;
  for (const char c : text.substr(0, LineSampler::compared_bytes_max)) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit || !in_number) add(digit ? '#' : c);
    in_number = digit;
  }
  return hash;
}

std::string seconds_text(common::MonoTime::duration span) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g", std::chrono::duration<double>(span).count());
  return text.data();
}

}  // namespace

LineSampler::Kind& LineSampler::kind_of(std::string_view level, std::string_view text) {
  const std::uint64_t hash = kind_hash(level, text);
  if (const auto found = kinds_.find(hash); found != kinds_.end()) return found->second;
  if (kinds_.size() >= SamplingSettings::kinds_max) return others_;
  Kind& kind = kinds_[hash];
  kind.level = level;
  kind.example = common::printable(text, example_bytes_max);
  kind.number = kinds_.size();
  return kind;
}

bool LineSampler::pass(std::string_view level, std::string_view text, common::MonoTime now) {
  if (!window_start_) window_start_ = now;
  Kind& kind = kind_of(level, text);
  if (kind.passed < settings_.lines_of_a_kind) {
    ++kind.passed;
    return true;
  }
  ++kind.held;
  ++held_back_;
  return false;
}

std::vector<LineSampler::Summary> LineSampler::expire(common::MonoTime now) {
  if (!window_start_ || now - *window_start_ < settings_.window) return {};
  return close(*window_start_ + settings_.window);
}

std::vector<LineSampler::Summary> LineSampler::finish(common::MonoTime now) {
  if (!window_start_) return {};
  return close(std::min(now, *window_start_ + settings_.window));
}

std::vector<LineSampler::Summary> LineSampler::close(common::MonoTime end) {
  std::vector<const Kind*> held;
  for (const auto& [hash, kind] : kinds_) {
    if (kind.held > 0) held.push_back(&kind);
  }
  std::sort(held.begin(), held.end(), [](const Kind* a, const Kind* b) { return a->number < b->number; });
  const std::string span = " in " + seconds_text(end - *window_start_) + " s";
  std::vector<Summary> summaries;
  for (const Kind* kind : held) {
    summaries.push_back(
        {kind->level, "... and " + std::to_string(kind->held) +
                          (kind->held == 1 ? " more line like this" : " more lines like this") + span + ": " +
                          kind->example});
  }
  if (others_.held > 0) {
    summaries.push_back(
        {"warn", "... and " + std::to_string(others_.held) + " more lines of other kinds" + span});
  }
  kinds_.clear();
  others_ = {};
  window_start_.reset();
  return summaries;
}

}  // namespace supervisor
