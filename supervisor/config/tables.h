// The tables of the configuration; root_table() is the whole file. Pure data.
#pragma once

#include "supervisor/config/field.h"

namespace supervisor {

const Table& root_table();    // of Config
const Table& region_table();  // of common::Region, the object form of "monitor"

// Keys of the seed's flat files and where they stand today; range and meaning are those of the new place.
struct SeedKey {
  std::string_view key;
  std::string_view section;  // "video": of the stream; "monitoring": of the root
};
std::span<const SeedKey> seed_stream_keys();
std::span<const SeedKey> seed_watchdog_keys();

}  // namespace supervisor
