#include "worker/roles/probe.h"

#include <unistd.h>

#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "common/content_fault.h"
#include "common/exit_reason.h"
#include "common/monitor_json.h"
#include "common/printable.h"
#include "worker/av/av_log.h"
#include "worker/display/monitors.h"
#include "worker/encode/encoder_chain.h"
#include "worker/roles/probe_answer.h"
#include "worker/roles/probe_input.h"
#include "worker/source/slate.h"

namespace worker {
namespace {

using common::ExitReason;
using nlohmann::json;
using Options = std::map<std::string, std::string>;

constexpr int trial_width = 640;
constexpr int trial_height = 360;
constexpr std::size_t input_bytes_max = 64 * 1024;
// libav gives up first, and says what it was doing.
constexpr std::chrono::milliseconds spare_of_libav{500};

struct Question {
  std::string what;
  Options options;
  std::string input;  // JSON
  std::chrono::milliseconds limit = probe_limit_default;
  std::optional<common::ContentFault> disprove = {};
};

int usage(const std::string& wrong) {
  return answer_probe(
      {{"error", wrong +
                     "; usage: probe monitors [--display :N] [--xauthority FILE] [--monitor "
                     "X] | probe encoders | probe input (JSON | --config-fd N) [--disprove FAULT]; each with "
                     "[--limit-ms N]"}},
      ExitReason::Usage);
}

int probe_monitors(Options options) {
  auto monitors = list_monitors(options["--display"], options["--xauthority"]);
  if (!monitors) return answer_probe({{"error", monitors.error().reason}}, ExitReason::Input);
  json text;
  if (!options["--monitor"].empty()) {
    const auto chosen = choose_monitor(*monitors, options["--monitor"]);
    if (!chosen) text["error"] = chosen.error().reason;
    for (auto& monitor : *monitors)
      monitor.captured = chosen && (chosen->name == monitor.name || chosen->name == "all");
  }
  text["monitors"] = json::array();
  for (const auto& monitor : *monitors) text["monitors"].push_back(json(common::monitor_json(monitor)));
  return answer_probe(text, text.contains("error") ? ExitReason::Input : ExitReason::Ok);
}

int probe_encoders() {
  json list = json::array();
  for (const EncoderTrial& tried : try_encoders(*make_slate(trial_width, trial_height, {"Trial", {}}))) {
    list.push_back({{"name", tried.name},
                    {"kind", tried.hardware ? "hardware" : "software"},
                    {"ok", tried.ok},
                    {"reason", tried.reason},
                    {"took_ms", tried.took.count()}});
  }
  return answer_probe({{"encoders", std::move(list)}}, ExitReason::Ok);
}

int probe_input(const Question& question) {
  const auto input = common::parse_input_settings(question.input);
  if (!input) return usage(input.error().reason);
  const auto begun = std::chrono::steady_clock::now();
  const auto tried = try_input(
      *input, std::max(question.limit - spare_of_libav, std::chrono::milliseconds(1)), question.disprove);
  const auto took = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
  const InputTrial found = tried ? *tried : InputTrial{};
  json text = {{"type", input->type},
               {"ok", tried.has_value()},
               {"width", found.width},
               {"height", found.height},
               {"fps", found.fps > 0 ? json(std::round(found.fps * 1000) / 1000) : json()},
               {"codec", found.codec},
               {"error", tried ? "" : tried.error().reason},
               {"took_ms", took.count()}};
  if (!found.monitor.empty()) text["monitor"] = found.monitor;
  return answer_probe(text, tried ? ExitReason::Ok : ExitReason::Input);
}

common::Result<int> parse_number(const std::string& text, int min, int max) {
  int number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure == std::errc() && end == text.data() + text.size() && number >= min && number <= max)
    return number;
  return common::error("\"" + common::printable(text, 32) + "\" is no number from " + std::to_string(min) +
                       " to " + std::to_string(max));
}

common::Result<std::string> read_all(int fd) {
  std::string text;
  std::array<char, 4096> block{};
  ssize_t size = 0;
  while ((size = ::read(fd, block.data(), block.size())) > 0) {
    text.append(block.data(), static_cast<std::size_t>(size));
    if (text.size() > input_bytes_max) return common::error("the input of --config-fd is above 64 KiB");
  }
  if (size < 0) return common::errno_error("--config-fd", errno);
  return text;
}

// Which options `what` takes beside --limit-ms.
bool takes(const std::string& what, const std::string& option) {
  if (what == "monitors") return option == "--display" || option == "--xauthority" || option == "--monitor";
  return what == "input" && (option == "--config-fd" || option == "--disprove");
}

common::Result<void> fill_input(Question& question) {
  const auto fd = question.options.find("--config-fd");
  if (fd != question.options.end() && question.input.empty()) {
    const auto number = parse_number(fd->second, 0, 1023);
    if (!number) return common::error("--config-fd: " + number.error().reason);
    auto text = read_all(*number);
    if (!text) return text.error();
    question.input = std::move(*text);
  }
  if (question.input.empty()) return common::error("the input is missing");
  if (const auto word = question.options.find("--disprove"); word != question.options.end()) {
    question.disprove = common::parse_content_fault(word->second);
    if (!question.disprove)
      return common::error("--disprove: \"" + common::printable(word->second, 32) +
                           "\" is none of frozen, black, corrupt");
  }
  return {};
}

common::Result<Question> parse(std::span<const std::string> args) {
  if (args.empty()) return common::error("what to probe is missing");
  Question question{.what = args[0], .options = {}, .input = {}};
  if (question.what != "monitors" && question.what != "encoders" && question.what != "input")
    return common::error("\"" + common::printable(args[0], 32) + "\" cannot be probed");
  for (std::size_t i = 1; i < args.size(); ++i) {
    if (question.what == "input" && question.input.empty() && args[i].starts_with("{")) {
      question.input = args[i];
      continue;
    }
    if (args[i] != "--limit-ms" && !takes(question.what, args[i]))
      return common::error("unknown option \"" + common::printable(args[i], 32) + "\"");
    if (i + 1 == args.size()) return common::error("the value of " + args[i] + " is missing");
    question.options[args[i]] = args[i + 1];
    ++i;
  }
  if (const auto limit = question.options.find("--limit-ms"); limit != question.options.end()) {
    const auto number = parse_number(limit->second, 1, static_cast<int>(probe_limit_max.count()));
    if (!number) return common::error("--limit-ms: " + number.error().reason);
    question.limit = std::chrono::milliseconds(*number);
  }
  if (question.what == "input") {
    if (const auto filled = fill_input(question); !filled) return filled.error();
  }
  return question;
}

}  // namespace

int run_probe(std::span<const std::string> args) {
  auto question = parse(args);
  if (!question) return usage(question.error().reason);
  limit_probe(question->limit, "no answer within " + std::to_string(question->limit.count()) + " ms");
  listen_to_libav([](const std::string&, const std::string&) {});  // it is the answer that counts
  if (question->what == "monitors") return probe_monitors(std::move(question->options));
  return question->what == "encoders" ? probe_encoders() : probe_input(*question);
}

}  // namespace worker
