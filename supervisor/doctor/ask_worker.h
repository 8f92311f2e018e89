// Asks the worker program and waits for the answer, a bounded time. Blocks: for the doctor's own threads.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "common/result.h"
#include "supervisor/process/probe_run.h"

namespace supervisor {

inline constexpr std::chrono::seconds worker_answer_time_max{5};

// What the program prints for `arguments`; the error says that it could not be started or what became of it.
common::Result<ProbeOutcome> run_program(const std::string& program,
                                         const std::vector<std::string>& arguments,
                                         const std::string& settings = {});

// `probe ...`: its JSON, whatever the exit status. `settings`: for --config-fd, which is added.
common::Result<nlohmann::json> ask_worker(const std::string& program, std::vector<std::string> question,
                                          const std::string& settings = {});

}  // namespace supervisor
