#include "supervisor/supervise/input_selector.h"

#include <gmock/gmock.h>

#include "input_bench.h"

namespace supervisor {
namespace {

using common::ContentFault;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Strings = std::vector<std::string>;
using Places = std::vector<int>;

InputBench screen_only() {
  InputBench bench({"own:0", "slate:"});
  bench.worker().opens(0).gives(0);
  return bench;
}

InputBench two_cameras(SelectorSettings settings = {}) {
  InputBench bench({"url:a", "url:b", "slate:"}, settings);
  bench.worker().opens(0).opens(1).gives(0).gives(1);
  return bench;
}

TEST(Selector, a_stream_begins_with_its_best_input_and_that_is_no_switch) {
  InputBench bench = screen_only();
  EXPECT_EQ(bench.selected(), 0);
  EXPECT_EQ(bench.status(0), "active");
  EXPECT_EQ(bench.status(1), "idle");
  EXPECT_THAT(bench.switches(), IsEmpty());
}

TEST(Selector, an_input_that_fails_is_left_at_once_for_one_that_gives) {
  InputBench bench = two_cameras();
  bench.pass(5s).fails(0);
  EXPECT_THAT(bench.switches(), ElementsAre("0>1 error: input: broken"));
  EXPECT_EQ(bench.status(0), "degraded");
  EXPECT_EQ(bench.status(1), "active");
  EXPECT_EQ(bench.count<Exhausted>(), 0);
}

TEST(Selector, an_input_that_hangs_is_left_at_once) {
  InputBench bench = two_cameras();
  bench.hangs(0);
  EXPECT_EQ(bench.last_switch(), "0>1 error: input: it hangs");
}

TEST(Selector, the_lost_display_of_a_single_screen_is_the_slate_at_once_and_back_at_once) {
  InputBench bench = screen_only();
  bench.pass(100s).fails(0, "display_lost: gone");
  EXPECT_EQ(bench.selected(), 1);
  EXPECT_TRUE(bench.state.exhausted);
  EXPECT_EQ(bench.probes_started(), 0) << "the worker tries an x11 input by itself";
  EXPECT_EQ(bench.open(), Places{0});
  bench.pass(700ms).opens(0).gives(0);
  EXPECT_EQ(bench.selected(), 0);
  EXPECT_FALSE(bench.state.exhausted);
  EXPECT_THAT(bench.switches(), ElementsAre("0>1 error: display_lost: gone", "1>0 recovery"));
}

TEST(Selector, late_pictures_are_suspect_and_then_given_up) {
  InputBench bench = two_cameras();
  bench.pass(10s);
  const auto last_picture = bench.now;
  bench.pass_without({0}, 1900ms);
  EXPECT_EQ(bench.stage(0), InputStage::Ready);
  bench.pass_without({0}, 200ms);
  EXPECT_EQ(bench.stage(0), InputStage::Suspect);
  EXPECT_EQ(bench.status(0), "active") << "it is still on air";
  EXPECT_THAT(bench.last<InputNoted>()->text, HasSubstr("suspect: no picture for 2 s"));
  bench.pass_without({0}, 1800ms);
  EXPECT_EQ(bench.selected(), 0);
  bench.pass_without({0}, 200ms);
  EXPECT_EQ(bench.last_switch(), "0>1 timeout: input: no picture for 4 s");
  EXPECT_LE(*bench.state.last_switch - last_picture, 4100ms);
}

TEST(Selector, a_suspect_that_gives_again_was_never_away) {
  InputBench bench = two_cameras();
  bench.pass(10s).pass_without({0}, 2500ms);
  EXPECT_EQ(bench.stage(0), InputStage::Suspect);
  bench.pass(1s);
  EXPECT_EQ(bench.stage(0), InputStage::Ready);
  EXPECT_THAT(bench.switches(), IsEmpty());
  EXPECT_EQ(at(bench.state, 0).penalty, 0);
}

TEST(Selector, an_input_may_have_a_timeout_of_its_own) {
  InputBench bench({"url:a", "url:b", "slate:"});
  bench.state.inputs[0].traits.timeout = 8s;
  bench.worker().gives(0).gives(1).pass(5s).pass_without({0}, 7s);
  EXPECT_EQ(bench.selected(), 0);
  bench.pass_without({0}, 1100ms);
  EXPECT_EQ(bench.selected(), 1);
}

TEST(Selector, a_worker_that_tells_nothing_says_nothing_about_its_inputs) {
  InputBench bench = two_cameras();
  bench.pass(5s).pass_in_silence(60s);
  EXPECT_EQ(bench.selected(), 0);
  EXPECT_THAT(bench.switches(), IsEmpty());
  bench.pass(1s);
  EXPECT_EQ(bench.stage(0), InputStage::Ready);
}

TEST(Selector, when_all_are_dead_the_slate_is_on_air_and_the_first_that_gives_is_the_recovery) {
  InputBench bench = two_cameras();
  bench.fails(1).fails(0);
  EXPECT_EQ(bench.selected(), 2);
  EXPECT_EQ(bench.last<Exhausted>()->on, true);
  EXPECT_EQ(bench.open(), Places{});
  bench.pass(1100ms);
  EXPECT_EQ(bench.probes_started(), 2);
  const auto second = at(bench.state, 1).probe;
  bench.on(ProbeAnswered{second, true, ""});
  EXPECT_EQ(bench.open(), Places{1});
  EXPECT_EQ(bench.status(1), "probing");
  bench.opens(1).gives(1);
  EXPECT_EQ(bench.last_switch(), "2>1 recovery");
  EXPECT_EQ(bench.last<Exhausted>()->on, false);
}

TEST(Selector, a_better_input_is_returned_to_when_it_is_stable_and_the_dwell_time_is_over) {
  InputBench bench = two_cameras();
  bench.pass(5s).fails(0);
  const auto left = bench.now;
  bench.pass(1100ms).probe_ok().opens(0).gives(0);
  const auto gave = bench.now;
  bench.pass(58s);
  EXPECT_EQ(bench.selected(), 1);
  bench.pass(2s);
  EXPECT_EQ(bench.selected(), 0);
  EXPECT_THAT(bench.last_switch(), HasSubstr("1>0 failback: it works since 5"));
  EXPECT_GE(*bench.state.last_switch - left, 60s);
  EXPECT_GE(*bench.state.last_switch - gave, 30s);
}

TEST(Selector, what_is_stable_only_later_than_the_dwell_time_is_waited_for) {
  InputBench bench = two_cameras();
  bench.fails(0).pass(1100ms).probe_fails().pass(50s);
  while (bench.probe_out() == 0 && !HasFailure()) bench.pass(100ms);
  bench.probe_ok().gives(0);
  const auto gave = bench.now;
  bench.pass(29900ms);
  EXPECT_EQ(bench.selected(), 1);
  bench.pass(200ms);
  EXPECT_EQ(bench.selected(), 0);
  EXPECT_EQ(*bench.state.last_switch - gave, 30s);
}

TEST(Selector, nobody_is_returned_to_for_a_worse_one) {
  InputBench bench = two_cameras();
  bench.pass(1000s);
  EXPECT_THAT(bench.switches(), IsEmpty());
}

TEST(Selector, three_failures_suppress_an_input_until_its_penalty_is_worn_off) {
  SelectorSettings settings;
  settings.stable_time = 1s;
  settings.dwell_time = 1s;
  InputBench bench = two_cameras(settings);
  for (int i = 0; i < 3; ++i) {
    bench.fails(0).pass(1100ms).probe_ok().gives(0).pass(2s);
    EXPECT_EQ(bench.selected(), i < 2 ? 0 : 1) << i;
  }
  EXPECT_TRUE(at(bench.state, 0).suppressed);
  EXPECT_GT(penalty_of(at(bench.state, 0), settings, bench.now), 2000);
  bench.pass(60s);
  EXPECT_EQ(bench.selected(), 1);
  bench.pass(60s);
  EXPECT_EQ(bench.selected(), 0);
  EXPECT_NEAR(penalty_of(at(bench.state, 0), settings, bench.now), 750, 750);
}

TEST(Selector, a_suppressed_input_that_works_is_better_than_the_slate) {
  SelectorSettings settings;
  settings.penalty_suppress = 500;
  InputBench bench = two_cameras(settings);
  bench.fails(0).pass(1100ms).probe_ok().gives(0);
  EXPECT_TRUE(at(bench.state, 0).suppressed);
  EXPECT_EQ(bench.selected(), 1);
  bench.fails(1);
  EXPECT_EQ(bench.last_switch(), "1>0 error: input: broken");
  EXPECT_FALSE(bench.state.exhausted);
}

TEST(Selector, the_penalty_halves_with_its_half_life) {
  InputBench bench = two_cameras();
  bench.fails(0);
  EXPECT_DOUBLE_EQ(penalty_of(at(bench.state, 0), bench.selector.settings, bench.now), 1000);
  EXPECT_DOUBLE_EQ(penalty_of(at(bench.state, 0), bench.selector.settings, bench.now + 60s), 500);
  EXPECT_DOUBLE_EQ(penalty_of(at(bench.state, 0), bench.selector.settings, bench.now + 120s), 250);
}

TEST(Selector, a_degraded_input_is_probed_after_one_second_and_then_ever_more_seldom) {
  InputBench bench = two_cameras();
  bench.fails(0);
  std::vector<int> waits;
  for (int i = 0; i < 5; ++i) {
    const auto from = bench.now;
    while (bench.probe_out() == 0 && !HasFailure()) bench.pass(100ms);
    waits.push_back(static_cast<int>((bench.now - from) / 1ms));
    bench.probe_fails("input: attempt " + std::to_string(i));
  }
  EXPECT_THAT(waits, ElementsAre(1000, 2000, 4000, 5000, 5000));
  EXPECT_EQ(bench.last<InputFailed>()->text, "input: attempt 4");
  EXPECT_EQ(at(bench.state, 0).failures, 1u) << "a probe that fails is not a new failure";
}

TEST(Selector, while_nothing_works_probes_come_twice_as_often) {
  InputBench bench({"url:a", "slate:"});
  bench.worker().fails(0);
  std::vector<int> waits;
  for (int i = 0; i < 4; ++i) {
    const auto from = bench.now;
    while (bench.probe_out() == 0 && !HasFailure()) bench.pass(100ms);
    waits.push_back(static_cast<int>((bench.now - from) / 1ms));
    bench.probe_fails();
  }
  EXPECT_THAT(waits, ElementsAre(1000, 2000, 2500, 2500));
}

TEST(Selector, a_locked_or_sleeping_screen_is_left_and_that_is_no_fault_of_it) {
  for (const char* const rest : {"locked: the screen is locked", "asleep: the monitor is off"}) {
    InputBench bench = screen_only();
    bench.fails(0, rest);
    EXPECT_TRUE(bench.state.exhausted);
    EXPECT_EQ(at(bench.state, 0).penalty, 0);
    EXPECT_EQ(at(bench.state, 0).failures, 0u);
    bench.gives(0);
    EXPECT_EQ(bench.last_switch(), "1>0 recovery");
  }
}

TEST(Selector, a_probe_whose_answer_is_lost_is_no_dead_end) {
  InputBench bench = two_cameras();
  bench.fails(0).pass(1100ms);
  const auto lost = bench.probe_out();
  bench.pass(20s);
  EXPECT_NE(bench.probe_out(), lost);
  EXPECT_GE(bench.probes_started(), 2);
  const auto before = bench.stage(0);
  bench.on(ProbeAnswered{lost, true, ""});
  EXPECT_EQ(bench.stage(0), before) << "a late answer says nothing";
}

TEST(Selector, an_exclusive_input_is_not_probed_before_the_worker_has_closed_it) {
  InputBench bench({"device:a", "url:b", "slate:"});
  bench.worker().gives(0).gives(1).fails(0);
  EXPECT_EQ(bench.open(), Places{1});
  bench.pass(30s);
  EXPECT_EQ(bench.probes_started(), 0);
  bench.closes(0);
  EXPECT_EQ(bench.probes_started(), 1);
  EXPECT_EQ(bench.stage(0), InputStage::Down);
}

TEST(Selector, two_inputs_of_one_device_are_never_open_together) {
  InputBench bench({"device:a#1", "device:a#2", "slate:"});
  bench.worker().gives(0);
  EXPECT_EQ(bench.open(), Places{0});
  bench.fails(0);
  EXPECT_EQ(bench.open(), Places{1});
  bench.pass(2s);
  EXPECT_EQ(bench.probes_started(), 0) << "the other one holds the device";
}

TEST(Selector, so_many_worse_ones_are_open_as_are_to_be_warm) {
  for (const int warm : {0, 1, 2}) {
    SelectorSettings settings;
    settings.warm = warm;
    InputBench bench({"url:a", "url:b", "url:c", "own:0", "file:f", "slate:"}, settings);
    bench.worker();
    Places expected = {0, 1, 2, 3, 4};
    expected.erase(expected.begin() + 1 + std::max(warm, 1), expected.begin() + 3);
    EXPECT_EQ(bench.open(), expected) << "nothing gives yet: one more than none is warm";
    bench.gives(0);
    expected = {0, 1, 2, 3, 4};
    expected.erase(expected.begin() + 1 + warm, expected.begin() + 3);
    EXPECT_EQ(bench.open(), expected) << "screens and files are always open";
  }
}

TEST(Selector, the_next_one_is_opened_while_the_selected_one_is_suspect) {
  SelectorSettings settings;
  settings.warm = 0;
  InputBench bench({"url:a", "url:b", "slate:"}, settings);
  bench.worker().gives(0).pass(5s);
  EXPECT_EQ(bench.open(), Places{0});
  bench.pass_without({0}, 2100ms);
  EXPECT_EQ(bench.open(), (Places{0, 1}));
}

TEST(Selector, a_file_that_failed_is_closed_and_probed) {
  InputBench bench({"file:f", "slate:"});
  bench.worker().gives(0).fails(0);
  EXPECT_EQ(bench.open(), Places{});
  bench.pass(1100ms);
  EXPECT_EQ(bench.probes_started(), 1);
  bench.probe_ok().gives(0);
  EXPECT_EQ(bench.last_switch(), "1>0 recovery");
}

TEST(Selector, an_input_that_does_not_open_is_left_after_its_timeout_and_given_up_later) {
  InputBench bench({"url:a", "own:0", "slate:"});
  bench.worker().opens(0).gives(1).pass(3900ms);
  EXPECT_EQ(bench.selected(), 0);
  bench.pass(200ms);
  EXPECT_EQ(bench.last_switch(), "0>1 timeout: no picture for 4 s");
  EXPECT_EQ(bench.status(0), "probing") << "a slow one may still come";
  bench.pass(6s);
  EXPECT_EQ(bench.stage(0), InputStage::Down);
}

TEST(Selector, a_screen_that_was_given_up_in_silence_is_back_with_its_next_sign_of_life) {
  InputBench bench = screen_only();
  bench.pass(5s).pass_without({0}, 5s);
  EXPECT_TRUE(bench.state.exhausted);
  common::InputFigures told{.revision = bench.state.revision, .priority = 0};
  told.last_sign_age_ms = 100;
  bench.on(FiguresReported{bench.state.generation, told});
  EXPECT_EQ(bench.last_switch(), "1>0 recovery");
}

TEST(Selector, an_inner_slate_gives_always_and_is_left_for_whatever_is_better) {
  InputBench bench({"url:a", "slate:soon", "url:c", "slate:"});
  bench.worker().gives(0);
  EXPECT_EQ(bench.open(), Places{0}) << "what stands behind a slate is never wanted";
  bench.fails(0);
  EXPECT_EQ(bench.selected(), 1);
  EXPECT_FALSE(bench.state.exhausted);
  bench.pass(1100ms).probe_ok().gives(0);
  EXPECT_EQ(bench.last_switch(), "1>0 recovery");
}

TEST(Selector, a_list_of_one_slate_is_all_that_is_wanted) {
  InputBench bench({"slate:"});
  bench.worker().pass(100s);
  EXPECT_EQ(bench.status(0), "active");
  EXPECT_FALSE(bench.state.exhausted);
  EXPECT_THAT(bench.switches(), IsEmpty());
}

// --- the operator ---

TEST(Selector, an_override_is_shown_at_once_and_holds) {
  InputBench bench = two_cameras();
  bench.choose(1);
  EXPECT_EQ(bench.last_switch(), "0>1 manual");
  bench.pass(1000s);
  EXPECT_EQ(bench.selected(), 1) << "the better one works, and is not wanted";
  bench.choose(std::nullopt);
  EXPECT_EQ(bench.last_switch(), "1>0 manual: the override was cleared");
}

TEST(Selector, an_override_replaces_the_one_before) {
  InputBench bench = two_cameras();
  bench.choose(1).choose(0).choose(0);
  EXPECT_THAT(bench.switches(), ElementsAre("0>1 manual", "1>0 manual"));
}

TEST(Selector, an_override_to_a_dead_input_is_refused_in_words) {
  InputBench bench = two_cameras();
  bench.fails(1, "input: rtsp://b refused");
  EXPECT_THAT(refuses_override(bench.state, 1).value_or(""),
              HasSubstr("input 1 (url:b) is degraded: input: rtsp://b refused; it can be switched to when"));
  bench.choose(1);
  EXPECT_EQ(bench.selected(), 0);
  EXPECT_FALSE(bench.state.override_input);
}

TEST(Selector, an_override_to_what_is_not_there_is_refused_with_what_there_is) {
  InputBench bench = two_cameras();
  EXPECT_FALSE(refuses_override(bench.state, 2)) << "the slate may be wanted";
  EXPECT_EQ(refuses_override(bench.state, 3).value_or(""), "there is no input 3; the inputs are 0 to 2");
  EXPECT_TRUE(refuses_override(bench.state, -1));
}

TEST(Selector, an_override_that_dies_is_cleared_and_said) {
  InputBench bench = two_cameras();
  bench.choose(1).pass(5s).fails(1, "input: end of stream");
  EXPECT_EQ(bench.selected(), 0);
  EXPECT_FALSE(bench.state.override_input);
  EXPECT_EQ(bench.last<OverrideCleared>()->priority, 1);
  EXPECT_EQ(bench.last<OverrideCleared>()->why, "input: end of stream");
  bench.pass(1100ms).probe_ok().gives(1).pass(1000s);
  EXPECT_EQ(bench.selected(), 0) << "what was cleared does not come back";
}

TEST(Selector, an_override_to_an_input_that_never_gives_reverts) {
  InputBench bench({"own:0", "url:b", "url:c", "slate:"});
  bench.worker().gives(0).choose(2).opens(2).pass(9900ms);
  EXPECT_EQ(bench.selected(), 2);
  bench.pass(200ms);
  EXPECT_EQ(bench.last_switch(), "2>0 timeout: input: no picture for 10 s");
  EXPECT_EQ(bench.count<OverrideCleared>(), 1);
}

TEST(Selector, the_slate_by_choice_is_no_exhaustion) {
  InputBench bench = two_cameras();
  bench.choose(2).pass(100s);
  EXPECT_EQ(bench.selected(), 2);
  EXPECT_FALSE(bench.state.exhausted);
  EXPECT_EQ(bench.status(2), "active");
  bench.choose(std::nullopt);
  EXPECT_EQ(bench.selected(), 0);
}

TEST(Selector, an_override_out_of_exhaustion_ends_it) {
  InputBench bench({"own:0", "url:b", "slate:"});
  bench.worker().fails(0).fails(1).choose(2);
  EXPECT_FALSE(bench.state.exhausted);
  bench.choose(std::nullopt);
  EXPECT_TRUE(bench.state.exhausted) << "still nothing works";
}

// --- what the pictures show ---

InputBench watched_cameras() {
  InputBench bench({"url:a", "url:b", "slate:"});
  bench.state.inputs[0].traits.content_limits[ContentFault::Frozen] = 10s;
  bench.state.inputs[0].traits.content_limits[ContentFault::Corrupt] = 5s;
  bench.state.inputs[1].traits.content_limits[ContentFault::Black] = 90s;
  bench.worker().gives(0).gives(1).pass(100s);
  return bench;
}

TEST(Selector, pictures_that_stand_still_for_too_long_are_suspect_and_then_given_up) {
  InputBench bench = watched_cameras();
  bench.spoil(0, ContentFault::Frozen).pass(9'900ms);
  EXPECT_EQ(bench.stage(0), InputStage::Ready);
  bench.pass(1'100ms);
  EXPECT_EQ(bench.stage(0), InputStage::Suspect);
  EXPECT_EQ(bench.status(0), "active") << "it is still on air";
  EXPECT_THAT(bench.last<InputNoted>()->text, HasSubstr("suspect: the same picture for 10"));
  bench.pass(2'800ms);
  EXPECT_EQ(bench.selected(), 0);
  bench.pass(300ms);
  EXPECT_EQ(bench.last_switch(), "0>1 timeout: input: the same picture for 14 s");
  EXPECT_EQ(bench.status(0), "degraded");
  EXPECT_EQ(at(bench.state, 0).failures, 1u);
}

TEST(Selector, pictures_may_have_a_fault_for_ever_where_nobody_said_otherwise) {
  InputBench bench = watched_cameras();
  bench.spoil(0, ContentFault::Black).pass(3600s);
  EXPECT_THAT(bench.switches(), IsEmpty());
  EXPECT_EQ(bench.stage(0), InputStage::Ready);
}

TEST(Selector, a_suspect_whose_pictures_are_good_again_was_never_away) {
  InputBench bench = watched_cameras();
  bench.spoil(0, ContentFault::Corrupt).pass(7s);
  EXPECT_EQ(bench.stage(0), InputStage::Suspect);
  EXPECT_THAT(bench.last<InputNoted>()->text, HasSubstr("broken pictures for"));
  bench.spoil(0, std::nullopt).pass(1500ms);
  EXPECT_EQ(bench.stage(0), InputStage::Ready);
  EXPECT_FALSE(at(bench.state, 0).bad);
  EXPECT_THAT(bench.switches(), IsEmpty());
}

TEST(Selector, a_timeout_of_its_own_counts_for_its_pictures_too) {
  InputBench bench = watched_cameras();
  bench.state.inputs[0].traits.timeout = 8s;
  bench.spoil(0, ContentFault::Frozen).pass(17'500ms);
  EXPECT_EQ(bench.selected(), 0);
  bench.pass(700ms);
  EXPECT_EQ(bench.selected(), 1);
}

TEST(Selector, a_backup_that_is_black_is_not_chosen_and_given_up_too) {
  InputBench bench = watched_cameras();
  bench.spoil(1, ContentFault::Black).pass(92s).fails(0);
  EXPECT_EQ(bench.selected(), 2) << "rather the slate";
  bench.pass(3s);
  EXPECT_EQ(bench.stage(1), InputStage::Down);
  EXPECT_THAT(bench.last<InputFailed>()->text, HasSubstr("input: black for 94"));
}

TEST(Selector, what_was_given_up_for_its_pictures_is_probed_for_better_ones) {
  InputBench bench = watched_cameras();
  bench.spoil(0, ContentFault::Frozen).pass(16s);
  const auto* probe = bench.last<StartProbe>();
  ASSERT_TRUE(probe);
  EXPECT_EQ(probe->disprove, ContentFault::Frozen);
  EXPECT_EQ(probe->limit, 20s) << "its 10 s, and as long as they were allowed to be the same";
  bench.pass(19s);
  EXPECT_NE(bench.probe_out(), 0u) << "it has its time";
  bench.probe_fails("input: its picture does not change in time").pass(1s);
  EXPECT_EQ(bench.status(0), "degraded");
  bench.pass(30s);
  EXPECT_EQ(bench.last<StartProbe>()->disprove, ContentFault::Frozen) << "again";
  bench.spoil(0, std::nullopt).probe_ok().gives(0);
  EXPECT_EQ(bench.stage(0), InputStage::Ready);
  EXPECT_FALSE(at(bench.state, 0).bad);
  bench.fails(0).pass(3s);
  EXPECT_FALSE(bench.last<StartProbe>()->disprove) << "a connection that broke needs a picture, no more";
}

TEST(Selector, a_probe_watches_no_longer_than_a_minute_for_better_pictures) {
  InputBench bench = watched_cameras();
  bench.spoil(1, ContentFault::Black).pass(96s);
  EXPECT_EQ(bench.last<StartProbe>()->limit, bench.selector.settings.probe_timeout + content_proof_max);
}

TEST(Selector, a_better_input_proves_itself_anew_after_pictures_that_were_bad) {
  InputBench bench = watched_cameras();
  bench.fails(0).pass(2s).probe_ok().gives(0).pass(61s - 2s - 20s);
  EXPECT_EQ(bench.selected(), 1);
  bench.spoil(0, ContentFault::Corrupt).pass(6s).spoil(0, std::nullopt).pass(20s);
  EXPECT_EQ(bench.selected(), 1) << "60 s are over, but not 30 s of good pictures";
  bench.pass(12s);
  EXPECT_EQ(bench.last_switch().substr(0, 12), "1>0 failback");
}

TEST(Selector, a_choice_by_hand_ends_when_its_pictures_are_given_up) {
  InputBench bench = watched_cameras();
  bench.choose(1).spoil(1, ContentFault::Black).pass(93s);
  EXPECT_EQ(bench.selected(), 1);
  bench.pass(2s);
  EXPECT_EQ(bench.selected(), 0);
  EXPECT_THAT(bench.last<OverrideCleared>()->why, HasSubstr("black for"));
}

TEST(Selector, bad_pictures_are_forgotten_by_a_new_worker_and_by_a_pause) {
  InputBench bench = watched_cameras();
  bench.spoil(0, ContentFault::Frozen).pass(12s).spoil(0, std::nullopt);
  EXPECT_TRUE(at(bench.state, 0).bad);
  bench.on(PrivacyChanged{true}).pass_without({0, 1}, 60s).on(PrivacyChanged{false}).pass(5s);
  EXPECT_FALSE(at(bench.state, 0).bad);
  bench.spoil(0, ContentFault::Frozen).pass(12s).spoil(0, std::nullopt);
  bench.worker().gives(0).gives(1).pass(10s);
  EXPECT_FALSE(at(bench.state, 0).bad);
  EXPECT_THAT(bench.switches(), IsEmpty());
}

// --- workers come and go ---

TEST(Selector, a_new_worker_begins_with_the_same_selection_and_unknown_inputs) {
  InputBench bench = two_cameras();
  bench.fails(0).pass(2s).worker();
  EXPECT_EQ(bench.selected(), 1);
  EXPECT_EQ(bench.status(0), "degraded") << "a probe will tell";
  EXPECT_EQ(bench.status(1), "probing");
  EXPECT_THAT(bench.switches(), ElementsAre("0>1 error: input: broken"));
  bench.gives(1);
  EXPECT_EQ(bench.status(1), "active");
}

TEST(Selector, a_failure_that_a_new_worker_finds_again_is_not_charged_again) {
  InputBench bench = screen_only();
  bench.fails(0).worker().fails(0, "display_lost: still");
  EXPECT_EQ(at(bench.state, 0).failures, 1u);
  EXPECT_EQ(bench.selected(), 1);
  EXPECT_EQ(bench.last<InputFailed>()->text, "display_lost: still");
}

TEST(Selector, a_device_that_the_former_worker_holds_still_is_waited_for) {
  InputBench bench({"device:a", "own:0", "slate:"});
  bench.worker().gives(0).gives(1).pass(10s);
  bench.worker().opens(0).fails(0, "input: busy").gives(1).pass(1500ms);
  EXPECT_EQ(bench.selected(), 0);
  bench.gives(0).pass(10s);
  EXPECT_THAT(bench.switches(), IsEmpty());
  bench.worker().pass(5s).fails(0, "input: busy");
  EXPECT_EQ(bench.stage(0), InputStage::Down) << "not for ever";
}

TEST(Selector, a_device_that_fails_in_the_first_worker_has_failed) {
  InputBench bench({"device:a", "own:0", "slate:"});
  bench.worker().gives(1).fails(0);
  EXPECT_EQ(bench.selected(), 1);
}

TEST(Selector, words_of_a_former_worker_or_list_are_ignored) {
  InputBench bench = two_cameras();
  const auto former = bench.state.generation;
  bench.worker().gives(0).gives(1);
  const auto failed = common::InputState::Failed;
  bench.on(InputReported{former, {bench.state.revision, 0, failed, "input: late", false}});
  bench.on(InputReported{0, {bench.state.revision, 0, failed, "input: nobody", false}});
  EXPECT_EQ(bench.selected(), 0);
  bench.edit({"url:a", "url:b", "slate:"}, {0, 1, 2});
  const auto old_list = bench.state.revision - 1;
  bench.on(InputReported{bench.state.generation, {old_list, 0, failed, "input: late", false}});
  common::InputFigures told{.revision = old_list, .priority = 0};
  told.last_picture_age_ms = 60'000;
  bench.on(FiguresReported{bench.state.generation, told}).pass(100ms);
  EXPECT_EQ(bench.selected(), 0);
  for (const int nobody : {-1, 2, 7, 1000}) bench.fails(nobody);
  EXPECT_THAT(bench.switches(), IsEmpty());
}

TEST(Selector, late_pictures_of_an_input_that_was_given_up_are_no_proof) {
  InputBench bench = two_cameras();
  bench.fails(0).gives(0).opens(0).pass(500ms);
  EXPECT_EQ(bench.stage(0), InputStage::Down);
  EXPECT_EQ(bench.selected(), 1);
}

TEST(Selector, nothing_is_probed_while_there_is_no_worker_or_the_stream_is_paused) {
  InputBench bench = two_cameras();
  bench.fails(0).on(WorkerEnded{}).pass(60s);
  EXPECT_EQ(bench.probes_started(), 0);
  EXPECT_EQ(bench.status(1), "idle");
  bench.worker().gives(1).on(PrivacyChanged{true}).pass(60s);
  EXPECT_EQ(bench.probes_started(), 1) << "the one between worker and pause";
  EXPECT_EQ(bench.probe_out(), 0u) << "which is forgotten";
  bench.on(PrivacyChanged{false}).pass(10ms);
  EXPECT_EQ(bench.probes_started(), 2);
}

TEST(Selector, a_pause_is_no_silence_of_the_inputs) {
  InputBench bench = two_cameras();
  bench.pass(5s).on(PrivacyChanged{true}).pass_without({0, 1}, 100s).on(PrivacyChanged{false});
  bench.pass_without({0, 1}, 1500ms).pass(5s);
  EXPECT_THAT(bench.switches(), IsEmpty());
}

TEST(Selector, a_stopped_stream_begins_anew_but_with_the_operators_choice) {
  InputBench bench = two_cameras();
  bench.fails(0).on(WorkerEnded{}).on(SelectionForgotten{});
  EXPECT_EQ(bench.selected(), 0);
  EXPECT_EQ(bench.status(0), "idle");
  EXPECT_EQ(at(bench.state, 0).penalty, 0);
  bench.worker().gives(0).gives(1).choose(1).on(SelectionForgotten{});
  EXPECT_EQ(bench.selected(), 1);
}

// --- the list is edited ---

TEST(Selector, a_better_input_that_is_added_is_shown_as_soon_as_it_gives) {
  InputBench bench = two_cameras();
  bench.pass(1s).edit({"url:new", "url:a", "url:b", "slate:"}, {-1, 0, 1, 2});
  EXPECT_EQ(bench.selected(), 1) << "the same input, at its new place";
  EXPECT_THAT(bench.switches(), IsEmpty());
  EXPECT_EQ(bench.open(), (Places{0, 1, 2}));
  bench.opens(0).pass(500ms).gives(0);
  EXPECT_EQ(bench.last_switch(), "1>0 input_added");
}

TEST(Selector, a_worse_input_that_is_added_changes_nothing) {
  InputBench bench = two_cameras();
  bench.edit({"url:a", "url:b", "url:new", "slate:"}, {0, 1, -1, 2}).pass(10s);
  EXPECT_THAT(bench.switches(), IsEmpty());
}

TEST(Selector, an_added_input_that_failed_first_has_to_prove_itself) {
  InputBench bench = two_cameras();
  bench.edit({"url:new", "url:a", "url:b", "slate:"}, {-1, 0, 1, 2})
      .fails(0)
      .pass(1100ms)
      .probe_ok()
      .gives(0);
  EXPECT_EQ(bench.selected(), 1);
  bench.pass(31s);
  EXPECT_THAT(bench.last_switch(), HasSubstr("1>0 failback"));
}

TEST(Selector, removing_the_input_on_air_shows_the_next_one) {
  InputBench bench = two_cameras();
  bench.edit({"url:b", "slate:"}, {1, 2});
  EXPECT_EQ(bench.last_switch(), "0>0 input_removed");
  EXPECT_EQ(bench.status(0), "active");
  bench.edit({"slate:"}, {1});
  EXPECT_EQ(bench.last_switch(), "0>0 input_removed");
  EXPECT_FALSE(bench.state.exhausted) << "no more is wanted";
}

TEST(Selector, removing_all_that_works_leaves_the_slate_until_something_does) {
  InputBench bench = two_cameras();
  bench.fails(1).edit({"url:b", "slate:"}, {1, 2});
  EXPECT_EQ(bench.last_switch(), "0>1 input_removed");
  EXPECT_TRUE(bench.state.exhausted);
  bench.pass(1100ms).probe_ok().gives(0);
  EXPECT_EQ(bench.last_switch(), "1>0 recovery");
}

TEST(Selector, changing_the_only_input_waits_for_the_new_one) {
  InputBench bench = screen_only();
  bench.edit({"url:new", "slate:"}, {-1, 1});
  EXPECT_EQ(bench.selected(), 0);
  EXPECT_EQ(bench.status(0), "probing");
  EXPECT_FALSE(bench.state.exhausted);
  bench.gives(0);
  EXPECT_EQ(bench.status(0), "active");
}

TEST(Selector, an_edit_while_switching_keeps_what_was_decided) {
  InputBench bench = two_cameras();
  bench.fails(0);  // 1 is ordered, and not shown yet
  bench.edit({"url:c", "url:b", "url:a", "slate:new"}, {-1, 1, 0, -1});
  EXPECT_EQ(bench.selected(), 1);
  EXPECT_EQ(bench.last<SelectInput>()->priority, 1);
  EXPECT_EQ(bench.stage(2), InputStage::Down) << "the failed one, at its new place";
  bench.pass(1100ms).probe_ok();
  EXPECT_EQ(bench.stage(2), InputStage::Unknown);
}

TEST(Selector, an_edit_tells_the_selection_again_even_when_it_is_the_same) {
  InputBench bench = two_cameras();
  const int before = bench.count<SelectInput>();
  bench.edit({"url:a", "url:b", "slate:"}, {0, 1, 2});
  EXPECT_EQ(bench.count<SelectInput>(), before + 1);
}

TEST(Selector, the_override_goes_with_its_input_and_ends_with_it) {
  InputBench bench = two_cameras();
  bench.choose(1).edit({"url:b", "url:a", "slate:"}, {1, 0, 2});
  EXPECT_EQ(bench.state.override_input, 0);
  EXPECT_EQ(bench.selected(), 0);
  bench.edit({"url:a", "slate:"}, {1, 2});
  EXPECT_FALSE(bench.state.override_input);
  EXPECT_EQ(bench.last<OverrideCleared>()->why, "the input was removed");
}

TEST(Selector, an_edit_of_an_exhausted_stream_tries_what_is_new) {
  InputBench bench = screen_only();
  bench.fails(0).edit({"own:0", "url:new", "slate:other"}, {0, -1, -1});
  EXPECT_EQ(bench.selected(), 2);
  EXPECT_TRUE(bench.state.exhausted);
  EXPECT_EQ(bench.open(), (Places{0, 1}));
  bench.gives(1);
  EXPECT_EQ(bench.last_switch(), "2>1 input_added");
}

// --- saved for the next supervisor ---

TEST(Selector, what_was_saved_is_what_is_saved_again) {
  InputBench bench = two_cameras();
  bench.fails(0).pass(500ms);
  const SavedSelection saved = save_selection(bench.selector, bench.state, bench.now);
  EXPECT_EQ(saved.selected, 1);
  const auto state =
      restore_selection(bench.selector, saved, inputs_of({"url:a", "url:b", "slate:"}), bench.now);
  EXPECT_EQ(save_selection(bench.selector, state, bench.now), saved);
  EXPECT_FALSE(broken_rule(bench.selector, state, bench.now));
}

TEST(Selector, inputs_are_found_again_by_their_names) {
  InputBench bench = two_cameras();
  bench.choose(1);
  const SavedSelection saved = save_selection(bench.selector, bench.state, bench.now);
  const auto moved =
      restore_selection(bench.selector, saved, inputs_of({"url:b", "url:x", "url:a", "slate:"}), bench.now);
  EXPECT_EQ(moved.override_input, 0);
  EXPECT_EQ(moved.selected, 0);
  const auto gone = restore_selection(bench.selector, saved, inputs_of({"url:x", "slate:"}), bench.now);
  EXPECT_FALSE(gone.override_input);
  EXPECT_EQ(gone.selected, 0);
}

TEST(Selector, an_exhausted_stream_goes_on_with_its_slate) {
  InputBench bench = screen_only();
  bench.fails(0);
  const SavedSelection saved = save_selection(bench.selector, bench.state, bench.now);
  bench.state = restore_selection(bench.selector, saved, inputs_of({"own:0", "slate:"}), bench.now);
  EXPECT_TRUE(bench.state.exhausted);
  bench.worker().gives(0);
  EXPECT_EQ(bench.last_switch(), "1>0 recovery");
}

TEST(Selector, nonsense_that_was_saved_is_put_right) {
  const InputSelector selector;
  for (const int number : {-7, -1, 0, 1, 2, 3, 1000}) {
    for (const bool exhausted : {false, true}) {
      SavedSelection saved;
      saved.inputs = {{"url:a", -5, true}, {"url:a", 1e300, false}, {"?", 1, false}};
      saved.selected = number;
      saved.override_input = number;
      saved.exhausted = exhausted;
      const auto state =
          restore_selection(selector, saved, inputs_of({"url:a", "url:b", "slate:"}), common::MonoTime(1h));
      EXPECT_FALSE(broken_rule(selector, state, common::MonoTime(1h)))
          << number << " " << *broken_rule(selector, state, common::MonoTime(1h));
    }
  }
}

}  // namespace
}  // namespace supervisor
