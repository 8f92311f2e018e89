// The role `probe`: one question, one JSON text on stdout, an exit code of sysexits. For people, for the
// supervisor's API and for its doctor. What does not answer in time (a stopped X server, a dead network) is
// an answer too: a probe ends by itself.
//   probe monitors [--display :N] [--xauthority FILE] [--monitor X]
//       {"monitors":[{name,edid,x,y,width,height,primary,captured}]}; captured marks X
//   probe encoders
//       {"encoders":[{name,kind,ok,reason,took_ms}]}, each tried with a real picture; kind: hardware|software
//   probe input (JSON | --config-fd N) [--disprove frozen|black|corrupt]
//       {type,ok,width,height,fps,codec,error,took_ms}: opened, and one picture taken from it, or as many as
//       it takes to see that they do not have this fault; fps is null where the source has no rate of its own
// Every one takes --limit-ms N (default 10000).
#pragma once

#include <chrono>
#include <span>
#include <string>

namespace worker {

inline constexpr std::chrono::milliseconds probe_limit_default{10'000};
inline constexpr std::chrono::milliseconds probe_limit_max{600'000};

// args: what follows "probe". An answer that is an error is {"error":"..."}, exit 69; usage is 64.
int run_probe(std::span<const std::string> args);

}  // namespace worker
