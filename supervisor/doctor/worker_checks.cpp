// Worker program, encoders, displays: what only the worker can see.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/redact.h"
#include "common/version.h"
#include "supervisor/doctor/ask_worker.h"
#include "supervisor/doctor/checks.h"
#include "supervisor/process/input_traits.h"

namespace supervisor {
namespace {

using nlohmann::json;

constexpr const char* install_both =
    "install streamer-worker beside streamer-supervisor, or name it with --worker";

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

long number_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<long>() : 0;
}

// "display_auth: the reason" -> the tag; empty when there is none.
std::string tag_of(const std::string& reason) {
  const std::size_t colon = reason.find(": ");
  const std::string tag = reason.substr(0, colon);
  return colon != std::string::npos && tag.find(' ') == std::string::npos ? tag : std::string();
}

std::string without_tag(const std::string& reason) {
  const std::string tag = tag_of(reason);
  return tag.empty() ? reason : reason.substr(tag.size() + 2);
}

Finding display_failure(const std::string& what, const std::string& reason) {
  const std::string tag = tag_of(reason);
  std::string fix = "start the X server, or name the right one in \"display\" of the input or in DISPLAY";
  int code = doctor_unavailable;
  if (tag == "display_auth") {
    fix =
        "in the session: xhost +SI:localuser:ACCOUNT-OF-THE-SERVICE, or name its cookie file in "
        "\"xauthority\"";
    code = doctor_permission;
  } else if (tag == "display_xwayland") {
    fix = "log in to an Xorg session";
  } else if (tag == "display_depth") {
    fix = "run the X server with depth 24";
  } else if (tag == "monitor") {
    fix = "name one of those in \"monitor\" of the input, or connect the one that is meant";
  } else if (tag.empty()) {
    fix = "is the worker in order? If the X server hangs, restart the session";
  }
  return failure(what, without_tag(reason), fix, code);
}

std::string describe(const json& monitor) {
  std::string text = text_of(monitor, "name") + " " + std::to_string(number_of(monitor, "width")) + "x" +
                     std::to_string(number_of(monitor, "height")) + "+" +
                     std::to_string(number_of(monitor, "x")) + "+" + std::to_string(number_of(monitor, "y"));
  if (monitor.value("primary", false)) text += " primary";
  return text;
}

// The lists of an answer to `probe monitors`.
FoundList tell_monitors(const json& answer, const std::string& display, const std::string& monitor_line,
                        const common::InputSettings& input) {
  std::string all, captured;
  for (const json& monitor : answer.at("monitors")) {
    all += (all.empty() ? "" : ", ") + describe(monitor);
    if (monitor.value("captured", false)) captured += (captured.empty() ? "" : ", ") + describe(monitor);
  }
  FoundList found = {
      fine(display, all.empty() ? "reached; it has no monitors" : "reached; monitors: " + all)};
  const std::string error = text_of(answer, "error");
  if (!error.empty()) {
    found.push_back(display_failure(monitor_line, error));
  } else if (!input.region) {
    found.push_back(fine(monitor_line, "\"" + input.monitor + "\" is " + captured));
  }
  return found;
}

// Of an answer to `probe input`.
std::string taken_text(const json& taken) {
  return std::to_string(number_of(taken, "width")) + "x" + std::to_string(number_of(taken, "height")) +
         ", taken in " + std::to_string(number_of(taken, "took_ms")) + " ms";
}

bool has_gpu() {
  std::error_code failed;
  for (const auto& node : std::filesystem::directory_iterator("/dev/dri", failed)) {
    if (node.path().filename().string().starts_with("renderD")) return true;
  }
  return false;
}

bool wants(const Config& config, const std::string& encoder) {
  for (const Stream& stream : config.streams) {
    if (stream.video.encoder == encoder) return true;
  }
  return false;
}

Finding judge_encoder(const json& tried, const Config& config, bool another_works) {
  const std::string name = text_of(tried, "name");
  const std::string what = "encoder " + name;
  if (tried.value("ok", false)) {
    return fine(what, text_of(tried, "kind") + ", a picture in " +
                          std::to_string(number_of(tried, "took_ms")) + " ms");
  }
  const std::string reason = text_of(tried, "reason");
  if (text_of(tried, "kind") == "hardware") {
    if (!wants(config, name) && !has_gpu())
      return fine(what, "not used, this machine has no GPU for it: " + reason);
    return warning(
        what, reason + "; libx264 is used instead",
        "give the account the groups video and render, install the driver of the GPU (vainfo), or set "
        "\"encoder\": \"libx264\"");
  }
  if (another_works) return warning(what, reason, "there is nothing to fall back to: install libx264");
  return failure(what, reason, "install libavcodec with libx264", doctor_unavailable);
}

}  // namespace

