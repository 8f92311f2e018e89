// Every cell of the table phase x event, and docs/states.md, which is the one home of what is expected: this
// test walks all cells with the real machine and compares the whole table with the page. After a change that
// is meant, run it with STATES_MD_WRITE=1: it writes the table into the page, to be read in the diff.
#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "stream.h"

namespace supervisor {
namespace {

// A stream brought into `phase` by events alone. Generation 2 is the newest where one failed before.
Stream stream_in(Phase phase) {
  Stream stream;
  switch (phase) {
    case Phase::Stopped:
      break;
    case Phase::Starting:
      stream.start();
      break;
    case Phase::Warmup:
      stream.start().spawned().hello();
      break;
    case Phase::Healthy:
      stream.start().come_up();
      break;
    case Phase::Degraded:
      stream.start().come_up().on(QualityChanged{1, true, "slate"});
      break;
    case Phase::Stopping:
      stream.start().spawned().hello().on(OperatorRestart{});
      break;
    case Phase::Killing:
      stream.start().spawned().hello().on(OperatorRestart{}).pass(3s);
      break;
    case Phase::Backoff:
      stream.machine.settings.restart_delay = 10s;
      stream.start().spawned().exit_code(1).spawned().exit_code(1);
      break;
    case Phase::Blocked:
      stream.start().spawned().exit_code(78);
      break;
    case Phase::Hold:
      stream.machine.settings.max_restarts = 0;
      stream.start().spawned().exit_code(1);
      break;
  }
  EXPECT_EQ(stream.phase(), phase);
  stream.pass(500ms);  // no order comes at the same instant as a spawn
  return stream;
}

// An event as the page names it. Where the outcome hangs on what the event says, there is a row for each.
struct Row {
  std::string name;
  std::function<Event(const Stream&)> event;
  bool at_deadline = false;
};

Event exited(const Stream& stream, ExitStatus status) {
  return Exited{stream.generation(), status};
}

std::vector<Row> rows() {
  using S = const Stream&;
  return {
      {"OperatorStart", [](S) { return OperatorStart{}; }},
      {"OperatorStop", [](S) { return OperatorStop{}; }},
      {"OperatorRestart", [](S) { return OperatorRestart{}; }},
      {"OperatorPause", [](S) { return OperatorPause{}; }},
      {"OperatorResume", [](S) { return OperatorResume{}; }},
      {"ConfigChanged, restart needed", [](S) { return ConfigChanged{true}; }},
      {"ConfigChanged, no restart needed", [](S) { return ConfigChanged{false}; }},
      {"Resume", [](S) { return Resume{}; }},
      {"ShutDown", [](S) { return ShutDown{}; }},
      {"Spawned",
       [](S s) {
         return Spawned{s.generation(), 7};
       }},
      {"SpawnFailed, ENOENT",
       [](S s) {
         return SpawnFailed{s.generation(), ENOENT};
       }},
      {"SpawnFailed, EAGAIN",
       [](S s) {
         return SpawnFailed{s.generation(), EAGAIN};
       }},
      {"Exited, 0", [](S s) { return exited(s, {.code = 0}); }},
      {"Exited, signal 11", [](S s) { return exited(s, {.signal = SIGSEGV}); }},
      {"Exited, 78 config", [](S s) { return exited(s, {.code = 78}); }},
      {"HelloReceived", [](S s) { return HelloReceived{s.generation()}; }},
      {"HelloReceived, other version",
       [](S s) {
         return HelloReceived{s.generation(), false};
       }},
      {"WorkerReady", [](S s) { return WorkerReady{s.generation()}; }},
      {"HeartbeatReceived", [](S s) { return HeartbeatReceived{s.generation()}; }},
      {"MediaAdmitted", [](S s) { return MediaAdmitted{s.generation()}; }},
      {"QualityChanged, degraded",
       [](S s) {
         return QualityChanged{s.generation(), true, "slate"};
       }},
      {"QualityChanged, good",
       [](S s) {
         return QualityChanged{s.generation(), false};
       }},
      {"ProtocolBroken",
       [](S s) {
         return ProtocolBroken{s.generation(), "garbage"};
       }},
      {"ExtendAsked, 5 s",
       [](S s) {
         return ExtendAsked{s.generation(), 5s};
       }},
      {"LimitExceeded",
       [](S s) {
         return LimitExceeded{s.generation(), "memory"};
       }},
      {"ErrorStorm",
       [](S s) {
         return ErrorStorm{s.generation(), "errors"};
       }},
      {"EvidenceGathered, nobody asked", [](S s) { return EvidenceGathered{s.generation()}; }},
      {"WorldChanged", [](S) { return WorldChanged{"X is back"}; }},
      {"PreconditionChanged, config false",
       [](S) {
         return PreconditionChanged{Precondition::Config, false};
       }},
      {"PreconditionChanged, config true",
       [](S) {
         return PreconditionChanged{Precondition::Config, true};
       }},
      {"Tick, early", [](S) { return Tick{}; }},
      {"Tick, at the deadline", [](S) { return Tick{}; }, true},
      {"LoopLate, 2 s", [](S) { return LoopLate{2s}; }},
      {"any of an older generation", [](S) { return exited(Stream(), {.code = 1}); }},
  };
}

// What changed inside, as far as it matters later.
std::string memory(const Stream& before, const Stream& after) {
  std::string text;
  const auto add = [&text](bool changed, const char* word) {
    if (changed) text.append(text.empty() ? "" : ", ").append(word);
  };
  const State& old_state = before.state;
  const State& state = after.state;
  add(!old_state.desired_up && state.desired_up, "up");
  add(old_state.desired_up && !state.desired_up, "down");
  add(!old_state.shutting_down && state.shutting_down, "for ever");
  add(old_state.unmet != state.unmet, "noted");
  const bool same_phase = old_state.phase == state.phase && old_state.generation == state.generation;
  add(same_phase && before.machine.deadline(old_state) != after.machine.deadline(state), "re-armed");
  return text;
}

// Where the event leads, what is remembered and done: "**Killing**: fence 1, kill 1"; "-" when nothing
// changes.
std::string cell(const Row& row, Phase phase) {
  Stream stream = stream_in(phase);
  if (row.at_deadline && stream.machine.deadline(stream.state)) {
    stream.now = *stream.machine.deadline(stream.state);
  }
  const Stream before = stream;
  stream.on(row.event(stream));
  std::string text = memory(before, stream);
  if (!text.empty() && !stream.last().empty()) text.append(", ");
  text.append(stream.last());
  if (stream.phase() == phase) return text.empty() ? "-" : text;
  std::string where("**");
  where.append(phase_name(stream.phase())).append("**");
  return text.empty() ? where : where.append(": ").append(text);
}

std::string table() {
  std::string text = "| event |";
  std::string rule = "|---|";
  for (std::size_t i = 0; i < phase_count; ++i) {
    text.append(" ").append(phase_name(static_cast<Phase>(i))).append(" |");
    rule += "---|";
  }
  text.append("\n").append(rule).append("\n");
  for (const Row& row : rows()) {
    text.append("| ").append(row.name).append(" |");
    for (std::size_t i = 0; i < phase_count; ++i) {
      text.append(" ").append(cell(row, static_cast<Phase>(i))).append(" |");
    }
    text += "\n";
  }
  return text;
}

// --- the standby's table ---

using Stage = Standby::Stage;

// Worker 1 is healthy, standby 2 in `stage`.
Stream standby_in(Stage stage) {
  Stream stream({.hot_standby = true});
  stream.start().come_up().deliver(600ms);
  if (stage > Stage::Starting) stream.on(Spawned{2, 1002}).on(HelloReceived{2});
  if (stage > Stage::Warming) stream.on(WorkerReady{2});
  if (stage == Stage::TakingOver) stream.on(OperatorRestart{});
  EXPECT_EQ(stream.state.standby->stage, stage);
  return stream;
}

std::vector<Row> standby_rows() {
  using S = const Stream&;
  const auto of_standby = [](const Event& event) { return [event](S) { return event; }; };
  return {
      {"its Spawned", of_standby(Spawned{2, 7})},
      {"its SpawnFailed", of_standby(SpawnFailed{2, EAGAIN})},
      {"its Exited", of_standby(Exited{2, {.signal = SIGSEGV}})},
      {"its HelloReceived", of_standby(HelloReceived{2})},
      {"its WorkerReady", of_standby(WorkerReady{2})},
      {"its MediaAdmitted", of_standby(MediaAdmitted{2})},
      {"its ProtocolBroken", of_standby(ProtocolBroken{2, "garbage"})},
      {"its LimitExceeded", of_standby(LimitExceeded{2, "memory"})},
      {"its ExtendAsked", of_standby(ExtendAsked{2, 5s})},
      {"worker: Exited, signal 11", of_standby(Exited{1, {.signal = SIGSEGV}})},
      {"worker: Exited, 71 encoder", of_standby(Exited{1, {.code = 71}})},
      {"worker: Exited, 78 config", of_standby(Exited{1, {.code = 78}})},
      {"worker: ProtocolBroken", of_standby(ProtocolBroken{1, "garbage"})},
      {"worker: LimitExceeded", of_standby(LimitExceeded{1, "memory"})},
      {"OperatorRestart", of_standby(OperatorRestart{})},
      {"ConfigChanged, restart needed", of_standby(ConfigChanged{true})},
      {"OperatorStop", of_standby(OperatorStop{})},
      {"OperatorPause", of_standby(OperatorPause{})},
  };
}

std::string standby_cell(const Row& row, Stage stage) {
  Stream stream = standby_in(stage);
  stream.pass(300ms);  // no spawn is too soon
  const State before = stream.state;
  stream.on(row.event(stream));
  const State& after = stream.state;
  std::string where;
  if (after.phase != before.phase) {
    where.append("**").append(phase_name(after.phase)).append("**");
  } else if (after.standby && before.standby->generation == after.standby->generation &&
             before.standby->stage != after.standby->stage) {
    where.append("*").append(stage_name(after.standby->stage)).append("*");
  }
  if (where.empty() && stream.last().empty()) return "-";
  return where + (where.empty() || stream.last().empty() ? "" : ": ") + stream.last();
}

std::string standby_table() {
  std::string text = "| event | Starting | Warming | Ready | TakingOver |\n|---|---|---|---|---|\n";
  for (const Row& row : standby_rows()) {
    text.append("| ").append(row.name).append(" |");
    for (std::size_t i = 0; i < standby_stage_count; ++i) {
      text.append(" ").append(standby_cell(row, static_cast<Stage>(i))).append(" |");
    }
    text += "\n";
  }
  return text;
}

std::string read_page() {
  std::ifstream file(STATES_MD);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void compare_with_page(const char* begin_mark, const char* end_mark, const std::string& actual) {
  std::string page = read_page();
  const std::size_t begin = page.find(begin_mark);
  const std::size_t end = page.find(end_mark);
  ASSERT_NE(begin, std::string::npos) << STATES_MD << " has no " << begin_mark;
  ASSERT_NE(end, std::string::npos) << STATES_MD << " has no " << end_mark;
  const std::size_t from = begin + std::string(begin_mark).size();
  if (std::getenv("STATES_MD_WRITE") != nullptr) {
    std::ofstream(STATES_MD) << page.replace(from, end - from, actual);
    return;
  }
  EXPECT_EQ(page.substr(from, end - from), actual);
}

TEST(States, every_cell_does_what_the_page_says) {
  compare_with_page("<!-- table: begin -->\n", "<!-- table: end -->", table());
}

TEST(States, every_cell_of_the_standby_does_what_the_page_says) {
  compare_with_page("<!-- standby: begin -->\n", "<!-- standby: end -->", standby_table());
}

TEST(States, every_event_of_the_machine_is_a_row_of_the_page) {
  std::map<std::size_t, int> seen;
  const Stream any;
  for (const Row& row : rows()) {
    const std::size_t index = row.event(any).index();
    ++seen[index];
    if (row.name.rfind("any", 0) == 0) continue;
    EXPECT_EQ(row.name.substr(0, row.name.find(',')), event_name(index));
  }
  EXPECT_EQ(seen.size(), event_count);
}

TEST(States, the_page_gives_the_defaults_of_every_timer) {
  const std::string page = read_page();
  const SupervisionSettings defaults;
  const auto row = [](const std::string& name, Milliseconds value) {
    return "| `" + name + "` | " + std::to_string(value.count()) + " ms |";
  };
  for (const std::string& line : {row("exec_timeout", defaults.exec_timeout),
                                  row("hello_timeout", defaults.hello_timeout),
                                  row("first_media_timeout", defaults.first_media_timeout),
                                  row("heartbeat_timeout", defaults.heartbeat_timeout),
                                  row("progress_timeout", defaults.progress_timeout),
                                  row("late_loop", defaults.late_loop),
                                  row("quality_dwell", defaults.quality_dwell),
                                  row("stop_timeout", defaults.stop_timeout),
                                  row("stall_grace", defaults.stall_grace),
                                  row("kill_timeout", defaults.kill_timeout),
                                  row("kill_repeat", defaults.kill_repeat),
                                  row("stable_after", defaults.stable_after),
                                  row("spawn_gap", defaults.spawn_gap),
                                  row("restart_delay", defaults.restart_delay),
                                  row("backoff_max", defaults.backoff_max),
                                  row("hold_min", defaults.hold_min),
                                  row("standby_delay", defaults.standby_delay),
                                  row("handover_timeout", defaults.handover_timeout),
                                  row("extend_max", defaults.extend_max),
                                  row("evidence_timeout", defaults.evidence_timeout),
                                  row("encoder_retry", defaults.encoder_retry),
                                  row("encoder_retry_max", defaults.encoder_retry_max),
                                  row("repeat_window", defaults.repeat_window),
                                  row("hold_max", defaults.hold_max),
                                  row("blocked_retry", defaults.blocked_retry)}) {
    EXPECT_NE(page.find(line), std::string::npos) << "missing in " << STATES_MD << ": " << line;
  }
}

}  // namespace
}  // namespace supervisor
