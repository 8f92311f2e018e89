#include "supervisor/media/fragment.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <string_view>

namespace supervisor {
namespace {

using Bytes = std::span<const std::uint8_t>;
using common::error;
using common::Result;

// Flags of tfhd and trun (ISO/IEC 14496-12, 8.8.7 and 8.8.8).
constexpr std::uint32_t tfhd_base_data_offset = 0x1;
constexpr std::uint32_t tfhd_description = 0x2;
constexpr std::uint32_t tfhd_duration = 0x8;
constexpr std::uint32_t tfhd_size = 0x10;
constexpr std::uint32_t tfhd_flags = 0x20;
constexpr std::uint32_t tfhd_duration_is_empty = 0x10000;
constexpr std::uint32_t tfhd_default_base_is_moof = 0x20000;
constexpr std::uint32_t trun_data_offset = 0x1;
constexpr std::uint32_t trun_first_flags = 0x4;
constexpr std::uint32_t trun_duration = 0x100;
constexpr std::uint32_t trun_size = 0x200;
constexpr std::uint32_t trun_flags = 0x400;
constexpr std::uint32_t trun_composition = 0x800;
constexpr std::uint32_t sample_is_non_sync = 0x10000;
constexpr std::uint32_t sync_sample = 0x2000000;      // depends on no other
constexpr std::uint32_t non_sync_sample = 0x1010000;  // depends on others, non-sync

// Reads big-endian numbers; a read past the end yields 0 and is remembered.
class Reader {
 public:
  explicit Reader(Bytes bytes) : bytes_(bytes) {}
  std::uint64_t number(int size) {
    if (bytes_.size() - at_ < static_cast<std::size_t>(size)) {
      failed_ = true;
      at_ = bytes_.size();
      return 0;
    }
    std::uint64_t value = 0;
    for (int i = 0; i < size; ++i) value = value << 8 | bytes_[at_++];
    return value;
  }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  void skip(std::size_t size) {
    if (bytes_.size() - at_ < size) failed_ = true;
    at_ += std::min(size, bytes_.size() - at_);
  }
  std::size_t left() const { return bytes_.size() - at_; }
  bool failed() const { return failed_; }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

struct Box {
  std::string_view type;
  Bytes payload;
  std::size_t start = 0;  // of the box, in the bytes that were walked
  std::size_t payload_start = 0;
};

// Boxes one after the other. next() ends with nothing; broken() says whether that was the end of the bytes.
class BoxWalk {
 public:
  explicit BoxWalk(Bytes bytes) : bytes_(bytes) {}
  std::optional<Box> next() {
    if (at_ == bytes_.size()) return std::nullopt;
    Reader head(bytes_.subspan(at_));
    std::uint64_t size = head.u32();
    head.skip(4);
    std::size_t header = 8;
    if (size == 1) {
      size = head.number(8);
      header = 16;
    }
    // Size 0 ("to the end of the file") has no place in a live stream.
    if (head.failed() || size < header || size > bytes_.size() - at_) {
      broken_ = true;
      return std::nullopt;
    }
    Box box;
    box.type = std::string_view(reinterpret_cast<const char*>(bytes_.data() + at_ + 4), 4);
    box.payload = bytes_.subspan(at_ + header, static_cast<std::size_t>(size) - header);
    box.start = at_;
    box.payload_start = at_ + header;
    at_ += static_cast<std::size_t>(size);
    return box;
  }
  bool broken() const { return broken_; }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
  bool broken_ = false;
};

std::optional<Box> child(Bytes bytes, std::string_view type) {
  BoxWalk walk(bytes);
  while (auto box = walk.next()) {
    if (box->type == type) return box;
  }
  return std::nullopt;
}

std::optional<Box> descend(Bytes bytes, std::initializer_list<std::string_view> path) {
  std::optional<Box> box;
  for (const std::string_view type : path) {
    box = child(bytes, type);
    if (!box) return std::nullopt;
    bytes = box->payload;
  }
  return box;
}

// --- init segment

Result<void> read_timescale(Bytes track, InitFacts& facts) {
  const auto mdhd = descend(track, {"mdia", "mdhd"});
  if (!mdhd) return error("init segment: the track has no mdhd");
  Reader reader(mdhd->payload);
  const bool wide = reader.number(1) == 1;
  reader.skip(wide ? 3 + 16 : 3 + 8);
  facts.timescale = reader.u32();
  if (reader.failed() || facts.timescale == 0) return error("init segment: mdhd without a timescale");
  return {};
}

Result<void> read_track_id(Bytes track, InitFacts& facts) {
  const auto tkhd = child(track, "tkhd");
  if (!tkhd) return error("init segment: the track has no tkhd");
  Reader reader(tkhd->payload);
  const bool wide = reader.number(1) == 1;
  reader.skip(wide ? 3 + 16 : 3 + 8);
  facts.track_id = reader.u32();
  if (reader.failed() || facts.track_id == 0) return error("init segment: tkhd without a track number");
  return {};
}

void read_codec(const Box& entry, InitFacts& facts) {
  constexpr std::size_t fields_of_visual_entry = 78;
  if (entry.payload.size() < fields_of_visual_entry) return;
  const auto config = child(entry.payload.subspan(fields_of_visual_entry), "avcC");
  if (!config || config->payload.size() < 4) return;
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%.4s.%02x%02x%02x", entry.type.data(), config->payload[1],
                config->payload[2], config->payload[3]);
  facts.codec = text.data();
}

Result<void> read_sample_entry(Bytes track, InitFacts& facts) {
  const auto stsd = descend(track, {"mdia", "minf", "stbl", "stsd"});
  if (!stsd || stsd->payload.size() < 8) return error("init segment: the track has no stsd");
  const auto entry = BoxWalk(stsd->payload.subspan(8)).next();
  if (!entry) return error("init segment: stsd without a sample entry");
  Reader reader(entry->payload);
  reader.skip(24);
  facts.width = static_cast<int>(reader.number(2));
  facts.height = static_cast<int>(reader.number(2));
  if (reader.failed()) return error("init segment: the sample entry is cut off");
  if (entry->type == "avc1" || entry->type == "avc3") read_codec(*entry, facts);
  return {};
}

Result<void> read_defaults(Bytes movie, InitFacts& facts) {
  const auto trex = descend(movie, {"mvex", "trex"});
  if (!trex) return error("init segment: no mvex/trex, so it is not fragmented");
  Reader reader(trex->payload);
  reader.skip(4);
  if (reader.u32() != facts.track_id) return error("init segment: trex is of another track");
  reader.skip(4);
  facts.default_duration = reader.u32();
  facts.default_size = reader.u32();
  facts.default_flags = reader.u32();
  if (reader.failed()) return error("init segment: trex is cut off");
  return {};
}

Result<void> read_movie(Bytes movie, InitFacts& facts) {
  std::optional<Box> track;
  BoxWalk walk(movie);
  while (auto box = walk.next()) {
    if (box->type != "trak") continue;
    if (track) return error("init segment: more than one track");
    track = box;
  }
  if (walk.broken()) return error("init segment: a box in moov is longer than moov");
  if (!track) return error("init segment: no track");
  if (auto read = read_track_id(track->payload, facts); !read) return read;
  if (auto read = read_timescale(track->payload, facts); !read) return read;
  if (auto read = read_sample_entry(track->payload, facts); !read) return read;
  return read_defaults(movie, facts);
}

// --- fragment

struct SampleDefaults {
  std::uint32_t duration = 0;
  std::uint32_t size = 0;
  std::uint32_t flags = 0;
};

struct Data {  // where the mdat payload lies, counted from the start of the moof
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

Result<SampleDefaults> read_tfhd(Bytes payload, const InitFacts& init) {
  Reader reader(payload);
  const std::uint32_t flags = reader.u32() & 0xffffff;
  if (reader.u32() != init.track_id) return error("tfhd: not the track of the init segment");
  if ((flags & tfhd_base_data_offset) != 0) return error("tfhd: an absolute base-data-offset is not CMAF");
  if ((flags & tfhd_default_base_is_moof) == 0) return error("tfhd: default-base-is-moof is not set");
  if ((flags & tfhd_duration_is_empty) != 0) return error("tfhd: duration-is-empty has no samples");
  if ((flags & tfhd_description) != 0) reader.skip(4);
  SampleDefaults defaults{init.default_duration, init.default_size, init.default_flags};
  if ((flags & tfhd_duration) != 0) defaults.duration = reader.u32();
  if ((flags & tfhd_size) != 0) defaults.size = reader.u32();
  if ((flags & tfhd_flags) != 0) defaults.flags = reader.u32();
  if (reader.failed()) return error("tfhd: cut off");
  return defaults;
}

Result<std::uint64_t> read_tfdt(Bytes payload) {
  Reader reader(payload);
  const bool wide = reader.number(1) == 1;
  reader.skip(3);
  const std::uint64_t time = reader.number(wide ? 8 : 4);
  if (reader.failed()) return error("tfdt: cut off");
  return time;
}

// Reads the runs of one traf into `facts`; data of consecutive runs follow each other.
class RunReader {
 public:
  RunReader(const SampleDefaults& defaults, const Data& data, FragmentFacts& facts)
      : defaults_(defaults), data_(data), facts_(facts) {}

