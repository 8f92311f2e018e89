#include "supervisor/daemon/config_desk.h"

#include <spdlog/spdlog.h>

#include <memory>
#include <nlohmann/json.hpp>

namespace supervisor {
namespace {

using Json = nlohmann::ordered_json;
using Kind = ConfigOutcome::Kind;

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string place_of(const ConfigProblem& problem) {
  return problem.line > 0 ? "line " + std::to_string(problem.line) : problem.place;
}

std::string pointer_of(const ConfigProblem& problem) {
  return problem.pointer.empty() ? "/" : problem.pointer;
}

Json warning_list(const std::vector<ConfigProblem>& warnings) {
  Json list = Json::array();
  for (const ConfigProblem& warning : warnings)
    list.push_back(place_of(warning) + ": " + pointer_of(warning) + ": " + warning.text);
  return list;
}

// "is 0; allowed: 1 to 120" in its two halves; the second is empty when the text has only one.
Json error_of(const ConfigProblem& problem) {
  std::string what = problem.text, allowed;
  for (const char* const word : {"allowed: ", "allowed here: "}) {
    const std::size_t at = problem.text.find(word);
    if (at == std::string::npos) continue;
    allowed = problem.text.substr(at + std::char_traits<char>::length(word));
    what = problem.text.substr(0, at);
    break;
  }
  while (!what.empty() && (what.back() == ' ' || what.back() == ';')) what.pop_back();
  return {{"place", place_of(problem)},
          {"pointer", pointer_of(problem)},
          {"problem", what},
          {"allowed", allowed}};
}

ConfigOutcome refusal(const ConfigReading& reading) {
  ConfigOutcome outcome{reading.kind, {}, reading.reason};
  if (reading.kind != Kind::Invalid) return outcome;
  Json errors = Json::array();
  for (const ConfigProblem& problem : reading.problems) errors.push_back(error_of(problem));
  outcome.json = text_of(errors);
  return outcome;
}

ConfigOutcome accepted(const ConfigReading& reading, const ConfigChange& change) {
  return {Kind::Done,
          text_of({{"revision", reading.revision},
                   {"applied", change.applied},
                   {"needs_restart", change.needs_restart},
                   {"warnings", warning_list(reading.whole.warnings)}}) +
              "\n",
          {}};
}

void say(const ConfigChange& change) {
  for (const std::string& text : change.applied) spdlog::info("configuration: {}", text);
  for (const std::string& text : change.needs_restart)
    spdlog::warn("configuration: {}: takes effect at the next start of the service", text);
}

}  // namespace

ConfigDesk::ConfigDesk(boost::asio::io_context& loop, ConfigDeskPlan plan, ConfigHooks hooks)
    : plan_(std::move(plan)),
      hooks_(std::move(hooks)),
      in_force_(plan_.loaded.config),
      as_written_(plan_.as_written),
      warnings_(plan_.loaded.warnings),
      revision_(plan_.loaded.revision),
      not_writable_(why_not_writable(plan_.paths.config)),
      thread_(loop) {}

void ConfigDesk::fill(Services& services) {
  services.config_json = [this] { return json(); };
  services.write_config = [this](const ConfigWrite& wanted, Done done) { write(wanted, std::move(done)); };
  services.reload_config = [this](Done done) { reload(std::move(done)); };
}

std::string ConfigDesk::json() const {
  Json warnings = warning_list(warnings_);
  if (!plan_.paths.watchdog.empty())
    warnings.push_back("alerts and monitoring of " + plan_.paths.watchdog +
                       " (--watchdog-config) come on top");
  if (!plan_.listen.empty()) warnings.push_back("--listen " + plan_.listen + " stands in for server.listen");
  return text_of({{"path", plan_.paths.config},
                  {"revision", revision_},
                  {"error", error_},
                  {"warnings", warnings},
                  {"writable", not_writable_.empty()},
                  {"config", Json::parse(format_config(as_written_, Secrets::Redacted))}}) +
         "\n";
}

// ---- reading

void ConfigDesk::reload(Done done) {
  if (plan_.paths.config.empty()) {
    if (done) done({Kind::NotWritable, {}, not_writable_});
    return;
  }
  if (done) waiting_.push_back(std::move(done));
  read_again_ = true;
  if (!busy_) start_reading();
}

void ConfigDesk::start_reading() {
  busy_ = true;
  read_again_ = false;
  hooks_.begun();
  auto reading = std::make_shared<ConfigReading>();
  const bool begun = thread_.offer(
      [reading, paths = plan_.paths] {
        *reading = read_config_files(paths);
        return true;
      },
      [this, reading](bool) { take_reading(*reading); });
  if (!begun) busy_ = false;  // cannot be: one change at a time
}

void ConfigDesk::take_reading(const ConfigReading& reading) {
  busy_ = false;
  if (read_again_) return start_reading();  // what was read may be old already
  hooks_.ended();
  revision_ = reading.revision;
  not_writable_ = reading.not_writable;
  ConfigOutcome outcome;
  if (reading.kind == Kind::Done) {
    outcome = put_in_force(reading);
    spdlog::info("the configuration was read again");
  } else {
    error_ = format_problem(reading.problems.front());
    for (const ConfigProblem& problem : reading.problems) spdlog::error("{}", format_problem(problem));
    spdlog::error("the configuration was not loaded; the one before stays in force");
    outcome = refusal(reading);
  }
  hooks_.changed();
  const auto waiting = std::exchange(waiting_, {});
  for (const Done& done : waiting) done(outcome);
}

// ---- writing

void ConfigDesk::write(const ConfigWrite& wanted, Done done) {
  if (plan_.paths.config.empty()) return done({Kind::NotWritable, {}, not_writable_});
  if (busy_)
    return done({Kind::Busy, {}, "Another change of the configuration is under way. Try again in a second."});
  busy_ = true;
  auto reading = std::make_shared<ConfigReading>();
  const bool begun = thread_.offer(
      [reading, wanted, paths = plan_.paths, in_force = as_written_] {
        *reading = write_config_file(paths, wanted, in_force);
        return true;
      },
      [this, reading, dry_run = wanted.dry_run, done](bool) { take_writing(*reading, dry_run, done); });
  if (begun) return;
  busy_ = false;
  done({Kind::Busy, {}, "The disk of the configuration does not answer. Try again later."});
}

void ConfigDesk::take_writing(const ConfigReading& reading, bool dry_run, const Done& done) {
  busy_ = false;
  if (reading.kind != Kind::Done) {
    done(refusal(reading));
  } else if (dry_run) {
    done(accepted(reading, plan_change(in_force_, wanted_of(reading))));
  } else {
    revision_ = reading.revision;
    const ConfigOutcome outcome = put_in_force(reading);
    spdlog::info("the configuration was written to {}", plan_.paths.config);
    hooks_.changed();
    done(outcome);
  }
  if (read_again_) start_reading();
}

Config ConfigDesk::wanted_of(const ConfigReading& reading) const {
  Config wanted = reading.whole.config;
  if (!plan_.listen.empty()) wanted.server.listen = {plan_.listen};
  return wanted;
}

ConfigOutcome ConfigDesk::put_in_force(const ConfigReading& reading) {
  const ConfigChange change = plan_change(in_force_, wanted_of(reading));
  in_force_ = change.in_force;
  as_written_ = reading.as_written;
  warnings_ = reading.whole.warnings;
  error_.clear();
  say(change);
  hooks_.put_in_force(change);
  return accepted(reading, change);
}

}  // namespace supervisor
