#include "supervisor/doctor/finding.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/printable.h"

namespace supervisor {
namespace {

constexpr std::size_t what_width = 22;

const char* name_of(Verdict verdict) {
  return verdict == Verdict::Ok ? "ok" : (verdict == Verdict::Warn ? "warn" : "fail");
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

}  // namespace

std::string format_finding(const Finding& finding) {
  std::string line = padded(name_of(finding.verdict), 4) + "  " +
                     padded(common::printable(finding.what, 80), what_width) + "  " +
                     common::printable(finding.detail);
  if (!finding.fix.empty()) line += "  - " + common::printable(finding.fix);
  return line;
}

std::string findings_json(const std::vector<Finding>& findings) {
  nlohmann::json checks = nlohmann::json::array();
  Verdict worst = Verdict::Ok;
  for (const Finding& one : findings) {
    worst = std::max(worst, one.verdict);
    checks.push_back(
        {{"verdict", name_of(one.verdict)}, {"what", one.what}, {"detail", one.detail}, {"fix", one.fix}});
  }
  return nlohmann::json{
      {"verdict", name_of(worst)}, {"exit_code", exit_code_of(findings)}, {"checks", std::move(checks)}}
      .dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

int exit_code_of(const std::vector<Finding>& findings) {
  const auto first = std::find_if(findings.begin(), findings.end(),
                                  [](const Finding& one) { return one.verdict == Verdict::Fail; });
  return first == findings.end() ? 0 : first->exit_code;
}

}  // namespace supervisor
