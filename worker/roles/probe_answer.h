// The one answer of a probe: printed by whoever comes first, the probe or its time limit; the other is
// silent. A call that hangs in a library cannot be interrupted, so the limit ends the process.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "common/exit_reason.h"

namespace worker {

// Prints `text` and gives `code` as the exit code of main(); never returns when the limit answered already.
int answer_probe(const nlohmann::json& text, common::ExitReason code);

// From now on the process ends after `limit` with {"error": late} and exit 69, unless it answered. Once.
void limit_probe(std::chrono::milliseconds limit, const std::string& late);

}  // namespace worker
