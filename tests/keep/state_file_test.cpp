#include "supervisor/keep/state_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

#include "supervisor/keep/state_writer.h"
#include "temporary_directory.h"

namespace {

using namespace std::chrono_literals;
using supervisor::format_state;
using supervisor::load_state;
using supervisor::parse_state;
using supervisor::SavedState;

SavedState example() {
  SavedState state;
  auto& stream = state.streams["desktop"];
  stream.numbers = {1200, 3};
  auto& s = stream.supervision;
  s.desired_up = false;
  s.paused = true;
  s.generation = 77;
  s.waiting = "hold";
  s.wait_left = 250s;
  s.failures = 4;
  s.delay = 2s;
  s.score_milli = 10'500;
  s.holds = 2;
  s.software_encoder = true;
  s.hardware_retry_left = 9min;
  s.hardware_failures = 1;
  s.reduced = true;
  s.spawns = 80;
  s.exits = 79;
  s.exit_codes = {"0", "71 encoder", "signal 9"};
  s.last_recovery = 42ms;
  auto& inputs = s.inputs.emplace();
  inputs.selection.inputs = {{":0 second", 0, false}, {"rtsp://cam/1", 1234, true}, {"slate", 0, false}};
  inputs.selection.selected = 2;
  inputs.selection.override_input = 1;
  inputs.selection.exhausted = true;
  inputs.switches = {{"2026-03-01T12:00:00.000Z", 0, 2, "error", "display_lost: gone"}};
  inputs.monitors[":0 second"] = {"DP-2", "AOC 2470 123"};
  state.streams["other"];
  return state;
}

TEST(StateFile, everything_survives_the_way_through_text) {
  const auto read = parse_state(format_state(example()));
  ASSERT_TRUE(read) << read.error().reason;
  EXPECT_EQ(*read, example());
}

TEST(StateFile, what_is_no_state_is_refused_with_a_reason) {
  for (const char* text :
       {"", "{", "null", "[]", "\"version\"", "{}", "{\"version\":1}", "{\"version\":1,\"streams\":[]}",
        "{\"version\":0,\"streams\":{}}", "{\"version\":\"1\",\"streams\":{}}"}) {
    const auto read = parse_state(text);
    ASSERT_FALSE(read) << text;
    EXPECT_FALSE(read.error().reason.empty());
  }
}

TEST(StateFile, one_from_the_future_is_refused) {
  const auto read = parse_state("{\"version\":2,\"streams\":{}}");
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().reason.find("version 2"), std::string::npos);
}

TEST(StateFile, values_out_of_range_or_of_another_type_keep_their_defaults) {
  const auto read = parse_state(
      "{\"version\":1,\"later\":7,\"streams\":{\"bad\":3,\"desktop\":{\"next_msn\":-1,\"discontinuity_"
      "sequence\":1e30,"
      "\"supervision\":{\"desired\":5,\"generation\":18446744073709551615,\"waiting\":\"for "
      "Godot\",\"wait_left_ms\":"
      "99999999999999,\"failures\":true,\"exit_codes\":[1,\"0\"],\"exits\":3}}}}");
  ASSERT_TRUE(read) << read.error().reason;
  const auto& stream = read->streams.at("desktop");
  EXPECT_EQ(stream.numbers, supervisor::Numbers{});
  supervisor::SavedSupervision wanted;
  wanted.exits = 3;
  EXPECT_EQ(stream.supervision, wanted);
}

TEST(StateFile, inputs_that_are_nonsense_are_bounded_and_never_an_error) {
  const std::string many(200, 'x');
  std::string list = "[";
  for (int i = 0; i < 100; ++i)
    list += std::string(i ? "," : "") + R"({"name":")" + many + R"(","penalty":-1})";
  const auto read =
      parse_state(R"({"version":1,"streams":{"desktop":{"supervision":{"inputs":{"list":)" + list +
                  R"(,5],"selected":-3,"override":"x","switches":{"at":1},"monitors":[1]}}}}})");
  ASSERT_TRUE(read) << read.error().reason;
  const auto& inputs = read->streams.at("desktop").supervision.inputs;
  ASSERT_TRUE(inputs);
  EXPECT_EQ(inputs->selection.inputs.size(), 64u);
  EXPECT_EQ(inputs->selection.inputs[0].penalty, 0);
  EXPECT_EQ(inputs->selection.selected, 0);
  EXPECT_FALSE(inputs->selection.override_input);
  EXPECT_TRUE(inputs->switches.empty());
  EXPECT_TRUE(inputs->monitors.empty());
}

TEST(StateFile, is_written_by_its_thread_and_found_by_the_next) {
  const TemporaryDirectory directory;
  {
    supervisor::StateWriter writer(directory.path());
    writer.offer("rubbish");
    writer.offer(format_state(example()));
  }
  const auto loaded = load_state(directory.path());
  EXPECT_EQ(loaded.warning, "");
  EXPECT_EQ(loaded.state, example());
  struct stat status {};
  ASSERT_EQ(::stat((directory / "state.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(StateFile, one_that_is_damaged_is_kept_aside_and_the_service_begins_without) {
  const TemporaryDirectory directory;
  put_text(directory / "state.json", "{ \"version\"");
  const auto loaded = load_state(directory.path());
  EXPECT_EQ(loaded.state, SavedState{});
  EXPECT_NE(loaded.warning.find("state.json.bad"), std::string::npos);
  EXPECT_EQ(text_of(directory / "state.json.bad"), "{ \"version\"");
  EXPECT_EQ(load_state(directory.path()).warning, "") << "told once";
}

TEST(StateFile, a_directory_that_cannot_be_written_is_told_and_no_more) {
  supervisor::StateWriter writer("/proc/no/such/place");
  writer.offer("x");
  for (int i = 0; i < 200 && writer.error().empty(); ++i) std::this_thread::sleep_for(5ms);
  EXPECT_NE(writer.error().find("/proc/no/such/place"), std::string::npos);
  EXPECT_EQ(writer.written(), 0u);
}

}  // namespace
