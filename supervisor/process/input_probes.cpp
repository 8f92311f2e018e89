#include "supervisor/process/input_probes.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/redact.h"
#include "supervisor/process/orphan_sweep.h"

namespace supervisor {
namespace {

using std::chrono::milliseconds;

// The probe gives up by itself before it is killed: its own words say more.
milliseconds own_limit(milliseconds limit) {
  return std::max(limit - std::min(milliseconds(500), limit / 2), milliseconds(1));
}

ProbePlan plan_of(const std::string& program, const InputProbe& probe, OrphanSweep& orphans) {
  std::vector<std::string> args = {"probe",       "input",
                                   "--config-fd", std::to_string(spawned_settings_fd),
                                   "--limit-ms",  std::to_string(own_limit(probe.limit).count())};
  if (probe.disprove) {
    args.emplace_back("--disprove");
    args.emplace_back(common::content_fault_word(*probe.disprove));
  }
  return {.spawn = {program, std::move(args), common::format_input_settings(probe.input)},
          .limit = probe.limit,
          .orphans = &orphans};
}

// Empty: it got a picture.
std::string error_of(const ProbeOutcome& outcome, milliseconds limit) {
  const bool exited = outcome.end == ProbeOutcome::End::Exited;
  if (exited && outcome.code == 0) return {};
  const auto answer = nlohmann::json::parse(outcome.output, nullptr, false);
  if (exited && answer.is_object() && answer.contains("error") && answer["error"].is_string()) {
    const std::string error = common::outside_text(answer["error"].get<std::string>());
    if (!error.empty()) return error;
  }
  return "input: the probe " + common::outside_text(describe_outcome(outcome, limit));
}

}  // namespace

InputProbes::InputProbes(boost::asio::io_context& loop, std::string worker_program, Answered answered)
    : loop_(loop), worker_program_(std::move(worker_program)), answered_(std::move(answered)) {}

InputProbes::~InputProbes() {
  for (auto& [number, run] : running_) {
    if (run) run->cancel();
  }
}

void InputProbes::start(InputProbe probe) {
  waiting_.push_back(std::move(probe));
  run_waiting();
}

void InputProbes::keep_only(const std::function<bool(std::uint64_t)>& is_wanted) {
  std::erase_if(waiting_, [&](const InputProbe& probe) { return !is_wanted(probe.number); });
  std::erase_if(running_, [&](const auto& entry) {
    if (is_wanted(entry.first)) return false;
    if (entry.second) entry.second->cancel();
    return true;
  });
  run_waiting();
}

void InputProbes::run_waiting() {
  while (!waiting_.empty() && running_.size() < running_max) {
    const InputProbe next = std::move(waiting_.front());
    waiting_.pop_front();
    run(next);
  }
}

void InputProbes::run(const InputProbe& probe) {
  auto started =
      ProbeRun::start(loop_, plan_of(worker_program_, probe, OrphanSweep::of(loop_)),
                      [this, number = probe.number, limit = probe.limit](const ProbeOutcome& outcome) {
                        finish(number, error_of(outcome, limit));
                      });
  running_[probe.number] = started ? *started : nullptr;
  if (started) return;
  // Not from inside start(): whoever asked is not ready for the answer.
  boost::asio::post(
      loop_, [this, alive = std::weak_ptr(alive_), number = probe.number, error = started.error().reason] {
        if (!alive.expired()) finish(number, "input: it cannot be probed: " + error);
      });
}

void InputProbes::finish(std::uint64_t number, const std::string& error) {
  if (running_.erase(number) == 0) return;
  run_waiting();
  answered_(number, error);
}

}  // namespace supervisor
