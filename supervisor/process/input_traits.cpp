#include "supervisor/process/input_traits.h"

#include <cmath>

#include "common/redact.h"

namespace supervisor {
namespace {

constexpr std::size_t name_bytes_max = 120;

std::string region_text(const common::Region& region) {
  return std::to_string(region.width) + "x" + std::to_string(region.height) + "+" + std::to_string(region.x) +
         "+" + std::to_string(region.y);
}

std::string screen_name(const common::InputSettings& input) {
  const std::string part = input.region ? region_text(*input.region) : input.monitor;
  return input.display.empty() ? part : input.display + " " + part;
}

std::string plain_name(const common::InputSettings& input) {
  if (input.type == "x11") return screen_name(input);
  if (input.type == "url") return input.url;
  if (input.type == "file") return input.path;
  if (input.type == "device") return input.format + " " + input.device;
  return input.type == "slate" && !input.text.empty() ? "slate: " + input.text : input.type;
}

InputTraits::Kind kind_of(const std::string& type) {
  if (type == "slate") return InputTraits::Kind::Slate;
  if (type == "file") return InputTraits::Kind::File;
  return type == "url" || type == "device" ? InputTraits::Kind::Remote : InputTraits::Kind::Own;
}

}  // namespace

std::string input_name(const common::InputSettings& input) {
  return common::outside_text(plain_name(input), name_bytes_max);
}

InputTraits traits_of(const common::InputSettings& input) {
  InputTraits traits{.kind = kind_of(input.type), .name = input_name(input)};
  const bool remote = traits.kind == InputTraits::Kind::Remote;
  if (input.exclusive && remote) traits.exclusive = input.type == "device" ? input.device : input.url;
  if (input.timeout > 0) traits.timeout = std::chrono::milliseconds(std::lround(input.timeout * 1000));
  traits.content_limits = common::content_limits(input);
  return traits;
}

std::vector<InputTraits> traits_of(const std::vector<common::InputSettings>& inputs) {
  std::vector<InputTraits> all;
  for (const common::InputSettings& input : inputs) all.push_back(traits_of(input));
  return all;
}

std::vector<int> former_places(const std::vector<common::InputSettings>& old,
                               const std::vector<common::InputSettings>& wanted) {
  std::vector<bool> taken(old.size(), false);
  std::vector<int> former;
  for (const common::InputSettings& input : wanted) {
    int place = -1;
    for (std::size_t i = 0; place < 0 && i < old.size(); ++i) {
      if (!taken[i] && old[i] == input) place = static_cast<int>(i);
    }
    if (place >= 0) taken[static_cast<std::size_t>(place)] = true;
    former.push_back(place);
  }
  return former;
}

}  // namespace supervisor
