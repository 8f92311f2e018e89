#include "worker/encode/encoder_chain.h"

#include <nlohmann/json.hpp>

#include "worker/encode/libav_encoder.h"

namespace worker {
namespace {

constexpr const char* software = "libx264";
constexpr const char* hardware = "h264_vaapi";

std::vector<std::string> order(const std::string& wanted) {
  if (wanted == "auto" || wanted.empty()) return {hardware, software};
  if (wanted == software) return {software};
  return {wanted, software};
}

struct Tried {
  std::unique_ptr<Encoder> encoder;
  AccessUnit trial;
};

common::Result<Tried> open_and_try(const std::string& name, const EncoderSettings& settings,
                                   const Picture& trial, common::Slot slot) {
  auto encoder = open_libav_encoder(name, settings);
  if (!encoder) return encoder.error();
  auto access_unit = (*encoder)->encode(trial, slot, true);
  if (!access_unit) return access_unit.error();
  return Tried{std::move(*encoder), std::move(*access_unit)};
}

}  // namespace

common::Result<ChosenEncoder> choose_encoder(const std::string& wanted, const EncoderSettings& settings,
                                             const Picture& trial, common::Slot trial_slot) {
  std::string refusals;
  for (const std::string& name : order(wanted)) {
    auto tried = open_and_try(name, settings, trial, trial_slot);
    if (tried) return ChosenEncoder{std::move(tried->encoder), std::move(tried->trial), {name, refusals}};
    if (!refusals.empty()) refusals += "; ";
    refusals += name + ": " + tried.error().reason;
  }
  return common::error("no encoder works: " + refusals);
}

std::string list_encoders_json(const Picture& trial) {
  EncoderSettings settings;
  settings.width = trial.width();
  settings.height = trial.height();
  nlohmann::json list = nlohmann::json::array();
  for (const char* name : {hardware, software}) {
    const auto encoder = open_and_try(name, settings, trial, 0);
    list.push_back(
        {{"name", name}, {"works", encoder.has_value()}, {"reason", encoder ? "" : encoder.error().reason}});
  }
  return list.dump();
}

}  // namespace worker
