// The text of a configuration file -> Config, or every reason why not. JSON in UTF-8 with // and /* */
// comments; unknown keys, double keys, values of another type or out of range are errors. Errors are
// collected, not only the first: the operator mends the file in one round. Pure: text in, data out; reading
// the file is load.h.
//
// The flat files of the first seed load unchanged: the streamer's as one stream "desktop" (recognised by its
// keys and the absence of "streams"), the watchdog's through parse_watchdog.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "supervisor/config/config.h"

namespace supervisor {

inline constexpr std::size_t config_bytes_max = 1 << 20;
inline constexpr int config_depth_max = 32;
inline constexpr std::size_t config_values_max = 10'000;
inline constexpr std::size_t config_problems_max = 100;  // further ones are counted, not listed

struct ConfigProblem {
  std::string place;  // "FILE:LINE: /json/pointer", or "FILE" when it is about the file itself
  std::string text;   // what is wrong, what is allowed
  bool warning = false;
  // The same place in parts, when it is in a file: line from 1, pointer as the file has it.
  int line = 0;
  std::string pointer = {};
};

// "FILE:LINE: /json/pointer: what is wrong, what is allowed"; a warning says so before its text.
std::string format_problem(const ConfigProblem& problem);

struct LoadedConfig {
  Config config;
  std::vector<ConfigProblem> warnings;
  std::string revision = {};  // of the file's text (load.h); empty: of no file
};

// The configuration, or at least one error (with the warnings among them, in the order of the file).
using ParseOutcome = boost::system::result<LoadedConfig, std::vector<ConfigProblem>>;

// Called by value() on an error: a bug in the caller.
[[noreturn]] inline void throw_exception_from_error(const std::vector<ConfigProblem>& problems,
                                                    const boost::source_location&) {
  throw std::runtime_error(problems.empty() ? "configuration refused" : format_problem(problems.front()));
}

// Why a file that the configuration names cannot be read; empty: it can. Such a file is a warning: it may
// come later.
using FileCheck = std::function<std::string(const std::string& path)>;

// What the files are like that the configuration names; of a function left empty: they are not looked at.
struct FileChecks {
  FileCheck why_unreadable = {};
  // Certificate and key: the error says why HTTPS cannot be served with them; else a warning, or nothing.
  std::function<common::Result<std::string>(const Tls& tls)> judge_tls = {};
};

ParseOutcome parse_config(std::string_view text, const std::string& file_name, const FileChecks& files = {});

// The seed's watchdog file, read over `base`; its warnings are added to those of `base`.
ParseOutcome parse_watchdog(std::string_view text, const std::string& file_name, LoadedConfig base);

// A configuration as JSON, every key present, in the order of the reference page. It parses back to the same
// Config.
// Redacted: a secret that is set reads hidden_secret.
inline constexpr const char* hidden_secret = "(secret)";
enum class Secrets { Shown, Redacted };
std::string format_config(const Config& config, Secrets secrets);

// One address of server.listen or of --listen: "127.0.0.1:8080", "[::1]:8080". Numbers only: names are not
// resolved.
struct ListenAddress {
  std::string address;     // without brackets
  std::uint16_t port = 0;  // 0: any free port
  bool loopback = false;
};
common::Result<ListenAddress> parse_listen(std::string_view text);

// Other machines may reach the service: everything is encrypted and asks for credentials, or insecure_lan
// says so.
bool is_lan_allowed(const Server& server);
// Why `listen` may not be used; also for --listen.
common::Result<ListenAddress> check_listen(std::string_view listen, bool lan_allowed);

// Why `host` cannot be in server.hosts: a name of DNS (RFC 1123 2.1) or of the local network, without port.
common::Result<void> check_host(std::string_view host);

}  // namespace supervisor
