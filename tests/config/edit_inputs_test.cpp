#include "supervisor/config/edit_inputs.h"

#include "tests/config/config_test.h"

using namespace supervisor;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {

// Types, or the words of a slate, of the inputs after `changes`; or what is wrong, a line each.
Lines edited(const std::string& file, const std::string& changes) {
  const auto outcome = edit_inputs(file, Config{}, "a", changes);
  if (!outcome) {
    Lines lines;
    for (const ConfigProblem& problem : outcome.error())
      lines.push_back(problem.pointer + ": " + problem.text);
    return lines;
  }
  Lines types;
  const Config config = accepted(outcome->text).config;
  for (const auto& input : config.streams.at(0).inputs)
    types.push_back(input.text.empty() ? input.type : input.text);
  return types;
}

const std::string three = with_stream(
    R"("inputs": [{"type": "slate", "text": "0"}, {"type": "slate", "text": "1"}, {"type": "slate", "text": "2"}])");

}  // namespace

TEST(EditInputs, are_added_changed_moved_and_removed_one_after_the_other) {
  EXPECT_THAT(edited(three, R"({"changes": [{"op": "add", "input": {"type": "pattern"}}]})"),
              ElementsAre("0", "1", "2", "pattern"));
  EXPECT_THAT(edited(three, R"({"changes": [{"op": "add", "priority": 0, "input": {"type": "pattern"}},
                                            {"op": "remove", "priority": 1}]})"),
              ElementsAre("pattern", "1", "2"));
  EXPECT_THAT(edited(three, R"({"changes": [{"op": "move", "priority": 2, "to": 0}]})"),
              ElementsAre("2", "0", "1"));
  EXPECT_THAT(edited(three, R"({"changes": [{"op": "move", "priority": 0, "to": 2}]})"),
              ElementsAre("1", "2", "0"));
  EXPECT_THAT(
      edited(three, R"({"changes": [{"op": "update", "priority": 1, "input": {"type": "pattern"}}]})"),
      ElementsAre("0", "pattern", "2"));
}

TEST(EditInputs, other_keys_stay_as_they_are_written_and_comments_go) {
  const std::string file = R"({ // mine
  "streams": [{"name": "b"}, {"name": "a", "standby": "off", "inputs": []}], "log": {"level": "debug"}})";
  const auto outcome =
      edit_inputs(file, Config{}, "a", R"({"changes": [{"op": "add", "input": {"type": "pattern"}}]})");
  ASSERT_TRUE(outcome);
  EXPECT_THAT(outcome->text, Not(HasSubstr("mine")));
  EXPECT_THAT(outcome->text, Not(HasSubstr("renditions"))) << "nothing is written that was not there";
  const Config config = accepted(outcome->text).config;
  EXPECT_EQ(config.log.level, "debug");
  EXPECT_EQ(config.streams.at(1).standby, "off");
  EXPECT_EQ(config.streams.at(1).inputs.at(0).type, "pattern");
}

TEST(EditInputs, of_a_list_that_is_not_written_are_those_of_the_default) {
  EXPECT_THAT(
      edited(with_stream(""), R"({"changes": [{"op": "add", "priority": 1, "input": {"type": "pattern"}}]})"),
      ElementsAre("x11", "pattern", "slate"));
}

TEST(EditInputs, of_a_flat_file_make_it_one_of_today) {
  const auto outcome = edit_inputs(R"({"fps": 25, "width": 1280, "height": 720})", Config{}, "desktop",
                                   R"({"changes": [{"op": "remove", "priority": 0}]})");
  ASSERT_TRUE(outcome);
  const Config config = accepted(outcome->text).config;
  EXPECT_EQ(config.streams.at(0).video.fps, 25);
  EXPECT_EQ(config.streams.at(0).inputs.size(), 1u);
  EXPECT_THAT(config.server.listen, testing::Contains("127.0.0.1:8888"));
}

TEST(EditInputs, what_is_no_list_of_changes_is_refused_with_its_place) {
  EXPECT_THAT(edited(three, "{"),
              ElementsAre(HasSubstr("/changes: is not what is needed; allowed: {\"changes\"")));
  EXPECT_THAT(edited(three, R"({"changes": []})"), ElementsAre(HasSubstr("with 1 to 32 changes")));
  EXPECT_THAT(
      edited(three, R"({"changes": [{"op": "swap"}, {"op": "remove"}, {"op": "remove", "priority": 3},
      {"op": "update", "priority": 0}, {"op": "move", "priority": 0, "to": 3}, {"op": "remove", "priority": 0, "x": 1}]})"),
      ElementsAre("/changes/0/op: is missing or unknown; allowed: \"add\", \"update\", \"move\", \"remove\"",
                  "/changes/1/priority: is missing or no whole number; allowed: 0 to 2",
                  "/changes/2/priority: is no input of the list; allowed: 0 to 2",
                  "/changes/3/input: is missing or no object; allowed: an input as in the configuration",
                  "/changes/4/to: is no input of the list; allowed: 0 to 2",
                  "/changes/5/x: unknown key; allowed here: op, priority"));
  EXPECT_THAT(edited(with_stream("\"inputs\": []"), R"({"changes": [{"op": "remove", "priority": 0}]})"),
              ElementsAre("/changes/0/priority: there are no inputs in the list; allowed: \"add\""));
}

TEST(EditInputs, are_bounded) {
  const auto adding = [](int count) {
    std::string text = R"({"changes": [)";
    for (int i = 0; i < count; ++i) text += std::string(i ? "," : "") + R"({"op": "remove", "priority": 0})";
    return text + "]}";
  };
  EXPECT_THAT(edited(three, adding(32)), Not(ElementsAre(HasSubstr("with 1 to 32"))));
  EXPECT_THAT(edited(three, adding(33)), ElementsAre(HasSubstr("with 1 to 32")));
}

TEST(EditInputs, of_an_unknown_stream_are_known_to_be_so) {
  EXPECT_TRUE(names_stream(three, Config{}, "a"));
  EXPECT_FALSE(names_stream(three, Config{}, "b"));
  EXPECT_TRUE(names_stream("", Config{}, "desktop")) << "no file: what is in force";
  EXPECT_TRUE(names_stream("{", Config{}, "b"));
  EXPECT_FALSE(edit_inputs("{", Config{}, "b", R"({"changes": [{"op": "remove", "priority": 0}]})"));
}

TEST(EditInputs, what_is_wrong_with_an_input_is_told_of_the_change_that_wrote_it) {
  const auto outcome = edit_inputs(three, Config{}, "a", R"({"changes": [
      {"op": "add", "priority": 1, "input": {"type": "url", "url": "x"}}, {"op": "remove", "priority": 0}]})");
  ASSERT_TRUE(outcome);
  const auto parsed = parse_config(outcome->text, "c.json");
  ASSERT_FALSE(parsed);
  const ConfigProblem problem = problem_of_changes(*outcome, parsed.error().front());
  EXPECT_EQ(problem.pointer, "/changes/0/input/url");
  EXPECT_EQ(problem.place, "the changes");
  EXPECT_EQ(problem.line, 0);
  ConfigProblem elsewhere;
  elsewhere.pointer = "/streams/0/inputs/1/text";
  elsewhere.line = 7;
  EXPECT_EQ(problem_of_changes(*outcome, elsewhere).pointer, "/streams/0/inputs/1/text");
  EXPECT_EQ(problem_of_changes(*outcome, elsewhere).line, 0);
}
