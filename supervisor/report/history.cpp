#include "supervisor/report/history.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace supervisor {
namespace {

constexpr float nothing = std::numeric_limits<float>::quiet_NaN();

enum class Shown { Decimal, Whole, OnAir };
struct Column {
  std::string_view name;
  Merge merge;
  Shown shown;
};

constexpr std::array system_columns = {
    Column{"cpu_percent", Merge::Mean, Shown::Decimal},
    Column{"memory_percent", Merge::Mean, Shown::Decimal},
    Column{"disk_usage_percent", Merge::Mean, Shown::Decimal},
    Column{"network_in_kbps", Merge::Mean, Shown::Decimal},
    Column{"network_out_kbps", Merge::Mean, Shown::Decimal},
};
constexpr std::array stream_columns = {
    Column{"fps", Merge::Mean, Shown::Decimal},
    Column{"bitrate_kbps", Merge::Mean, Shown::Decimal},
    Column{"worker_cpu_percent", Merge::Mean, Shown::Decimal},
    Column{"worker_rss_mb", Merge::Mean, Shown::Decimal},
    Column{"part_late_ms", Merge::Peak, Shown::Whole},
    Column{"viewers", Merge::Mean, Shown::Decimal},
    Column{"on_air", Merge::Peak, Shown::OnAir},
    Column{"restart_count", Merge::Last, Shown::Whole},
};
// From best to worst: the index is the figure that is kept.
constexpr std::array<std::string_view, 4> on_air_words = {"\"picture\"", "\"bridge\"", "\"slate\"",
                                                          "\"nothing\""};
constexpr std::array<char, 8> magic = {'D', 'S', 'H', 'I', 'S', 'T', '0', '1'};

template <std::size_t count>
std::vector<Merge> merges(const std::array<Column, count>& columns) {
  std::vector<Merge> all;
  for (const Column& column : columns) all.push_back(column.merge);
  return all;
}

float rank(StreamSnapshot::OnAir on_air) {
  constexpr std::array<float, 4> ranks = {3, 0, 2, 1};  // Nothing, Picture, Slate, Bridge
  return ranks.at(static_cast<std::size_t>(on_air));
}

float figure(const std::optional<double>& value) {
  return value ? static_cast<float>(*value) : nothing;
}
float figure(double value) {
  return static_cast<float>(value);
}

std::array<float, system_columns.size()> figures_of(const SystemSnapshot& system) {
  const bool disk_known = system.disk_total_bytes > 0;
  return {figure(system.cpu_percent), figure(system.memory_percent),
          disk_known ? figure(system.disk_usage_percent) : nothing, figure(system.network_in_kbps),
          figure(system.network_out_kbps)};
}

std::array<float, stream_columns.size()> figures_of(const StreamSnapshot& stream,
                                                    const PartLateness& late_ms) {
  const bool works = stream.worker_pid > 0;
  const auto late = late_ms.find(stream.name);
  return {works ? figure(stream.fps) : nothing,
          works ? figure(stream.bitrate_kbps) : nothing,
          works ? figure(stream.worker_cpu_percent) : nothing,
          works ? figure(stream.worker_rss_mb) : nothing,
          late == late_ms.end() ? nothing : static_cast<float>(late->second),
          static_cast<float>(stream.viewers),
          rank(stream.on_air),
          static_cast<float>(stream.restart_count)};
}

std::int64_t floor_div(std::int64_t value, std::int64_t divisor) {
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}

class Text {
 public:
  explicit Text(std::size_t reserve) { text_.reserve(reserve); }
  void raw(std::string_view text) { text_ += text; }
  void name(std::string_view name) {
    // Names of streams and columns need no escapes: a-z, 0-9, _ and -.
    text_.append("\"").append(name).append("\":");
  }
  void whole(std::int64_t value) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    text_.append(digits.data(), end);
  }
  // At most two decimals; integers are far faster to write than floats, and this is most of the answer.
  void decimal(double value) {
    const std::int64_t hundredths = std::llround(value * 100);
    if (hundredths < 0) text_ += '-';
    const std::int64_t size = std::abs(hundredths);
    whole(size / 100);
    const auto rest = static_cast<int>(size % 100);
    if (rest == 0) return;
    text_ += '.';
    text_ += static_cast<char>('0' + rest / 10);
    if (rest % 10 != 0) text_ += static_cast<char>('0' + rest % 10);
  }
  void value(float value, Shown shown) {
    constexpr float largest = 1e15F;  // of what fits into hundredths
    if (!std::isfinite(value) || std::abs(value) > largest) {
      text_ += "null";
    } else if (shown == Shown::OnAir) {
      text_ += on_air_words[static_cast<std::size_t>(std::clamp(value, 0.0F, 3.0F))];
    } else if (shown == Shown::Whole) {
      whole(std::llround(value));
    } else {
      decimal(static_cast<double>(value));
    }
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

struct Span {
  std::int64_t first = 0, last = -1;
};

template <std::size_t count>
void add_ring(Text& text, const HistoryRing& ring, const std::array<Column, count>& columns, Span span) {
  text.raw("{");
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) text.raw(",");
    text.name(columns[i].name);
    text.raw("[");
    for (std::int64_t interval = span.first; interval <= span.last; ++interval) {
      if (interval > span.first) text.raw(",");
      text.value(ring.at(interval, i), columns[i].shown);
    }
    text.raw("]");
  }
  text.raw("}");
}

