#include "supervisor/daemon/plans.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string>

namespace supervisor {

namespace {

AtLimit at_limit_of(const std::string& word, AtLimit of_class) {
  if (word == "hold") return AtLimit::Hold;
  if (word == "block") return AtLimit::Block;
  if (word == "software_encoder") return AtLimit::SoftwareEncoder;
  if (word == "reduce") return AtLimit::Reduce;
  return of_class;
}

// What the operator sets replaces the class's own rule, value by value; 0 and "" leave it.
void apply(const Strategy& wanted, FailureClass failure, ClassStrategy& strategy) {
  if (wanted.delay.count() > 0) strategy.delay = wanted.delay;
  if (wanted.multiplier > 0)
    strategy.multiplier_permille = static_cast<int>(std::lround(wanted.multiplier * 1000));
  if (wanted.cap.count() > 0) strategy.cap = wanted.cap;
  strategy.at_limit = at_limit_of(wanted.at_limit, strategy.at_limit);
  if (wanted.max_attempts == 0) return;
  // Of encoders the attempts are counted with the one that is next in the chain: two are one failure.
  const bool next_is_an_attempt =
      failure == FailureClass::Encoder && strategy.at_limit == AtLimit::SoftwareEncoder;
  strategy.max_attempts = next_is_an_attempt ? std::max(wanted.max_attempts - 1, 1) : wanted.max_attempts;
}

ClassStrategies supervision_strategies(const Restart& restart) {
  ClassStrategies all = default_strategies();
  for (std::size_t i = 0; i < failure_class_count; ++i) {
    const FailureClass failure = static_cast<FailureClass>(i);
    const auto wanted = restart.strategies.find(std::string(failure_class_name(failure)));
    if (wanted != restart.strategies.end()) apply(wanted->second, failure, all[i]);
  }
  return all;
}

}  // namespace

SupervisionSettings supervision_settings(const Stream& stream) {
  SupervisionSettings s;
  const Timers& timers = stream.timers;
  s.exec_timeout = timers.exec;
  s.hello_timeout = timers.hello;
  s.first_media_timeout = timers.first_media;
  s.heartbeat_timeout = timers.heartbeat;
  s.progress_timeout = progress_timeout(stream);
  s.stop_timeout = timers.term;
  s.kill_timeout = timers.kill;
  s.hold_min = timers.hold;
  s.hold_max = timers.hold_max;
  s.hot_standby = stream.standby == "hot";
  const Restart& restart = stream.restart;
  s.restart_delay = restart.restart_delay;
  s.backoff_multiplier_permille = static_cast<int>(std::lround(restart.backoff_multiplier * 1000));
  s.backoff_max = restart.backoff_max;
  s.stable_after = restart.stable_after;
  s.max_restarts = restart.max_restarts;
  s.restart_window = restart.restart_window;
  s.strategies = supervision_strategies(restart);
  s.hot_standby = stream.standby == "hot";
  s.segment = std::chrono::milliseconds(std::lround(stream.hls.segment_duration * 1000));
  return s;
}

SelectorSettings selector_settings(const Selector& selector) {
  SelectorSettings s;
  s.suspect_after = selector.suspect_after;
  s.timeout = selector.timeout;
  s.stable_time = selector.stable_time;
  s.dwell_time = selector.dwell_time;
  s.warm = selector.warm;
  s.probe_interval = selector.probe_interval;
  s.probe_interval_max = selector.probe_interval_max;
  s.probe_timeout = selector.probe_timeout;
  s.penalty = selector.penalty;
  s.penalty_half_life = selector.penalty_half_life;
  s.penalty_suppress = selector.penalty_suppress;
  s.penalty_reuse = selector.penalty_reuse;
  return s;
}

SamplingSettings sampling_settings(const Log& log) {
  return {log.sample_lines, log.sample_window};
}

StreamPlan stream_plan(const Stream& stream, const ProcessIdentity& identity, std::uint64_t seed) {
  StreamPlan plan;
  plan.name = stream.name;
  plan.worker_program = identity.worker_program;
  // The timeline is CLOCK_MONOTONIC itself: it goes on over a restart of the supervisor without any state.
  plan.settings = worker_settings(stream, 0);
  const char* display = std::getenv("DISPLAY");  // that of the workers too
  plan.settings.network = common::needs_network(plan.settings.inputs, display == nullptr ? "" : display);
  plan.selector = selector_settings(stream.selector);
  plan.supervision = supervision_settings(stream);
  plan.publishing.grid = plan.settings.grid;
  plan.publishing.window_segments = stream.hls.window_segments;
  plan.publishing.low_latency = stream.hls.low_latency;
  plan.publishing.session = identity.session;
  plan.publishing.wall_origin_ms = identity.wall_origin_ms;
  plan.errors = stream.errors;
  plan.limits = stream.limits;
  plan.seed = seed;
  return plan;
}

HttpSettings http_settings(const Server& server) {
  HttpSettings s;
  s.connections = static_cast<std::size_t>(server.limits.connections_max);
  s.header_bytes = static_cast<std::size_t>(server.limits.header_bytes_max);
  s.body_bytes = static_cast<std::size_t>(server.limits.body_bytes_max);
  s.header = server.limits.header_timeout;
  s.idle = server.limits.idle_timeout;
  s.threads = server.threads;
  return s;
}

AlertDeskPlan alert_plan(const Config& config, const std::string& state_dir) {
  std::array<char, 256> name{};
  const bool known = ::gethostname(name.data(), name.size() - 1) == 0;
  return {state_dir.empty() ? std::string() : state_dir + "/alerts", known ? name.data() : "localhost",
          config};
}

AuthSettings auth_settings(const Auth& auth) {
  AuthSettings s;
  for (const AuthUser& user : auth.users)
    s.users.push_back({user.name, parse_role(user.role).value_or(Role::Viewer), user.password_hash});
  for (const AuthToken& token : auth.tokens)
    s.tokens.push_back({token.name, parse_role(token.role).value_or(Role::Viewer), token.token_hash});
  s.public_media = auth.public_media;
  s.session = std::chrono::seconds(std::llround(auth.session_hours * 3600));
  s.login = {auth.login_attempts, auth.login_delay, auth.login_delay_max};
  return s;
}

IncidentDeskPlan incident_plan(const Server& server) {
  return {server.state_dir.empty() ? std::string() : server.state_dir + "/incidents", server.drill};
}

std::optional<DiskMirrorSettings> mirror_settings(const Stream& stream) {
  if (stream.hls.output_dir.empty()) return std::nullopt;
  DiskMirrorSettings s;
  s.output_dir = stream.hls.output_dir;
  s.output_mode = stream.hls.output_mode;
  return s;
}

}  // namespace supervisor
