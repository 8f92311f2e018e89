// SHELL: one mail or one HTTP request over libcurl, from its connection to its end, within the deadlines of
// the job. Never follows a redirect, never takes a proxy from the environment, never accepts a certificate
// that does not verify, reads at most reply_bytes_max. Blocks, on names too, and libcurl brings more memory
// along than the whole supervisor has: only in a process of its own (run_delivery). Errors are sentences
// without any secret, address keys included.
#pragma once

#include "supervisor/alerts/delivery_job.h"

namespace supervisor {

inline constexpr std::size_t reply_bytes_max = 4096;

Delivery carry_out(const DeliveryJob& job);

// `streamer-supervisor deliver --config-fd N`: reads the job there, carries it out, writes the answer to
// stdout. The exit status: 0 whatever was answered; 64 there is no job.
int run_delivery(int config_fd);

}  // namespace supervisor
