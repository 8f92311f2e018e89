#include "media_maker.h"

#include <array>
#include <string_view>

namespace media_test {
namespace {

using supervisor::PublisherSettings;

void u32(Bytes& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

void append(Bytes& out, const Bytes& bytes) {
  for (const std::uint8_t byte : bytes) out.push_back(byte);
}

Bytes box(std::string_view type, const Bytes& payload) {
  Bytes out;
  u32(out, static_cast<std::uint32_t>(payload.size() + 8));
  for (const char c : type) out.push_back(static_cast<std::uint8_t>(c));
  append(out, payload);
  return out;
}

Bytes join(std::initializer_list<Bytes> all) {
  Bytes out;
  for (const Bytes& bytes : all) append(out, bytes);
  return out;
}

Bytes words(std::initializer_list<std::uint32_t> values) {
  Bytes out;
  for (const std::uint32_t value : values) u32(out, value);
  return out;
}

Bytes sample_entry(int variant) {
  Bytes fields(78, 0);
  fields[7] = 1;      // data reference
  fields[24] = 0x07;  // 1920
  fields[25] = 0x80;
  fields[26] = 0x04;  // 1080
  fields[27] = 0x38;
  const Bytes config = {1, 0x64, 0x00, 0x28, 0xff, 0xe1, static_cast<std::uint8_t>(variant)};
  return box("avc1", join({fields, box("avcC", config)}));
}

}  // namespace

Bytes make_init(std::uint32_t timescale, int variant) {
  const Bytes stsd = box("stsd", join({words({0, 1}), sample_entry(variant)}));
  const Bytes mdia =
      box("mdia", join({box("mdhd", words({0, 0, 0, timescale, 0, 0})), box("minf", box("stbl", stsd))}));
  const Bytes trak = box("trak", join({box("tkhd", words({7, 0, 0, 1, 0, 0})), mdia}));
  const Bytes mvex = box("mvex", box("trex", words({0, 1, 1, 0, 0, 0})));
  return join({box("ftyp", words({0x69736f36, 0})), box("moov", join({trak, mvex}))});
}

TimeGrid test_grid() {
  return common::make_time_grid(30, 0.2, 2, 2);
}

MediaRecord part_header(const TimeGrid& grid, std::uint64_t generation, Slot start, int pictures,
                        bool independent) {
  MediaRecord header;
  header.type = RecordType::Part;
  header.independent = independent;
  header.generation = generation;
  header.pts = grid.pts(start);
  header.pictures = static_cast<std::uint32_t>(pictures);
  header.duration = static_cast<std::uint32_t>(pictures * grid.ticks_per_picture());
  return header;
}

Bytes part_bytes(const TimeGrid& grid, Slot start, int pictures, bool independent) {
  supervisor::FragmentPlan plan;
  plan.sequence = 999;
  plan.decode_time = static_cast<std::uint64_t>(grid.pts(start));
  plan.sample_duration = static_cast<std::uint32_t>(grid.ticks_per_picture());
  plan.starts_with_sync = independent;
  std::vector<Bytes> units;
  for (int i = 0; i < pictures; ++i) units.push_back(Bytes(static_cast<std::size_t>(20 + i), 0xaa));
  const std::vector<std::span<const std::uint8_t>> views(units.begin(), units.end());
  return supervisor::build_fragment(plan, views);
}

PublisherSettings Bench::default_settings() {
  PublisherSettings settings;
  settings.grid = test_grid();
  settings.session = std::string(1, 's');
  settings.wall_origin_ms = 1'700'000'000'000;
  return settings;
}

Bench::Bench(PublisherSettings settings) : grid_(settings.grid), stream(std::move(settings)) {}

supervisor::Admission Bench::send_init(std::uint64_t generation, int variant) {
  MediaRecord header;
  header.type = RecordType::Init;
  header.generation = generation;
  return stream.admit(header, make_init(static_cast<std::uint32_t>(grid_.timescale()), variant), MonoTime{});
}

supervisor::Admission Bench::send_kit(std::uint64_t generation, RecordType type, int index) {
  MediaRecord header;
  header.type = type;
  header.generation = generation;
  header.pts = index;
  const std::uint8_t mark = type == RecordType::Slate ? 0xee : static_cast<std::uint8_t>(0xb0 + index);
  return stream.admit(header, Bytes(5, mark), MonoTime{});
}

void Bench::prepare(std::uint64_t generation, int variant, int kit) {
  send_init(generation, variant);
  for (int i = 0; kit == 2 && i < 16; ++i) send_kit(generation, RecordType::Skip, i);
  if (kit >= 1) send_kit(generation, RecordType::Slate, 0);
}

supervisor::Admission Bench::send(std::uint64_t generation, Slot start, int pictures, bool independent,
                                  MonoTime now) {
  return stream.admit(part_header(grid_, generation, start, pictures, independent),
                      part_bytes(grid_, start, pictures, independent), now);
}

supervisor::Admission Bench::send(std::uint64_t generation, Slot start, int pictures, bool independent) {
  return send(generation, start, pictures, independent, at(start + pictures, 30));
}

bool Bench::deliver(std::uint64_t generation, Slot end, bool opens) {
  while (this->end() < end) {
    const Slot from = this->end();
    const bool independent = opens || grid_.starts_segment(from);
    if (!send(generation, from, static_cast<int>(grid_.part_end(from) - from), independent)) return false;
    opens = false;
  }
  return true;
}

void Bench::start(Slot end, std::uint64_t generation, Slot begin) {
  prepare(generation);
  stream.begin_life(generation, at(begin));
  deliver(generation, end, true);
}

Bytes Bench::bytes_of(const supervisor::Segment& segment, const supervisor::Part& part) const {
  return segment.body->read(part.offset, part.size);
}

namespace {

std::string describe(const supervisor::Segment& segment, const std::string& what) {
  std::string text = "segment ";
  text += std::to_string(segment.msn);
  return text.append(": ").append(what);
}

std::string check_segment(const supervisor::Segment& segment, const TimeGrid& grid) {
  if (segment.parts.empty()) return describe(segment, "no parts");
  if (!segment.parts.front().independent) return describe(segment, "does not open with a key frame");
  if (segment.parts.front().start != segment.start)
    return describe(segment, "its first part starts elsewhere");
  if (segment.end() > grid.segment_end(segment.start))
    return describe(segment, "crosses the end of the grid");
  std::size_t offset = 0;
  Slot at = segment.start;
  for (const supervisor::Part& part : segment.parts) {
    if (part.start != at) return describe(segment, "a hole or an overlap between parts");
    if (part.offset != offset) return describe(segment, "bytes are not contiguous");
    if (part.pictures < 1 || part.pictures > grid.part_pictures) return describe(segment, "part length");
    const bool is_last = &part == &segment.parts.back();
    const bool is_short = part.pictures * 100 < grid.part_pictures * 85;
    if (is_short && !is_last && !part.independent) return describe(segment, "a short part inside");
    const auto bytes = segment.body->read(part.offset, part.size);
    const auto facts = supervisor::parse_fragment(bytes, segment.init->facts);
    if (!facts) return describe(segment, facts.error().reason);
    if (facts->decode_time != static_cast<std::uint64_t>(grid.pts(part.start)))
      return describe(segment, "tfdt");
    if (facts->duration != static_cast<std::uint64_t>(part.pictures * grid.ticks_per_picture())) {
      return describe(segment, "duration");
    }
    if (facts->first_is_sync != part.independent) return describe(segment, "INDEPENDENT");
    at = part.end();
    offset += part.size;
  }
  if (segment.closed && !segment.body->sealed()) return describe(segment, "closed and not sealed");
  return {};
}

}  // namespace

std::string Invariants::check(const supervisor::Publisher& publisher) {
  const supervisor::Store& store = publisher.store();
  const TimeGrid& grid = publisher.settings().grid;
  if (publisher.facts(MonoTime{}).holes != 0) return "the publisher counted a hole";
  if (store.media_sequence() < msn_) return "the media sequence fell";
  if (store.discontinuity_sequence() < discontinuity_sequence_) return "the discontinuity sequence fell";
  msn_ = store.media_sequence();
  discontinuity_sequence_ = store.discontinuity_sequence();
  Slot at = -1;
  std::int64_t msn = msn_;
  for (const supervisor::Segment& segment : store.window()) {
    if (segment.msn != msn++) return describe(segment, "media sequence numbers are not consecutive");
    if (at >= 0 && segment.start != at) return describe(segment, "a hole or an overlap before it");
    if (&segment != &store.window().back() && !segment.closed) return describe(segment, "open in the middle");
    at = segment.end();
    // The bytes of old segments were checked when they were new.
    if (at <= end_) continue;
    if (std::string problem = check_segment(segment, grid); !problem.empty()) return problem;
  }
  if (!store.window().empty() && at != publisher.published_end()) return "the window ends elsewhere";
  if (publisher.published_end() < end_) return "the published end fell";
  end_ = publisher.published_end();
  return {};
}

}  // namespace media_test
