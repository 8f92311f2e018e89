#include "tests/worker/faulty/fault_encoder.h"

#include <unistd.h>

#include <charconv>
#include <chrono>
#include <thread>

#include "worker/encode/open_encoder.h"

namespace tests {
namespace {

constexpr const char* kinds[] = {"open_fails", "open_slow", "fail_at",   "silent_at", "silent_for",
                                 "block_at",   "slow",      "slow_dear", "none"};

class FaultEncoder final : public worker::Encoder {
 public:
  FaultEncoder(std::unique_ptr<worker::Encoder> inner, std::string name, EncoderFault fault)
      : inner_(std::move(inner)), name_(std::move(name)), fault_(std::move(fault)) {}

  common::Result<worker::AccessUnit> encode(const worker::Picture& picture, common::Slot slot,
                                            bool force_key) override {
    ++pictures_;
    if (fault_.kind == "slow" || fault_.kind == "slow_dear")
      std::this_thread::sleep_for(std::chrono::milliseconds(fault_.number));
    if (fault_.kind == "fail_at" && pictures_ >= fault_.number)
      return common::error(name_ + ": the device is lost");
    if (fault_.kind == "silent_at" && pictures_ >= fault_.number) return worker::AccessUnit{};
    if (fault_.kind == "silent_for" && pictures_ == fault_.number) return worker::AccessUnit{};
    while (fault_.kind == "block_at" && pictures_ >= fault_.number) ::pause();
    return inner_->encode(picture, slot, force_key);
  }
  bool refines(common::Slot slot) override { return inner_->refines(slot); }
  void leave_nothing_out() override { inner_->leave_nothing_out(); }
  void go_on_from(const worker::Encoder& former) override {
    const auto* faulty = dynamic_cast<const FaultEncoder*>(&former);
    inner_->go_on_from(faulty ? *faulty->inner_ : former);
  }
  const std::string& name() const override { return name_; }
  std::span<const std::uint8_t> config() const override { return inner_->config(); }

 private:
  std::unique_ptr<worker::Encoder> inner_;
  std::string name_;
  EncoderFault fault_;
  int pictures_ = 0;
};

}  // namespace

common::Result<EncoderFault> parse_fault(const std::string& text) {
  EncoderFault fault;
  const std::size_t equals = text.find('=');
  if (equals != std::string::npos) fault.encoder = text.substr(0, equals);
  const std::string rest = equals == std::string::npos ? text : text.substr(equals + 1);
  const std::size_t colon = rest.find(':');
  fault.kind = rest.substr(0, colon);
  if (colon != std::string::npos)
    std::from_chars(rest.data() + colon + 1, rest.data() + rest.size(), fault.number);
  for (const char* kind : kinds)
    if (fault.kind == kind) return fault;
  return common::error("STREAMER_TEST_ENCODER: \"" + text + "\" is none of those in fault_encoder.h");
}

common::Result<std::unique_ptr<worker::Encoder>> open_faulty_encoder(const std::string& name,
                                                                     const worker::EncoderSettings& settings,
                                                                     const EncoderFault& fault) {
  const bool cheap = settings.preset == "superfast" || settings.preset == "ultrafast";
  const bool faulty = name == fault.encoder && !(cheap && fault.kind == "slow_dear");
  if (faulty && fault.kind == "open_fails") return common::error("no such device");
  if (faulty && fault.kind == "open_slow")
    std::this_thread::sleep_for(std::chrono::milliseconds(fault.number));
  auto inner = worker::open_encoder("libx264", settings);
  if (!inner) return inner.error();
  return std::unique_ptr<worker::Encoder>(
      std::make_unique<FaultEncoder>(std::move(*inner), name, faulty ? fault : EncoderFault{}));
}

}  // namespace tests
