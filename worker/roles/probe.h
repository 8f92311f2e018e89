// The role `probe`: one question, one JSON text on stdout, an exit code of sysexits. For people and for the
// supervisor's doctor, which gives it a time limit: a hanging X server hangs it.
//   probe monitors [--display :N] [--xauthority FILE] [--monitor X]    {"monitors":[...]}; X is marked
//   captured probe encoders                                                     what list_encoders_json()
//   says
#pragma once

#include <span>
#include <string>

namespace worker {

// args: what follows "probe". An answer that is an error is {"error":"..."}, exit 69; usage is 64.
int run_probe(std::span<const std::string> args);

}  // namespace worker
