// A monitor as JSON, the same in the protocol, in a probe's answer and in the API. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "common/protocol.h"

namespace common {

// Its fields in the order of Monitor; the texts as they are: who prints or bounds them does so before.
nlohmann::ordered_json monitor_json(const Monitor& monitor);

}  // namespace common
