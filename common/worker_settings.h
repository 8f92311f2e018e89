// What one stream is made of, as the configuration says it and as the supervisor hands it to a worker
// (JSON through --config-fd). Plain data, shared by both programs; ranges and defaults live in
// supervisor/config.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/content_fault.h"
#include "common/result.h"
#include "common/time_grid.h"

namespace common {

struct Region {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  friend bool operator==(const Region&, const Region&) = default;
};

// A physical monitor, whatever its place.
struct ChosenMonitor {
  std::string name;  // connector
  std::string edid;  // as in Monitor of common/protocol.h; empty when unknown
  friend bool operator==(const ChosenMonitor&, const ChosenMonitor&) = default;
};

// One input; its priority is its place in the list, 0 is best. Only the fields of its type are used.
struct InputSettings {
  std::string type = "x11";  // x11 | pattern | slate | url | file | device
  // x11
  std::string display;             // ":0"; empty: $DISPLAY
  std::string monitor = "second";  // second | primary | all | connector name | EDID text | index from 0
  std::optional<Region> region;    // instead of a monitor: a rectangle of the screen
  bool cursor = true;
  std::string capture = "xcb";  // xcb (shared memory) | x11grab (libavdevice)
  std::string xauthority;       // cookie file; empty: the environment's
  std::string locked = "show";  // while the screen is locked: show | slate | wake
  std::string asleep = "show";  // while DPMS has switched it off: the same words
  // Not configured: what a former worker took `monitor` to mean.
  std::optional<ChosenMonitor> chosen_monitor;
  // url, file, device
  std::string url;
  std::string path;
  bool loop = true;
  std::string format;
  std::string device;
  std::map<std::string, std::string> options;  // libav's: {"rtsp_transport", "tcp"}
  double timeout = 0;                          // seconds without a picture; 0: the selector's
  // Seconds of pictures that are the same, black or broken, after which they count as none; 0: never.
  double frozen_after = 0;
  double black_after = 0;
  double corrupt_after = 0;
  // Two cannot have it open at once: a parked worker leaves it alone.
  bool exclusive = false;
  // slate
  std::string text;
  std::string image;                  // file
  std::string background = "dimmed";  // dimmed (the last good picture) | plain
  friend bool operator==(const InputSettings&, const InputSettings&) = default;
};

// frozen_after, black_after, corrupt_after; 0: never.
ContentTimes content_limits(const InputSettings& input);

struct VideoSettings {
  int width = 1920;
  int height = 1080;
  int fps = 30;
  int bitrate = 5000;            // kbit/s
  double keyframe_interval = 2;  // seconds
  std::string encoder = "auto";  // auto | libx264 | h264_vaapi
  std::string preset = "veryfast";
  friend bool operator==(const VideoSettings&, const VideoSettings&) = default;
};

struct WorkerSettings {
  std::string stream;
  std::vector<InputSettings> inputs;  // ends with a slate
  std::uint64_t revision = 0;         // of this list of inputs
  int selected = 0;                   // priority shown at the beginning
  std::vector<int> open;              // priorities open at the beginning; the one selected always is
  // Another worker of the stream may live: exclusive inputs are opened with the first Activate, not before.
  bool standby = true;
  int stuck_max = 3;  // threads that could not be stopped, until it asks to be replaced
  VideoSettings video;
  TimeGrid grid;
  // As the failures of former workers demand (supervisor/supervise/action.h, Spawn).
  bool software_encoder = false;  // no hardware in the chain
  bool reduced = false;           // as little memory and CPU as the init segment allows
  bool paused = false;            // begins with the slate, until the command pause says otherwise
  int display_retry_ms = 500;     // between two attempts to reach an X server that is gone
  bool sandbox = true;            // worker/sandbox
  bool network = true;            // the sandbox leaves it possible: needs_network() of its inputs
};

// Whether one of them is reached by the network: an address, or an X server of another host ("host:0"). An X
// input without a display has that of the environment (DISPLAY).
bool needs_network(const std::vector<InputSettings>& inputs, std::string_view environment_display);

std::string format_worker_settings(const WorkerSettings& settings);
Result<WorkerSettings> parse_worker_settings(const std::string& text);

// One input by itself, for `probe input`, as it stands in the configuration: what is not written has its
// default ("exclusive": true for a device), "monitor" may also be an index or a rectangle, an unknown key is
// an error that names it. Defaults are not written.
std::string format_input_settings(const InputSettings& input);
Result<InputSettings> parse_input_settings(const std::string& text);

}  // namespace common