  Result<void> run(Bytes payload) {
    Reader reader(payload);
    const std::uint32_t flags = reader.u32() & 0xffffff;
    const std::uint32_t count = reader.u32();
    if (count > FragmentFacts::samples_max - facts_.samples) return error("trun: too many samples");
    if ((flags & trun_data_offset) != 0) {
      position_ =
          static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<std::int32_t>(reader.u32())));
    } else if (facts_.samples == 0) {
      return error("trun: the first run does not say where its data begins");
    }
    std::uint32_t first_flags = 0;
    if ((flags & trun_first_flags) != 0) first_flags = reader.u32();
    for (std::uint32_t i = 0; i < count; ++i) {
      const bool own_first = i == 0 && (flags & trun_first_flags) != 0;
      if (auto taken = sample(reader, flags, own_first ? &first_flags : nullptr); !taken) return taken;
    }
    if (reader.failed() || reader.left() != 0) return error("trun: its length and its sample count disagree");
    return {};
  }

 private:
  Result<void> sample(Reader& reader, std::uint32_t flags, const std::uint32_t* first_flags) {
    const std::uint32_t duration = (flags & trun_duration) != 0 ? reader.u32() : defaults_.duration;
    const std::uint32_t size = (flags & trun_size) != 0 ? reader.u32() : defaults_.size;
    std::uint32_t sample_flags = (flags & trun_flags) != 0 ? reader.u32() : defaults_.flags;
    if (first_flags != nullptr) sample_flags = *first_flags;
    if ((flags & trun_composition) != 0 && reader.u32() != 0) {
      return error("trun: a composition offset (B pictures) is not allowed in a part");
    }
    if (reader.failed()) return error("trun: cut off");
    if (duration == 0) return error("trun: a sample without duration");
    if (size == 0) return error("trun: an empty sample");
    if (position_ < data_.begin || position_ > data_.end || data_.end - position_ < size) {
      return error("trun: a sample lies outside the mdat");
    }
    position_ += size;
    add(duration, (sample_flags & sample_is_non_sync) == 0);
    return {};
  }

