#include "worker/encode/encoder_chain.h"

#include <filesystem>

namespace worker {
namespace {

constexpr const char* software = "libx264";
constexpr const char* hardware = "h264_vaapi";

std::vector<std::string> order(const std::string& wanted) {
  if (wanted == "auto" || wanted.empty()) return {hardware, software};
  if (wanted == software) return {software};
  return {wanted, software};
}

// A GPU that can encode shows itself as a render node (Linux DRM).
bool has_gpu() {
  std::error_code failure;
  for (const auto& node : std::filesystem::directory_iterator("/dev/dri", failure)) {
    if (node.path().filename().string().starts_with("renderD")) return true;
  }
  return false;
}

// Whether it is a loss that `used` is not the first of the chain.
bool is_degraded(const EncoderWish& wish, const std::string& used) {
  if (used == order(wish.wanted).front()) return false;
  return wish.software_only || wish.wanted == hardware || has_gpu();
}

struct Tried {
  std::unique_ptr<Encoder> encoder;
  AccessUnit trial;
};

common::Result<Tried> open_and_try(const OpenEncoder& open, const std::string& name,
                                   const EncoderSettings& settings, const Picture& trial, common::Slot slot) {
  auto encoder = open(name, settings);
  if (!encoder) return encoder.error();
  auto access_unit = (*encoder)->encode(trial, slot, true);
  if (!access_unit) return access_unit.error();
  if (access_unit->bytes.empty()) return common::error(name + ": holds pictures back");
  return Tried{std::move(*encoder), std::move(*access_unit)};
}

}  // namespace

common::Result<ChosenEncoder> choose_encoder(const EncoderWish& wish, const EncoderSettings& settings,
                                             const Picture& trial, common::Slot trial_slot,
                                             const OpenEncoder& open) {
  std::string refusals;
  int system_errno = 0;
  for (const std::string& name : order(wish.wanted)) {
    common::Error why = common::error("left out, because hardware encoding failed before");
    if (name == software || !wish.software_only) {
      auto tried = open_and_try(open, name, settings, trial, trial_slot);
      if (tried) {
        return ChosenEncoder{
            std::move(tried->encoder), std::move(tried->trial), {name, refusals, is_degraded(wish, name)}};
      }
      why = tried.error();
    }
    if (!refusals.empty()) refusals += "; ";
    refusals += name + ": " + why.reason;
    system_errno = why.system_errno;
  }
  return common::Error("no encoder works: " + refusals, system_errno);
}

std::vector<EncoderTrial> try_encoders(const Picture& trial, const OpenEncoder& open) {
  EncoderSettings settings;
  settings.width = trial.width();
  settings.height = trial.height();
  std::vector<EncoderTrial> all;
  for (const char* name : {hardware, software}) {
    const auto begun = std::chrono::steady_clock::now();
    const auto tried = open_and_try(open, name, settings, trial, 0);
    const auto took = std::chrono::steady_clock::now() - begun;
    all.push_back({name, name == hardware, tried.has_value(), tried ? "" : tried.error().reason,
                   std::chrono::ceil<std::chrono::milliseconds>(took)});
  }
  return all;
}

}  // namespace worker
