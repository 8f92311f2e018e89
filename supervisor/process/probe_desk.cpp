#include "supervisor/process/probe_desk.h"

#include <algorithm>

#include "supervisor/process/orphan_sweep.h"

namespace supervisor {
namespace {

common::MonoTime now() {
  return std::chrono::steady_clock::now();
}

ProbeDesk::Report report_of(ProbeOutcome outcome) {
  ProbeDesk::Report report{
      .ok = false, .output = {}, .error = {}, .checked_at = std::chrono::system_clock::now()};
  report.ok = outcome.end == ProbeOutcome::End::Exited && outcome.code == 0;
  if (!report.ok) report.error = "the probe " + describe_outcome(outcome, ProbeDesk::limit);
  report.output = std::move(outcome.output);
  return report;
}

}  // namespace

ProbeDesk::ProbeDesk(boost::asio::io_context& loop, std::string worker_program)
    : loop_(loop), worker_program_(std::move(worker_program)) {}

ProbeDesk::~ProbeDesk() {
  for (auto& [question, entry] : entries_) {
    if (entry.run) entry.run->cancel();
  }
}

const ProbeDesk::Report* ProbeDesk::ask(const std::vector<std::string>& question,
                                        std::chrono::milliseconds fresh_for) {
  if (!entries_.contains(question)) make_room();
  Entry& entry = entries_[question];
  const bool failed = entry.report && !entry.report->ok;
  const auto fresh = failed ? std::min<std::chrono::milliseconds>(fresh_for, failed_fresh_for) : fresh_for;
  if (!entry.run && (!entry.report || now() - entry.at >= fresh)) fetch(question, entry);
  return entry.report.get();
}

void ProbeDesk::fetch(const std::vector<std::string>& question, Entry& entry) {
  ProbePlan plan{
      .spawn = {worker_program_, {"probe"}, {}}, .limit = limit, .orphans = &OrphanSweep::of(loop_)};
  auto& words = plan.spawn.arguments;
  words.insert(words.end(), question.begin(), question.end());
  words.insert(words.end(), {"--limit-ms", std::to_string(worker_limit.count())});
  auto run = ProbeRun::start(
      loop_, plan, [this, question](ProbeOutcome outcome) { keep(question, report_of(std::move(outcome))); });
  if (run) {
    entry.run = *run;
  } else {
    keep(question, {.ok = false,
                    .output = {},
                    .error = run.error().reason,
                    .checked_at = std::chrono::system_clock::now()});
  }
}

void ProbeDesk::keep(const std::vector<std::string>& question, Report report) {
  Entry& entry = entries_[question];
  entry.run.reset();
  entry.report = std::make_unique<Report>(std::move(report));
  entry.at = now();
}

void ProbeDesk::make_room() {
  if (entries_.size() < questions_max) return;
  auto oldest = entries_.end();
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->second.run) continue;
    if (oldest == entries_.end() || entry->second.at < oldest->second.at) oldest = entry;
  }
  if (oldest != entries_.end()) entries_.erase(oldest);
}

}  // namespace supervisor
