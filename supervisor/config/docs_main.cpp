// streamer-config-docs schema|reference|man: prints docs/config.schema.json, docs/configuration.md or the
// manual page desktop-streamer-config(5). Not installed.
#include <iostream>
#include <string_view>

#include "supervisor/config/reference.h"

int main(int argc, char** argv) {
  const std::string_view what = argc == 2 ? argv[1] : "";
  if (what == "schema") {
    std::cout << supervisor::config_schema();
  } else if (what == "reference") {
    std::cout << supervisor::config_reference();
  } else if (what == "man") {
    std::cout << supervisor::config_manual();
  } else {
    std::cerr << "usage: streamer-config-docs schema|reference|man\n";
    return 64;
  }
  return std::cout.flush() ? 0 : 74;
}
