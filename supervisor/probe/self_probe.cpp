#include "supervisor/probe/self_probe.h"

#include <algorithm>

#include "supervisor/report/status_json.h"

namespace supervisor {
namespace {

common::MonoTime now() {
  return std::chrono::steady_clock::now();
}

std::string error_of(const ProbeReport& report) {
  return report.finding ? report.finding->text : std::string();
}

bool same_kind(const std::optional<ProbeReport>& before, const ProbeReport& after) {
  if (!before) return !after.finding;  // well at first sight is no news
  if (!before->finding || !after.finding) return !before->finding == !after.finding;
  return before->finding->fault == after.finding->fault;
}

// A part is published with its last picture, which lasts a little longer: that is no negative age.
std::optional<std::int64_t> count(const std::optional<std::chrono::milliseconds>& age) {
  return age ? std::optional(std::max<std::int64_t>(0, age->count())) : std::nullopt;
}

}  // namespace

SelfProbe::SelfProbe(boost::asio::io_context& loop, std::chrono::milliseconds interval, std::string agent,
                     ProbeWorld world)
    : loop_(loop), interval_(interval), agent_(std::move(agent)), world_(std::move(world)), timer_(loop) {}

SelfProbe::~SelfProbe() {
  stop();
}

void SelfProbe::start() {
  if (interval_.count() > 0) wait();
}

void SelfProbe::stop() {
  timer_.cancel();
  left_.clear();
  if (connection_) connection_->close();
  connection_.reset();
  round_.reset();
}

void SelfProbe::set_interval(std::chrono::milliseconds interval) {
  if (interval == interval_) return;
  interval_ = interval;
  stop();
  if (interval_.count() == 0) streams_.clear();
  start();
}

void SelfProbe::wait() {
  timer_.expires_after(interval_);
  timer_.async_wait([this](boost::system::error_code failure) {
    if (!failure) begin_sweep();
  });
}

void SelfProbe::begin_sweep() {
  const auto targets = world_.targets();
  left_.assign(targets.begin(), targets.end());
  std::erase_if(streams_, [&](const auto& entry) {
    return std::none_of(targets.begin(), targets.end(),
                        [&](const ProbeTarget& target) { return target.stream == entry.first; });
  });
  begin_next();
}

void SelfProbe::begin_next() {
  if (left_.empty()) return wait();
  const ProbeTarget target = std::move(left_.front());
  left_.pop_front();
  Stream& stream = streams_[target.stream];
  probed_ = target.stream;
  round_ = std::make_unique<ProbeRound>(target.stream, stream.rounds++ % reload_every == 0, target.origin_ns,
                                        stream.memory);
  round_at_ = now();
  const auto listeners = world_.listeners();
  const auto server = listeners.empty() ? common::Result<boost::asio::ip::tcp::endpoint>(
                                              common::error("nothing listens: no address could be bound"))
                                        : probe_endpoint(listeners.front());
  if (!server) {
    round_->fail(server.error().reason);
    return end_round();
  }
  connection_ =
      std::make_shared<ProbeConnection>(loop_, *server, agent_, world_.is_secured && world_.is_secured());
  ask();
}

void SelfProbe::ask() {
  const auto request = round_->next();
  if (!request) return end_round();
  connection_->fetch(*request, patience,
                     [this, alive = std::weak_ptr(alive_)](common::Result<ProbeReply> reply) {
                       if (alive.expired() || !round_) return;
                       if (reply) {
                         round_->take(*reply);
                       } else {
                         round_->fail(reply.error().reason);
                       }
                       ask();
                     });
}

void SelfProbe::end_round() {
  if (connection_) connection_->close();
  connection_.reset();
  const ProbeReport report = round_->report();
  round_.reset();
  // Stopped meanwhile: what was found is no fault.
  const auto targets = world_.targets();
  const bool wanted = std::any_of(targets.begin(), targets.end(),
                                  [this](const ProbeTarget& target) { return target.stream == probed_; });
  if (wanted) {
    record(streams_[probed_], probed_, report);
  } else {
    streams_.erase(probed_);
  }
  begin_next();
}

void SelfProbe::record(Stream& stream, const std::string& name, const ProbeReport& report) {
  const bool news = !same_kind(stream.last, report);
  const bool failed_before = stream.last && stream.last->finding;
  if (report.finding && !failed_before) stream.failing_since = round_at_;
  stream.last = report;
  stream.checked_at = std::chrono::system_clock::now();
  stream.took = std::chrono::ceil<std::chrono::milliseconds>(now() - round_at_);
  if (news) world_.changed(name, error_of(report));
}

void SelfProbe::fill(StreamSnapshot& snapshot, common::MonoTime at) const {
  const auto found = streams_.find(snapshot.name);
  if (found == streams_.end() || !found->second.last) return;
  const Stream& stream = found->second;
  const ProbeReport& report = *stream.last;
  snapshot.self_probe_ok = !report.finding;
  snapshot.self_probe_error = error_of(report);
  SelfProbeSnapshot& probe = snapshot.self_probe;
  probe.checked_at = format_rfc3339(stream.checked_at);
  probe.took_ms = stream.took.count();
  probe.playlist_age_ms = count(report.playlist_age);
  probe.newest_part_age_ms = count(report.newest_part_age);
  probe.media_sequence = report.media_sequence;
  probe.key_frame = report.key_frame;
  if (!report.finding) return;
  probe.failing_seconds = std::chrono::duration<double>(at - stream.failing_since).count();
  if (!is_unplayable(snapshot) || snapshot.state != "healthy") return;
  snapshot.state = "degraded";
  snapshot.reason = "the self-probe cannot play it: " + report.finding->text;
}

}  // namespace supervisor