void append_number(std::string& out, std::int64_t value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::optional<std::int64_t> take_number(std::string_view& in) {
  std::int64_t value = 0;
  if (in.size() < sizeof value) return std::nullopt;
  std::memcpy(&value, in.data(), sizeof value);
  in.remove_prefix(sizeof value);
  return value;
}

}  // namespace

HistoryRing History::make_stream(const HistoryRange& range) {
  return HistoryRing(static_cast<std::size_t>(range.points), merges(stream_columns));
}

History::Level History::make_level(const HistoryRange& range) {
  return {range, HistoryRing(static_cast<std::size_t>(range.points), merges(system_columns)), {}};
}

History::History() {
  for (const HistoryRange& range : history_ranges) levels_.push_back(make_level(range));
}

void History::add(std::int64_t second, const Snapshot& snapshot, const PartLateness& late_ms) {
  for (Level& level : levels_) {
    const std::int64_t interval = floor_div(second, level.range.interval_seconds);
    level.system.add(interval, figures_of(snapshot.system));
    std::erase_if(level.streams, [&](const auto& entry) {
      return std::none_of(snapshot.streams.begin(), snapshot.streams.end(),
                          [&](const StreamSnapshot& stream) { return stream.name == entry.first; });
    });
    for (const StreamSnapshot& stream : snapshot.streams) {
      auto found = level.streams.find(stream.name);
      if (found == level.streams.end()) {
        if (level.streams.size() >= streams_max) continue;
        found = level.streams.emplace(stream.name, make_stream(level.range)).first;
      }
      found->second.add(interval, figures_of(stream, late_ms));
    }
  }
}

std::optional<std::string> History::json(std::string_view range, HistoryTick now) const {
  const auto level = std::find_if(levels_.begin(), levels_.end(),
                                  [range](const Level& candidate) { return candidate.range.name == range; });
  if (level == levels_.end()) return std::nullopt;
  Span span{level->system.first(), level->system.last()};
  if (level->system.is_empty()) span = {};
  const auto count = static_cast<std::size_t>(span.last - span.first + 1);
  constexpr std::size_t bytes_a_value = 8;
  Text text(1024 + count * bytes_a_value *
                       (1 + system_columns.size() + level->streams.size() * stream_columns.size()));
  text.raw("{");
  text.name("range");
  text.raw("\"");
  text.raw(level->range.name);
  text.raw("\",");
  text.name("interval_seconds");
  text.whole(level->range.interval_seconds);
  text.raw(",\"at\":[");
  const std::int64_t offset = now.unix_second - now.second;
  for (std::int64_t interval = span.first; interval <= span.last; ++interval) {
    if (interval > span.first) text.raw(",");
    text.whole(interval * level->range.interval_seconds + offset);
  }
  text.raw("],\"system\":");
  add_ring(text, level->system, system_columns, span);
  text.raw(",\"streams\":{");
  bool first = true;
  for (const auto& [name, ring] : level->streams) {
    if (!std::exchange(first, false)) text.raw(",");
    text.name(name);
    add_ring(text, ring, stream_columns, span);
  }
  text.raw("}}");
  return text.take();
}

std::string History::save(HistoryTick now) const {
  std::string out(magic.data(), magic.size());
  append_number(out, now.unix_second - now.second);
  for (const Level& level : levels_) {
    level.system.save(out);
    append_number(out, static_cast<std::int64_t>(level.streams.size()));
    for (const auto& [name, ring] : level.streams) {
      append_number(out, static_cast<std::int64_t>(name.size()));
      out += name;
      ring.save(out);
    }
  }
  return out;
}

bool History::restore(std::string_view saved, HistoryTick now) {
  if (!saved.starts_with(std::string_view(magic.data(), magic.size()))) return false;
  saved.remove_prefix(magic.size());
  const auto offset = take_number(saved);
  if (!offset) return false;
  const std::int64_t shift_seconds = *offset - (now.unix_second - now.second);
  std::vector<Level> levels;
  for (const HistoryRange& range : history_ranges) {
    Level level = make_level(range);
    const std::int64_t shift = floor_div(shift_seconds + range.interval_seconds / 2, range.interval_seconds);
    if (!level.system.restore(saved, shift)) return false;
    // A wall clock that was set back would put the past behind the present.
    if (level.system.last() > floor_div(now.second, range.interval_seconds)) return false;
    const auto count = take_number(saved);
    if (!count || *count < 0 || *count > static_cast<std::int64_t>(streams_max)) return false;
    for (std::int64_t i = 0; i < *count; ++i) {
      const auto size = take_number(saved);
      if (!size || *size < 1 || *size > static_cast<std::int64_t>(saved.size())) return false;
      const std::string name(saved.substr(0, static_cast<std::size_t>(*size)));
      saved.remove_prefix(static_cast<std::size_t>(*size));
      HistoryRing ring = make_stream(range);
      if (!ring.restore(saved, shift)) return false;
      level.streams.insert_or_assign(name, std::move(ring));
    }
    levels.push_back(std::move(level));
  }
  if (!saved.empty()) return false;
  levels_ = std::move(levels);
  return true;
}

std::size_t History::bytes() const {
  std::size_t sum = 0;
  for (const Level& level : levels_) {
    sum += level.system.bytes();
    for (const auto& [name, ring] : level.streams) sum += ring.bytes();
  }
  return sum;
}

}  // namespace supervisor
