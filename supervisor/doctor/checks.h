// The checks of the doctor, each on one thing the service needs. SHELL: a check may block on disks, on other
// programs, on name services; the doctor gives each a thread and a time limit (check_run.h). None changes
// anything: no folder is made, no port is kept.
#pragma once

#include <string>
#include <vector>

#include "supervisor/config/load.h"
#include "supervisor/doctor/finding.h"

namespace supervisor {

// What the checks look at: the settings the service would run with.
struct Patient {
  Config config;
  std::string config_path;  // empty: default settings
  std::string worker_program;
};

using FoundList = std::vector<Finding>;

// Reads the configuration into `patient`; with errors, the default settings stay and the other checks use
// them.
FoundList check_configuration(const std::string& watchdog_path, const std::string& listen, bool must_exist,
                              Patient& patient);

FoundList check_account(const Patient& patient);
FoundList check_worker(const Patient& patient);
// One x11 input: reached, its monitors, one picture taken from it.
FoundList check_display(const Patient& patient, const std::string& stream,
                        const common::InputSettings& input);
// One url, file or device input: a picture taken from it. Others may work: what fails is a warning.
FoundList check_source(const Patient& patient, const std::string& stream, const common::InputSettings& input);
FoundList check_encoders(const Patient& patient);
FoundList check_port(const std::string& listen);
FoundList check_directories(const Patient& patient);
FoundList check_limits(const Patient& patient);
FoundList check_clock();

// Media of all streams that three windows hold: what the runtime directory and the memory must have room for.
std::uint64_t window_bytes(const Config& config);

}  // namespace supervisor
