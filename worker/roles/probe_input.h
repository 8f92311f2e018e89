// Opens one input as it stands in the configuration and says what comes from it. Blocks as long as the input
// does: the caller has set a limit (probe_answer.h).
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "common/content_fault.h"
#include "common/result.h"
#include "common/worker_settings.h"

namespace worker {

struct InputTrial {
  int width = 0;
  int height = 0;
  double fps = 0;       // 0: it has no rate of its own, pictures are taken when they are wanted
  std::string codec;    // libavcodec's name; rawvideo for a screen
  std::string monitor;  // x11: which one
};

// A picture is taken from it; with `disprove` as many as it takes to see that they do not have this fault (of
// url, file and device). `limit`: libav is told to give up after it, with an error that says so. Errors as
// those of the sources: "display_auth: ...", "monitor: ...", "input: ...".
common::Result<InputTrial> try_input(const common::InputSettings& input, std::chrono::milliseconds limit,
                                     std::optional<common::ContentFault> disprove = {});

}  // namespace worker
