#include "supervisor/daemon/test_hooks.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

namespace supervisor {
namespace {

bool asked_for(const char* fault) {
  static const char* const directory = std::getenv("STREAMER_TEST_HOOKS");
  return directory != nullptr && ::unlink((std::string(directory) + "/" + fault).c_str()) == 0;
}

}  // namespace

void run_test_hooks() {
  if (asked_for("block")) std::this_thread::sleep_for(std::chrono::minutes(10));
  if (asked_for("throw")) throw std::runtime_error("a test asked for an exception");
}

}  // namespace supervisor
