#include "supervisor/report/drill_watch.h"

#include <algorithm>

#include "supervisor/report/json_parts.h"

namespace supervisor {

DrillWatch::DrillWatch(std::string fault, const DrillFacts& before, std::chrono::milliseconds part_target,
                       common::MonoTime now)
    : begun_(now),
      part_target_(part_target),
      bridged_before_(before.parts_bridged),
      input_error_(before.input_error) {
  report_.fault = std::move(fault);
}

void DrillWatch::take(const Action& action, common::MonoTime now) {
  if (const auto* opened = std::get_if<OpenIncident>(&action)) {
    if (in_incident_ || report_.recovery_ms) return;
    in_incident_ = true;
    report_.failure_class = failure_class_name(opened->failure);
    report_.detected_ms = since_fault(now);
  } else if (const auto* closed = std::get_if<CloseIncident>(&action)) {
    if (!in_incident_) return;
    in_incident_ = false;
    if (closed->recovery) report_.recovery_ms = since_fault(now);
  }
}

void DrillWatch::observe(const DrillFacts& facts, common::MonoTime now) {
  report_.parts_bridged = facts.parts_bridged - std::min(bridged_before_, facts.parts_bridged);
  if (facts.last_part_age_ms) {
    // Before the fault everything was well: only the time since then is its doing.
    const std::int64_t gap = std::min(*facts.last_part_age_ms, since_fault(now) + part_target_.count());
    report_.part_gap_ms = std::max(report_.part_gap_ms, gap);
  }
  report_.hole_ms = std::max<std::int64_t>(0, report_.part_gap_ms - parts_held * part_target_.count());
  if (in_incident_ || !report_.failure_class.empty()) return;
  disturbed_ = disturbed_ || facts.disturbed || facts.input_error != input_error_;
  if (!disturbed_) return;
  if (!report_.detected_ms) report_.detected_ms = since_fault(now);
  if (!facts.disturbed && !report_.recovery_ms) report_.recovery_ms = since_fault(now);
}

bool DrillWatch::is_over(common::MonoTime now) const {
  return report_.recovery_ms.has_value() || now - begun_ >= patience;
}

DrillReport DrillWatch::report() const {
  DrillReport report = report_;
  report.verdict = report.recovery_ms ? "recovered" : report.detected_ms ? "not_recovered" : "not_detected";
  return report;
}

std::int64_t DrillWatch::since_fault(common::MonoTime now) const {
  return std::max<std::int64_t>(0,
                                std::chrono::duration_cast<std::chrono::milliseconds>(now - begun_).count());
}

std::string drill_json(const DrillReport& report) {
  const auto word = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  return dump({{"fault", report.fault},
               {"failure_class", word(report.failure_class)},
               {"detected_ms", or_null(report.detected_ms)},
               {"recovery_ms", or_null(report.recovery_ms)},
               {"hole_ms", report.hole_ms},
               {"part_gap_ms", report.part_gap_ms},
               {"parts_bridged", report.parts_bridged},
               {"incident", word(report.incident)},
               {"verdict", report.verdict}});
}

}  // namespace supervisor
