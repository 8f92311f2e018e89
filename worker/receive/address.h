// From the settings of an input of type url, file or device to what libavformat is told. Loads libavdevice
// for a device; nothing is opened.
//
// A url may only use protocols of the network, and so may everything that its answer names: a playlist of
// somebody else must not read this machine's files. A file may only read files.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "common/result.h"
#include "common/worker_settings.h"

struct AVInputFormat;

namespace worker {

inline constexpr std::chrono::seconds open_time_max{10};
inline constexpr std::chrono::seconds open_time_min{1};

struct Address {
  std::string target;                     // for libavformat
  std::string shown;                      // for people: without secrets
  const AVInputFormat* format = nullptr;  // null: libavformat finds out
  std::vector<std::pair<std::string, std::string>> options;
  bool file = false;                                    // it has no pace of its own
  bool loop = false;                                    // begins anew at its end
  std::chrono::milliseconds open_time = open_time_max;  // connected, and the kind of its pictures known
};

// Errors, tagged "input: ", name the field, the rule and what to write.
common::Result<Address> address_of(const common::InputSettings& input);

// For people and logs, without secrets; never fails.
std::string shown_address(const common::InputSettings& input);

}  // namespace worker
