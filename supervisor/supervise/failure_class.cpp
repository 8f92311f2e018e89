#include "supervisor/supervise/failure_class.h"

#include <array>
#include <cerrno>
#include <csignal>

#include "common/exit_reason.h"

namespace supervisor {
namespace {

using common::ExitReason;

struct ExitRule {
  int code;
  FailureClass failure;
};

constexpr std::array exit_rules = {
    ExitRule{static_cast<int>(ExitReason::Ok), FailureClass::CleanExit},
    ExitRule{static_cast<int>(ExitReason::Usage), FailureClass::Config},
    ExitRule{static_cast<int>(ExitReason::Input), FailureClass::Input},
    ExitRule{static_cast<int>(ExitReason::Software), FailureClass::Crash},
    ExitRule{static_cast<int>(ExitReason::Encoder), FailureClass::Encoder},
    ExitRule{static_cast<int>(ExitReason::Memory), FailureClass::OutOfMemory},
    ExitRule{static_cast<int>(ExitReason::Output), FailureClass::Disk},
    ExitRule{static_cast<int>(ExitReason::Protocol), FailureClass::Protocol},
    ExitRule{static_cast<int>(ExitReason::Config), FailureClass::Config},
    ExitRule{126, FailureClass::ExecFatal},  // what a launcher says when it cannot execute
    ExitRule{127, FailureClass::ExecFatal},
};

FailureClass classify_bye(const std::string& reason) {
  for (const ExitRule& rule : exit_rules) {
    if (rule.code != 0 && common::exit_reason_name(rule.code) == reason) return rule.failure;
  }
  return FailureClass::Crash;
}

}  // namespace

std::string_view failure_class_name(FailureClass failure) {
  switch (failure) {
    case FailureClass::StopRequested:
      return "stop_requested";
    case FailureClass::CleanExit:
      return "clean_exit";
    case FailureClass::Crash:
      return "crash";
    case FailureClass::OutOfMemory:
      return "oom";
    case FailureClass::Hang:
      return "hang";
    case FailureClass::Stall:
      return "stall";
    case FailureClass::StartupTimeout:
      return "startup_timeout";
    case FailureClass::ExecFatal:
      return "exec_fatal";
    case FailureClass::ExecTransient:
      return "exec_transient";
    case FailureClass::Version:
      return "version";
    case FailureClass::Config:
      return "config";
    case FailureClass::Encoder:
      return "encoder";
    case FailureClass::Input:
      return "input";
    case FailureClass::Disk:
      return "disk";
    case FailureClass::Protocol:
      return "protocol";
    case FailureClass::Unkillable:
      return "unkillable";
    case FailureClass::ResourceLimit:
      return "resource_limit";
    case FailureClass::ErrorStorm:
      return "error_storm";
    case FailureClass::DisplayLost:
      return "display_lost";
    case FailureClass::DisplayAuth:
      return "display_auth";
    case FailureClass::Geometry:
      return "geometry";
  }
  return "unknown";
}

FailureClass classify(const Exited& exited) {
  const ExitStatus& status = exited.status;
  if (status.signal == SIGKILL && exited.out_of_memory) return FailureClass::OutOfMemory;
  if (status.signal != 0) return FailureClass::Crash;
  for (const ExitRule& rule : exit_rules) {
    if (rule.code == status.code) return rule.failure;
  }
  return classify_bye(exited.bye_reason);
}

FailureClass classify_spawn_error(int error_number) {
  switch (error_number) {
    case ENOENT:
    case EACCES:
    case EPERM:
    case ENOEXEC:
    case ENOTDIR:
    case ELOOP:
    case EISDIR:
      return FailureClass::ExecFatal;
    default:
      return FailureClass::ExecTransient;
  }
}

std::string describe_exit(const ExitStatus& status) {
  if (status.signal != 0) {
    return "signal " + std::to_string(status.signal) + (status.core ? " (core)" : "");
  }
  const std::string_view name = common::exit_reason_name(status.code);
  const std::string code = std::to_string(status.code);
  return status.code == 0 || name == "unknown" ? code : code + " " + std::string(name);
}

}  // namespace supervisor
