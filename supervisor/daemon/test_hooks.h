// Faults of the supervisor itself that tests ask for, by files that an environment variable names: there is
// no other way to them, and without the variable nothing is looked at. $STREAMER_TEST_HOOKS=DIRECTORY; the
// file DIRECTORY/block keeps the event loop from turning, DIRECTORY/throw throws in a handler; each is
// removed first, so that the next process is well. Event-loop thread.
#pragma once

namespace supervisor {

void run_test_hooks();

}  // namespace supervisor
