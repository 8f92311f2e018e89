// Every row of the rule: selected, former, held, outage.
#include "worker/source/show_rule.h"

#include <gtest/gtest.h>

#include <vector>

namespace worker {
namespace {

using namespace std::chrono_literals;
using Facts = std::vector<InputFact>;

constexpr InputFact opening = InputFact::Opening;
constexpr InputFact behind = InputFact::Behind;
constexpr InputFact gives = InputFact::Gives;
constexpr InputFact failed = InputFact::Failed;

class Rule : public testing::Test {
 protected:
  // "0", "1": an input; "held"; "outage".
  std::string shown(const Facts& facts, std::chrono::milliseconds later = 0ms) {
    now += later;
    const Shown answer = rule.decide(facts, now);
    if (answer.what == Shows::Input) return std::to_string(answer.input);
    EXPECT_EQ(answer.input, rule.selected());
    return answer.what == Shows::LastPicture ? "held" : "outage";
  }
  common::MonoTime now{1000s};
  ShowRule rule{0};
};

TEST_F(Rule, the_selected_one_is_shown_when_it_gives_and_no_other_instead) {
  EXPECT_EQ(shown({opening, gives}), "outage");
  EXPECT_EQ(shown({gives, gives}), "0");
  EXPECT_EQ(shown({failed, gives}, 1s), "held");
}

TEST_F(Rule, after_a_failure_the_last_picture_is_held_for_a_moment) {
  shown({gives});
  EXPECT_EQ(shown({failed}), "held");
  EXPECT_EQ(shown({failed}, 199ms), "held");
  EXPECT_EQ(shown({failed}, 1ms), "outage");
  EXPECT_EQ(shown({failed}, 1ms), "outage") << "once";
  EXPECT_EQ(shown({gives}), "0");
  EXPECT_EQ(shown({failed}), "held");
  EXPECT_EQ(shown({gives}, 100ms), "0");
  EXPECT_EQ(shown({failed}, 150ms), "held") << "counted from this failure";
}

TEST_F(Rule, the_former_one_goes_on_while_the_selected_one_opens) {
  shown({gives, opening});
  rule.select(1);
  EXPECT_EQ(shown({gives, opening}, 10s), "0");
  EXPECT_EQ(rule.former(), 0u);
  EXPECT_EQ(shown({gives, gives}), "1");
  EXPECT_FALSE(rule.former());
}

TEST_F(Rule, an_old_picture_waits_until_it_is_new_while_another_one_gives) {
  shown({gives, behind});
  rule.select(1);
  EXPECT_EQ(shown({gives, behind}, 10s), "0");
  EXPECT_EQ(shown({gives, gives}), "1");
}

TEST_F(Rule, while_it_catches_up_the_last_picture_of_the_former_is_held_longer) {
  shown({gives, behind});
  shown({failed, behind});
  rule.select(1);
  EXPECT_EQ(shown({failed, behind}, ShowRule::behind_max - 1ms), "held");
  EXPECT_EQ(shown({failed, behind}, 1ms), "1") << "rather an old picture than the slate";
  EXPECT_EQ(shown({failed, behind}, 1s), "1");
  EXPECT_EQ(shown({failed, gives}), "1");
}

TEST_F(Rule, one_that_turns_out_dead_is_never_shown) {
  shown({gives, behind});
  shown({failed, behind});
  rule.select(1);
  EXPECT_EQ(shown({failed, behind}, 50ms), "held");
  EXPECT_EQ(shown({failed, failed}, 100ms), "held");
  EXPECT_EQ(shown({failed, failed}, 50ms), "outage");
}

TEST_F(Rule, an_old_picture_is_shown_where_there_is_nothing_else) {
  EXPECT_EQ(shown({behind}), "0");
  EXPECT_EQ(shown({gives}), "0");
}

TEST_F(Rule, and_no_longer_than_until_one_of_the_two_fails) {
  shown({gives, opening});
  rule.select(1);
  EXPECT_EQ(shown({gives, failed}), "held");
  EXPECT_EQ(shown({gives, failed}, 200ms), "outage");
  EXPECT_FALSE(rule.former());
  rule.select(0);
  EXPECT_EQ(shown({gives, opening}), "0");
  rule.select(1);
  EXPECT_EQ(shown({failed, opening}), "held");
  EXPECT_EQ(shown({failed, opening}, 200ms), "outage");
}

TEST_F(Rule, a_switch_within_the_hold_shows_no_slate) {
  shown({gives, gives});
  EXPECT_EQ(shown({failed, gives}), "held");
  rule.select(1);
  EXPECT_EQ(shown({failed, gives}, 100ms), "1");
}

TEST_F(Rule, two_switches_in_a_row_keep_the_one_that_is_on_air) {
  shown({gives, opening, opening});
  rule.select(1);
  rule.select(2);
  EXPECT_EQ(shown({gives, opening, opening}), "0");
  rule.select(0);
  EXPECT_FALSE(rule.former());
  EXPECT_EQ(shown({gives, opening, opening}), "0");
}

TEST_F(Rule, nothing_of_before_is_shown_after_it_was_to_be_forgotten) {
  shown({gives, gives});
  rule.select(1);
  rule.forget();
  EXPECT_EQ(shown({gives, opening}), "outage");
  EXPECT_EQ(shown({gives, gives}), "1");
}

TEST_F(Rule, a_list_that_moves_moves_what_is_on_air) {
  shown({gives, opening});
  rule.select(1);
  shown({gives, opening});
  rule.move(0, 2);
  EXPECT_EQ(shown({opening, failed, gives}), "2");
  EXPECT_EQ(rule.selected(), 0u);
}

TEST_F(Rule, a_selected_one_that_is_gone_has_failed_until_the_next_selection) {
  shown({gives});
  rule.move({}, {});
  EXPECT_EQ(shown({gives, gives}), "held") << "the new first one was never selected";
  EXPECT_EQ(shown({gives, gives}, 200ms), "outage");
  rule.select(0);
  EXPECT_EQ(shown({gives, gives}), "0");
}

}  // namespace
}  // namespace worker
