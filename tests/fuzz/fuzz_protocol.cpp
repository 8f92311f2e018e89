// link: common
// Lines of the control protocol, both directions. A message that is accepted must survive formatting and fit
// a line.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const common::Sender sender{7, "5f2a"};
  if (const auto message = common::parse_message(sender, line)) {
    const std::string again = common::format_message(sender, *message);
    if (again.size() > common::line_bytes_max || again.back() != '\n') std::abort();
    const auto parsed = common::parse_message(sender, std::string_view(again).substr(0, again.size() - 1));
    if (!parsed || parsed->index() != message->index()) std::abort();
  }
  if (const auto command = common::parse_command(line)) {
    const std::string again = common::format_command(*command);
    const auto parsed = common::parse_command(std::string_view(again).substr(0, again.size() - 1));
    if (!parsed || parsed->index() != command->index()) std::abort();
  }
  return 0;
}