  void add(std::uint32_t duration, bool sync) {
    if (facts_.samples == 0) first_duration_ = duration;
    if (duration != first_duration_) facts_.uniform = false;
    if (sync && facts_.samples == 0) facts_.first_is_sync = true;
    if (sync) facts_.last_sync = facts_.samples;
    facts_.duration += duration;
    ++facts_.samples;
  }

  const SampleDefaults& defaults_;
  const Data& data_;
  FragmentFacts& facts_;
  std::uint64_t position_ = 0;
  std::uint32_t first_duration_ = 0;
};

Result<void> read_traf(Bytes traf, const InitFacts& init, const Data& data, FragmentFacts& facts) {
  const auto tfhd = child(traf, "tfhd");
  const auto tfdt = child(traf, "tfdt");
  if (!tfhd || !tfdt) return error("traf: tfhd or tfdt is missing");
  const auto defaults = read_tfhd(tfhd->payload, init);
  if (!defaults) return defaults.error();
  const auto time = read_tfdt(tfdt->payload);
  if (!time) return time.error();
  facts.decode_time = *time;
  RunReader runs(*defaults, data, facts);
  BoxWalk walk(traf);
  while (auto box = walk.next()) {
    if (box->type != "trun") continue;
    if (auto read = runs.run(box->payload); !read) return read;
  }
  if (walk.broken()) return error("traf: a box is longer than traf");
  if (facts.samples == 0) return error("traf: no samples");
  return {};
}

Result<void> read_moof(const Box& moof, const InitFacts& init, const Data& data, FragmentFacts& facts) {
  const auto mfhd = child(moof.payload, "mfhd");
  if (!mfhd || mfhd->payload.size() != 8) return error("moof: mfhd is missing or has a wrong length");
  facts.sequence_offset = moof.payload_start + mfhd->payload_start + 4;
  std::optional<Box> traf;
  BoxWalk walk(moof.payload);
  while (auto box = walk.next()) {
    if (box->type != "traf") continue;
    if (traf) return error("moof: more than one track");
    traf = box;
  }
  if (walk.broken()) return error("moof: a box is longer than moof");
  if (!traf) return error("moof: no traf");
  return read_traf(traf->payload, init, data, facts);
}

// --- writing

class Writer {
 public:
  void number(std::uint64_t value, int size) {
    for (int i = size - 1; i >= 0; --i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  void u32(std::uint64_t value) { number(value, 4); }
  // Opens a box; its size is written by end().
  std::size_t begin(std::string_view type) {
    const std::size_t at = bytes_.size();
    u32(0);
    for (const char c : type) bytes_.push_back(static_cast<std::uint8_t>(c));
    return at;
  }
  std::size_t begin_full(std::string_view type, std::uint32_t version, std::uint32_t flags) {
    const std::size_t at = begin(type);
    u32(static_cast<std::uint64_t>(version) << 24 | flags);
    return at;
  }
  void end(std::size_t at) { put_u32(at, static_cast<std::uint32_t>(bytes_.size() - at)); }
  void put_u32(std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) bytes_[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
  }
  void append(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  std::size_t size() const { return bytes_.size(); }
  std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<std::uint8_t> bytes_;
};

// Returns where the data offset of the run stands.
std::size_t write_traf(Writer& out, const FragmentPlan& plan, std::span<const Bytes> access_units) {
  const std::size_t traf = out.begin("traf");
  const std::size_t tfhd = out.begin_full("tfhd", 0, tfhd_default_base_is_moof | tfhd_duration | tfhd_flags);
  out.u32(plan.track_id);
  out.u32(plan.sample_duration);
  out.u32(non_sync_sample);
  out.end(tfhd);
  const std::size_t tfdt = out.begin_full("tfdt", 1, 0);
  out.number(plan.decode_time, 8);
  out.end(tfdt);
  const std::uint32_t first = plan.starts_with_sync ? trun_first_flags : 0;
  const std::size_t trun = out.begin_full("trun", 0, trun_data_offset | trun_size | first);
  out.u32(access_units.size());
  const std::size_t data_offset = out.size();
  out.u32(0);
  if (first != 0) out.u32(sync_sample);
  for (const Bytes unit : access_units) out.u32(unit.size());
  out.end(trun);
  out.end(traf);
  return data_offset;
}

}  // namespace

Result<InitFacts> parse_init(Bytes bytes) {
  InitFacts facts;
  BoxWalk walk(bytes);
  const auto first = walk.next();
  if (!first || first->type != "ftyp") return error("init segment: does not start with ftyp");
  std::optional<Box> movie;
  while (auto box = walk.next()) {
    if (box->type == "moov" && movie) return error("init segment: more than one moov");
    if (box->type == "moov") movie = box;
    if (box->type == "moof" || box->type == "mdat") return error("init segment: holds media");
  }
  if (walk.broken()) return error("init segment: a box is longer than the bytes");
  if (!movie) return error("init segment: no moov");
  if (auto read = read_movie(movie->payload, facts); !read) return read.error();
  return facts;
}

Result<FragmentFacts> parse_fragment(Bytes bytes, const InitFacts& init) {
  FragmentFacts facts;
  std::optional<Box> moof, mdat;
  BoxWalk walk(bytes);
  while (auto box = walk.next()) {
    if (mdat) return error("fragment: something follows the mdat");
    if (box->type == "moof" && !moof) {
      moof = box;
    } else if (box->type == "mdat" && moof) {
      mdat = box;
    } else if (moof ||
               (box->type != "styp" && box->type != "sidx" && box->type != "prft" && box->type != "free")) {
      return error("fragment: expected [styp sidx prft free] moof mdat, in this order");
    }
  }
  if (walk.broken()) return error("fragment: a box is longer than the bytes");
  if (!moof || !mdat) return error("fragment: moof or mdat is missing");
  const std::uint64_t begin = mdat->payload_start - moof->start;
  const Data data{begin, begin + mdat->payload.size()};
  if (auto read = read_moof(*moof, init, data, facts); !read) return read.error();
  return facts;
}

void patch_sequence(std::span<std::uint8_t> fragment, std::size_t sequence_offset, std::uint32_t sequence) {
  for (std::size_t i = 0; i < 4; ++i) {
    fragment[sequence_offset + i] = static_cast<std::uint8_t>(sequence >> (24 - 8 * i));
  }
}

std::vector<std::uint8_t> build_fragment(const FragmentPlan& plan, std::span<const Bytes> access_units) {
  Writer out;
  const std::size_t moof = out.begin("moof");
  const std::size_t mfhd = out.begin_full("mfhd", 0, 0);
  out.u32(plan.sequence);
  out.end(mfhd);
  const std::size_t data_offset = write_traf(out, plan, access_units);
  out.end(moof);
  const std::size_t mdat = out.begin("mdat");
  out.put_u32(data_offset, static_cast<std::uint32_t>(out.size()));
  for (const Bytes unit : access_units) out.append(unit);
  out.end(mdat);
  return out.take();
}

}  // namespace supervisor
