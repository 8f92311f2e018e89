#include "supervisor/doctor/ask_worker.h"

#include <nlohmann/json.hpp>
#include <optional>

namespace supervisor {
namespace {

// The probe answers by itself before it is killed, and then says what it waited for.
constexpr std::chrono::milliseconds spare{500};

}  // namespace

common::Result<ProbeOutcome> run_program(const std::string& program,
                                         const std::vector<std::string>& arguments,
                                         const std::string& settings) {
  boost::asio::io_context loop(1);
  std::optional<ProbeOutcome> outcome;
  const auto run =
      ProbeRun::start(loop, {.spawn = {program, arguments, settings}, .limit = worker_answer_time_max},
                      [&outcome](ProbeOutcome ended) { outcome = std::move(ended); });
  if (!run) return run.error();
  while (!outcome && loop.run_one() > 0) {
  }
  if (!outcome) return common::error(program + " did not end");
  if (outcome->end == ProbeOutcome::End::Exited) return std::move(*outcome);
  return common::error(program + " " + describe_outcome(*outcome, worker_answer_time_max));
}

common::Result<nlohmann::json> ask_worker(const std::string& program, std::vector<std::string> question,
                                          const std::string& settings) {
  question.insert(question.begin(), "probe");
  const auto limit = std::chrono::milliseconds(worker_answer_time_max) - spare;
  question.insert(question.end(), {"--limit-ms", std::to_string(limit.count())});
  if (!settings.empty())
    question.insert(question.end(), {"--config-fd", std::to_string(spawned_settings_fd)});
  const auto outcome = run_program(program, question, settings);
  if (!outcome) return outcome.error();
  auto answer = nlohmann::json::parse(outcome->output, nullptr, false);
  if (answer.is_object()) return answer;
  return common::error(program + " " + describe_outcome(*outcome, worker_answer_time_max));
}

}  // namespace supervisor
