// The role `stream`: capture, encode, package one stream, as told by the supervisor (common/protocol.h).
//   stream --config-fd N --generation G --nonce HEX
// N gives worker settings as JSON (common/worker_settings.h); fd 3 is the media socket, stdin commands,
// stderr messages. Ends with an exit code of common/exit_reason.h, and with the supervisor: at EOF of stdin
// at once.
#pragma once

#include <span>
#include <string>

#include "worker/encode/encoder_chain.h"

namespace worker {

// args: what follows "stream".
int run_stream(std::span<const std::string> args, const OpenEncoder& open = open_encoder);

}  // namespace worker
