// libav's own log, kept off stderr (which belongs to the protocol): warnings and errors go to one listener.
#pragma once

#include <functional>
#include <string>

namespace worker {

// From now on libav's warnings and errors go to `listener`, from any thread, all of them as "warn": what is
// an error of the worker only its callers know. Lines beyond 100 in a life are dropped: a broken input may
// complain at every packet. Call once, before other libav calls; the listener lives as long as the process.
void listen_to_libav(std::function<void(const std::string& level, const std::string& text)> listener);

}  // namespace worker
