#include "supervisor/doctor/check_run.h"

#include <future>
#include <memory>
#include <thread>

namespace supervisor {
namespace {

using Found = std::vector<Finding>;

std::future<Found> begin(Check check) {
  auto promise = std::make_shared<std::promise<Found>>();
  auto future = promise->get_future();
  std::thread([promise, check = std::move(check)] {
    try {
      promise->set_value(check.look());
    } catch (const std::exception& wrong) {
      promise->set_value({failure(check.what, std::string("the check itself failed: ") + wrong.what(),
                                  "tell the developers", doctor_os)});
    }
  }).detach();
  return future;
}

}  // namespace

CheckedAll run_checks(std::vector<Check> checks, std::chrono::milliseconds limit,
                      const std::function<void(const Finding&)>& tell) {
  const auto until = std::chrono::steady_clock::now() + limit;
  std::vector<std::pair<std::string, std::future<Found>>> running;
  for (Check& check : checks) {
    const std::string what = check.what;
    running.emplace_back(what, begin(std::move(check)));
  }
  CheckedAll all;
  for (auto& [what, future] : running) {
    Found found;
    if (future.wait_until(until) == std::future_status::ready) {
      found = future.get();
    } else {
      all.left_behind = true;
      found = {failure(what, "no answer within " + std::to_string(limit.count() / 1000) + " s",
                       "look for a disk, a display or a name service that hangs", doctor_unavailable)};
    }
    for (Finding& one : found) {
      tell(one);
      all.findings.push_back(std::move(one));
    }
  }
  return all;
}

}  // namespace supervisor
