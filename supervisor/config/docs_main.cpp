// streamer-config-docs schema|reference: prints docs/config.schema.json or docs/configuration.md. Not
// installed.
#include <iostream>
#include <string_view>

#include "supervisor/config/reference.h"

int main(int argc, char** argv) {
  const std::string_view what = argc == 2 ? argv[1] : "";
  if (what == "schema") {
    std::cout << supervisor::config_schema();
  } else if (what == "reference") {
    std::cout << supervisor::config_reference();
  } else {
    std::cerr << "usage: streamer-config-docs schema|reference\n";
    return 64;
  }
  return std::cout.flush() ? 0 : 74;
}
