#include "supervisor/process/probe_run.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/printable.h"
#include "supervisor/process/orphan_sweep.h"

namespace supervisor {
namespace {

using boost::system::error_code;
using End = ProbeOutcome::End;

constexpr std::size_t block_bytes = 16 * 1024;

}  // namespace

std::string describe_outcome(const ProbeOutcome& outcome, std::chrono::milliseconds limit) {
  std::string text;
  switch (outcome.end) {
    case End::TimedOut:
      return "did not answer within " + std::to_string(limit.count()) + " ms";
    case End::TooLong:
      return "wrote more than " + std::to_string(probe_output_bytes_max / 1024) + " KiB";
    case End::Signalled:
      text = "was killed by signal " + std::to_string(outcome.code);
      break;
    case End::Exited:
      text = "ended with status " + std::to_string(outcome.code);
      break;
  }
  std::string complaint = outcome.errors.substr(0, outcome.errors.find_last_not_of("\n \t") + 1);
  std::replace(complaint.begin(), complaint.end(), '\n', ' ');
  return complaint.empty() ? text : text + ": " + common::printable(complaint, 512);
}

common::Result<std::shared_ptr<ProbeRun>> ProbeRun::start(boost::asio::io_context& loop,
                                                          const ProbePlan& plan, Done done) {
  auto spawned = spawn_probe(plan.spawn);
  if (!spawned) return spawned.error();
  std::shared_ptr<ProbeRun> run(new ProbeRun(loop, std::move(*spawned), plan.orphans, std::move(done)));
  run->begin(plan.limit);
  return run;
}

ProbeRun::ProbeRun(boost::asio::io_context& loop, SpawnedProbe probe, OrphanSweep* orphans, Done done)
    : exit_(loop, probe.pid, std::move(probe.pidfd)),
      output_(loop, probe.output.release()),
      errors_(loop, probe.errors.release()),
      deadline_(loop),
      orphans_(orphans),
      done_(std::move(done)) {
  if (orphans_ != nullptr) orphans_->know(exit_.pid());
}

void ProbeRun::begin(std::chrono::milliseconds limit) {
  read(output_, outcome_.output, probe_output_bytes_max);
  read(errors_, outcome_.errors, probe_errors_bytes_max);
  wait_for_exit();
  deadline_.expires_after(limit);
  deadline_.async_wait([self = shared_from_this()](error_code failure) {
    if (!failure && !self->exit_.is_reaped()) self->kill(End::TimedOut);
  });
}

void ProbeRun::read(Descriptor& from, std::string& into, std::size_t bytes_max) {
  from.async_wait(Descriptor::wait_read,
                  [self = shared_from_this(), &from, &into, bytes_max](error_code failure) {
                    if (failure || self->exit_.is_reaped()) return;
                    const ssize_t size = self->take(from, into, bytes_max);
                    if (size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR)))
                      self->read(from, into, bytes_max);
                  });
}

ssize_t ProbeRun::take(Descriptor& from, std::string& into, std::size_t bytes_max) {
  std::array<char, block_bytes> block{};
  const ssize_t size = ::read(from.native_handle(), block.data(), block.size());
  if (size <= 0) return size;
  into.append(block.data(), std::min(static_cast<std::size_t>(size), bytes_max - into.size()));
  // A flood on stderr is read and forgotten; one on stdout is no answer.
  if (&into == &outcome_.output && into.size() == bytes_max && !killed_) kill(End::TooLong);
  return size;
}

// What is in the pipes still; bounded, for somebody else may hold their other ends.
void ProbeRun::drain() {
  for (std::size_t i = 0; i < probe_output_bytes_max / block_bytes; ++i) {
    if (take(output_, outcome_.output, probe_output_bytes_max) <= 0) break;
  }
  take(errors_, outcome_.errors, probe_errors_bytes_max);
}

void ProbeRun::wait_for_exit() {
  exit_.wait({[self = shared_from_this()] {
                if (!self->killed_) self->drain();
              },
              [self = shared_from_this()](const siginfo_t& info) { self->take_exit(info); }});
}

void ProbeRun::take_exit(const siginfo_t& info) {
  if (!killed_) {
    outcome_.end = info.si_code == CLD_EXITED ? End::Exited : End::Signalled;
    outcome_.code = info.si_status;
  }
  error_code ignored;
  for (Descriptor* descriptor : {&output_, &errors_}) descriptor->close(ignored);
  if (orphans_ != nullptr) orphans_->forget(exit_.pid());
  tell();
}

void ProbeRun::kill(End why) {
  killed_ = true;
  outcome_.end = why;
  exit_.signal(SIGKILL);
  deadline_.expires_after(probe_reap_time);
  deadline_.async_wait([self = shared_from_this()](error_code failure) {
    if (!failure) self->tell();
  });
}

void ProbeRun::tell() {
  deadline_.cancel();
  if (done_) std::exchange(done_, {})(std::move(outcome_));
}

void ProbeRun::cancel() {
  done_ = {};
  if (!exit_.is_reaped()) kill(End::TimedOut);
}

}  // namespace supervisor
