// What one stream is made of, as the configuration says it and as the supervisor hands it to a worker
// (JSON through --config-fd). Plain data, shared by both programs; ranges and defaults live in
// supervisor/config.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

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
  // url, file, device
  std::string url;
  std::string path;
  bool loop = true;
  std::string format;
  std::string device;
  // slate
  std::string text;
  friend bool operator==(const InputSettings&, const InputSettings&) = default;
};

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
  VideoSettings video;
  TimeGrid grid;
  // As the failures of former workers demand (supervisor/supervise/action.h, Spawn).
  bool software_encoder = false;  // no hardware in the chain
  bool reduced = false;           // as little memory and CPU as the init segment allows
  bool paused = false;            // begins with the slate, until the command pause says otherwise
  int display_retry_ms = 500;     // between two attempts to reach an X server that is gone
};

std::string format_worker_settings(const WorkerSettings& settings);
Result<WorkerSettings> parse_worker_settings(const std::string& text);

// One input by itself, for `probe input`, as it stands in the configuration: what is not written has its
// default, "monitor" may also be an index or a rectangle, an unknown key is an error that names it.
std::string format_input_settings(const InputSettings& input);
Result<InputSettings> parse_input_settings(const std::string& text);

}  // namespace common
