// What differs between two configurations, setting by setting, for people: "desktop: video.bitrate: 2500 ->
// 4000". Secrets are named, not shown. Pure.
#pragma once

#include <string>
#include <vector>

#include "supervisor/config/config.h"

namespace supervisor {

struct Difference {
  std::string stream;  // name; empty: none of a stream
  std::string key;     // "server.listen", of a stream "video.bitrate"; empty: the whole stream
  std::string text;    // "KEY: BEFORE -> AFTER"
};

// Streams are compared by name, whatever their order; of one that is only on one side `key` is empty.
std::vector<Difference> differences(const Config& before, const Config& after);

}  // namespace supervisor
