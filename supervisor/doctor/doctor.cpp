#include "supervisor/doctor/doctor.h"

#include <unistd.h>

#include <iostream>
#include <memory>

#include "supervisor/doctor/check_run.h"
#include "supervisor/doctor/checks.h"
#include "supervisor/process/input_traits.h"

namespace supervisor {
namespace {

// Everything but the configuration itself. `patient` is shared with threads that may be left behind.
std::vector<Check> checks_of(const std::shared_ptr<const Patient>& patient) {
  std::vector<Check> checks = {{"account", [patient] { return check_account(*patient); }},
                               {"worker", [patient] { return check_worker(*patient); }}};
  for (const Stream& stream : patient->config.streams) {
    for (const common::InputSettings& input : stream.inputs) {
      if (input.type == "url" || input.type == "file" || input.type == "device") {
        checks.push_back({"input " + input_name(input), [patient, input, name = stream.name] {
                            return check_source(*patient, name, input);
                          }});
      }
      if (input.type != "x11") continue;
      checks.push_back({"display " + input.display, [patient, input, name = stream.name] {
                          return check_display(*patient, name, input);
                        }});
    }
  }
  checks.push_back({"encoders", [patient] { return check_encoders(*patient); }});
  for (const std::string& listen : patient->config.server.listen)
    checks.push_back({"port " + listen, [listen] { return check_port(listen); }});
  checks.push_back({"directories", [patient] { return check_directories(*patient); }});
  checks.push_back({"limits", [patient] { return check_limits(*patient); }});
  checks.push_back({"clock", [] { return check_clock(); }});
  return checks;
}

}  // namespace

FoundList check_configuration(const std::string& watchdog_path, const std::string& listen, bool must_exist,
                              Patient& patient) {
  const std::string what = "configuration";
  if (patient.config_path.empty() && !must_exist && watchdog_path.empty()) {
    if (!listen.empty()) patient.config.server.listen = {listen};
    return {fine(what, "no file: the default settings")};
  }
  ParseOutcome outcome =
      patient.config_path.empty() ? ParseOutcome(LoadedConfig{}) : load_config(patient.config_path);
  if (outcome && !watchdog_path.empty()) outcome = load_watchdog(watchdog_path, std::move(*outcome));
  FoundList found;
  const auto fix =
      "see docs/configuration.md, desktop-streamer-config(5); until then the service does not start";
  if (!outcome) {
    for (const ConfigProblem& one : outcome.error())
      found.push_back(one.warning ? warning(what, one.place + ": " + one.text, "see docs/configuration.md")
                                  : failure(what, one.place + ": " + one.text, fix, doctor_config));
    found.push_back(warning(what, "the checks below use the default settings", "mend it, and ask again"));
    return found;
  }
  patient.config = outcome->config;
  if (!listen.empty()) {
    if (const auto address = check_listen(listen, is_lan_allowed(patient.config.server)); !address)
      found.push_back(failure(what, "--listen " + address.error().reason, "name another one", doctor_config));
    patient.config.server.listen = {listen};
  }
  found.insert(found.begin(),
               fine(what, (patient.config_path.empty() ? "default settings" : patient.config_path) + ", " +
                              std::to_string(patient.config.streams.size()) + " stream(s)"));
  for (const ConfigProblem& one : outcome->warnings)
    found.push_back(warning(what, one.place + ": " + one.text, "see docs/configuration.md"));
  return found;
}

int run_doctor(const DoctorCommand& command, bool config_must_exist) {
  const auto tell = [&command](const Finding& finding) {
    if (!command.json) std::cout << format_finding(finding) << std::endl;
  };
  auto patient = std::make_shared<Patient>();
  patient->config_path = command.config_path;
  patient->worker_program = command.worker_program;
  // Read into a copy: a disk that hangs keeps its thread, and what it fills.
  auto loaded = std::make_shared<Patient>(*patient);
  CheckedAll all = run_checks({{"configuration",
                                [loaded, command, config_must_exist] {
                                  return check_configuration(command.watchdog_config_path, command.listen,
                                                             config_must_exist, *loaded);
                                }}},
                              check_time_max, tell);
  if (!all.left_behind) patient = loaded;
  CheckedAll rest = run_checks(checks_of(patient), check_time_max, tell);
  all.findings.insert(all.findings.end(), rest.findings.begin(), rest.findings.end());
  if (command.json) std::cout << findings_json(all.findings) << std::endl;
  const int code = exit_code_of(all.findings);
  if (all.left_behind || rest.left_behind) ::_exit(code);
  return code;
}

}  // namespace supervisor
