// What the doctor found out about one thing: a line for people, an object for programs. Pure.
#pragma once

#include <string>
#include <vector>

namespace supervisor {

enum class Verdict { Ok, Warn, Fail };

// Exit codes of sysexits(3) that a finding can give.
inline constexpr int doctor_unavailable = 69;  // something outside is missing: display, port, worker
inline constexpr int doctor_os = 71;           // the system refuses what is needed: memory, descriptors
inline constexpr int doctor_output = 73;       // a directory cannot be used
inline constexpr int doctor_permission = 77;
inline constexpr int doctor_config = 78;

struct Finding {
  Verdict verdict = Verdict::Ok;
  std::string what;    // "port 127.0.0.1:8080"
  std::string detail;  // what was seen
  std::string fix;     // what to do; empty when it is ok
  int exit_code = 0;   // of a Fail
};

inline Finding fine(std::string what, std::string detail) {
  return {Verdict::Ok, std::move(what), std::move(detail), {}, 0};
}
inline Finding warning(std::string what, std::string detail, std::string fix) {
  return {Verdict::Warn, std::move(what), std::move(detail), std::move(fix), 0};
}
inline Finding failure(std::string what, std::string detail, std::string fix, int exit_code) {
  return {Verdict::Fail, std::move(what), std::move(detail), std::move(fix), exit_code};
}

// "fail  port 127.0.0.1:8080  held by nginx (process 12)  - stop it, or use --listen"; one line, printable.
std::string format_finding(const Finding& finding);
// {"verdict":"fail","exit_code":69,"checks":[{verdict,what,detail,fix}]}; the worst verdict of all.
std::string findings_json(const std::vector<Finding>& findings);
// Of the first Fail, so of what has to be mended first; 0 when there is none, also with warnings.
int exit_code_of(const std::vector<Finding>& findings);

}  // namespace supervisor
