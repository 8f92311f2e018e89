// libav's own log, kept off stderr (which belongs to the protocol): warnings and errors go to one listener.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace worker {

// From now on libav's warnings and errors go to `listener`, from any thread, as "warn": what is an error of
// the worker only its callers know. What it says while it reads inputs goes as "info": others send what they
// like, and a failure is reported by the input itself. Of each kind lines beyond 100 in a life are dropped: a
// broken input may complain at every packet. Call once, before other libav calls; the listener lives as long
// as the process.
void listen_to_libav(std::function<void(const std::string& level, const std::string& text)> listener);

// RTP packets that this thread's demuxers missed until now, by their sequence numbers: libavformat tells of
// them only in its log, from the call that reads. Counts once listen_to_libav was called.
std::uint64_t missed_rtp_packets();

}  // namespace worker