FoundList check_worker(const Patient& patient) {
  const std::string what = "worker";
  const std::string& program = patient.worker_program;
  if (::access(program.c_str(), X_OK) != 0) {
    const bool there = ::access(program.c_str(), F_OK) == 0;
    return {failure(what, program + (there ? " may not be executed" : " is not there"), install_both,
                    there ? doctor_permission : doctor_unavailable)};
  }
  const auto outcome = run_program(program, {"--version"});
  if (!outcome) return {failure(what, outcome.error().reason, install_both, doctor_unavailable)};
  if (outcome->code != 0)
    return {failure(what, program + " " + describe_outcome(*outcome, worker_answer_time_max),
                    "install the libraries that it names", doctor_unavailable)};
  std::string said = outcome->output.substr(0, outcome->output.find('\n'));
  const std::string wanted = std::string("streamer-worker ") + common::version;
  if (said == wanted) return {fine(what, program + ", " + said)};
  return {failure(what,
                  program + " says it is \"" + said + "\", this is streamer-supervisor " + common::version,
                  "install both programs of one version, then restart the service", doctor_unavailable)};
}

FoundList check_display(const Patient& patient, const std::string& stream,
                        const common::InputSettings& input) {
  const std::string place = input.display.empty() ? "$DISPLAY" : input.display;
  const std::string display = "display " + place;
  const std::string monitor_line = "monitor of " + stream;
  std::vector<std::string> question = {"monitors"};
  const auto add = [&question](const char* option, const std::string& value) {
    if (!value.empty()) question.insert(question.end(), {option, value});
  };
  add("--display", input.display);
  add("--xauthority", input.xauthority);
  if (!input.region) add("--monitor", input.monitor);
  const auto answer = ask_worker(patient.worker_program, question);
  if (!answer) return {display_failure(display, answer.error().reason)};
  if (!answer->contains("monitors") || !answer->at("monitors").is_array())
    return {display_failure(display, text_of(*answer, "error"))};
  FoundList found = tell_monitors(*answer, display, monitor_line, input);
  if (found.back().verdict == Verdict::Fail) return found;
  const auto taken = ask_worker(patient.worker_program, {"input"}, common::format_input_settings(input));
  const std::string what = "picture of " + stream;
  if (!taken) {
    found.push_back(display_failure(what, taken.error().reason));
  } else if (!taken->value("ok", false)) {
    found.push_back(display_failure(what, text_of(*taken, "error")));
  } else {
    found.push_back(fine(what, taken_text(*taken)));
  }
  return found;
}

FoundList check_source(const Patient& patient, const std::string& stream,
                       const common::InputSettings& input) {
  const std::string what = "input " + input_name(input) + " of " + stream;
  const char* fix =
      "is it switched on, and reached from here as this account? Another input is shown until it works";
  if (input.type == "file") fix = "is it there, readable for this account, and a video?";
  if (input.type == "device")
    fix =
        "is it plugged in, used by nobody else (the running service?), and readable for this account (group "
        "video)?";
  const auto taken = ask_worker(patient.worker_program, {"input"}, common::format_input_settings(input));
  if (!taken) return {warning(what, common::redact(taken.error().reason), fix)};
  if (!taken->value("ok", false))
    return {warning(what, common::redact(without_tag(text_of(*taken, "error"))), fix)};
  return {fine(what, taken_text(*taken))};
}

FoundList check_encoders(const Patient& patient) {
  const auto answer = ask_worker(patient.worker_program, {"encoders"});
  const bool has_list = answer && answer->contains("encoders") && answer->at("encoders").is_array();
  if (!has_list) {
    const std::string why = answer ? text_of(*answer, "error") : answer.error().reason;
    return {failure("encoders", why, "is the worker in order, and the GPU driver?", doctor_unavailable)};
  }
  bool any = false;
  for (const json& tried : answer->at("encoders")) any = any || tried.value("ok", false);
  FoundList found;
  for (const json& tried : answer->at("encoders")) found.push_back(judge_encoder(tried, patient.config, any));
  return found;
}

}  // namespace supervisor
