#include "common/exit_reason.h"

namespace common {

std::string_view exit_reason_name(int code) {
  switch (static_cast<ExitReason>(code)) {
    case ExitReason::Ok:
      return "ok";
    case ExitReason::Usage:
      return "usage";
    case ExitReason::Input:
      return "input";
    case ExitReason::Software:
      return "software";
    case ExitReason::Encoder:
      return "encoder";
    case ExitReason::Memory:
      return "memory";
    case ExitReason::Output:
      return "output";
    case ExitReason::Protocol:
      return "protocol";
    case ExitReason::Config:
      return "config";
  }
  return "unknown";
}

}  // namespace common
