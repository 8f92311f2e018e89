// GET /api/encoders and /api/monitors: what the worker's probe role found, in the shape of the API. The
// report of a running worker is the better source for the monitors of its stream and comes first. Event-loop
// thread; answers from memory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/protocol.h"
#include "supervisor/config/config.h"
#include "supervisor/process/probe_desk.h"

namespace supervisor {

class ProbeAnswers {
 public:
  // How old an answer may be before a request fetches it anew. Encoders change with drivers and groups, not
  // by themselves; monitors by a hand at a cable.
  static constexpr std::chrono::minutes encoders_fresh_for{10};
  static constexpr std::chrono::seconds monitors_fresh_for{10};

  ProbeAnswers(boost::asio::io_context& loop, std::string worker_program)
      : desk_(loop, std::move(worker_program)) {}

  struct StreamMonitors {
    std::string stream;
    std::vector<common::Monitor> reported;          // by its running worker; empty: nothing yet
    std::optional<common::InputSettings> x11 = {};  // the first of its inputs that is one
  };

  // Nothing: the first probe is running. {"checked_at","encoders":[{name,kind,ok,reason,took_ms}],"error"}
  std::optional<std::string> encoders_json();
  // {"monitors":[{stream,source,name,edid,x,y,width,height,primary,captured}],"errors":[{stream,reason}]};
  // source: worker | probe.
  std::optional<std::string> monitors_json(const std::vector<StreamMonitors>& streams);

 private:
  ProbeDesk desk_;
};

}  // namespace supervisor
