// Which input is on air: what the runner tells its workers, and what it believes of them (runner.h).
#include "runner.h"

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace supervisor {
namespace {

class Inputs : public Runner {
 protected:
  static common::InputSettings input(const std::string& type, const std::string& address = {}) {
    common::InputSettings input;
    input.type = type;
    input.url = input.path = address;
    return input;
  }
  void use(std::vector<common::InputSettings> inputs) {
    inputs.push_back(input("slate"));
    plan_.settings.inputs = std::move(inputs);
  }
  // A worker that says `script` and then shows every command it gets in its log.
  void worker_that_listens(const std::string& script) {
    write_worker(
        "input() { say input "
        "\",\\\"revision\\\":$1,\\\"priority\\\":$2,\\\"state\\\":\\\"$3\\\",\\\"error\\\":\\\"$4\\\","
        "\\\"stuck\\\":false\"; }\n"
        "cat <&4 > " +
        folder_ +
        "/settings\n"
        "say hello ',\"version\":\"" +
        std::string(common::version) + "\"'\n" + script +
        "\nwhile read -r line; do echo \"got $line\" >&2; done; sleep 60");
  }
  bool told(const std::string& text, std::chrono::milliseconds limit = 5s) {
    return run_until([&] { return log_text().find(text) != std::string::npos; }, limit);
  }
  std::string log_text() const {
    std::string all;
    for (const std::string& line : log_) all += line + "\n";
    return all;
  }
  std::string settings_of_worker() const {
    std::ifstream file(folder_ + "/settings");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string status(int priority) { return now().inputs[static_cast<std::size_t>(priority)].status; }
};

TEST_F(Inputs, an_input_that_fails_is_left_by_command_and_all_is_told) {
  use({input("pattern"), input("file", "/clip.mp4")});
  worker_that_listens("input 1 0 giving; input 1 1 giving; sleep 0.3; input 1 0 failed 'input: broken'");
  std::vector<SwitchSnapshot> switches;
  start();
  runner_->on_switch([&](const SwitchSnapshot& happened) { switches.push_back(happened); });
  ASSERT_TRUE(told(R"(got {"open":[0,1],"priority":1,"revision":1,"type":"switch"})")) << log_text();
  ASSERT_EQ(switches.size(), 1u);
  EXPECT_EQ(switches[0].reason, "error");
  EXPECT_EQ(switches[0].detail, "input: broken");
  EXPECT_THAT(log_text(),
              HasSubstr("warn switched from input 0 to input 1 (/clip.mp4): error: input: broken"));
  const auto shown = now();
  EXPECT_EQ(shown.switches, switches);
  EXPECT_EQ(shown.switch_counts.at("error"), 1u);
  EXPECT_EQ(shown.inputs[0].status, "degraded");
  EXPECT_EQ(shown.inputs[0].errors[0].message, "input: broken");
  EXPECT_EQ(shown.inputs[1].status, "active");
}

TEST_F(Inputs, words_about_another_list_are_not_believed) {
  use({input("pattern")});
  worker_that_listens("input 1 0 giving; input 7 0 failed 'input: of another list'; echo said >&2");
  start();
  ASSERT_TRUE(told("said"));
  EXPECT_EQ(status(0), "active");
}

TEST_F(Inputs, a_worker_begins_with_what_is_selected_and_open) {
  use({input("pattern"), input("url", "rtsp://a"), input("url", "rtsp://b")});
  worker_that_listens("");
  start();
  ASSERT_TRUE(run_until([this] { return now().worker_pid != 0 && !settings_of_worker().empty(); }));
  const auto settings = common::parse_worker_settings(settings_of_worker());
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->revision, 1u);
  EXPECT_EQ(settings->selected, 0);
  EXPECT_THAT(settings->open, ElementsAre(0, 1)) << "one is warm";
  EXPECT_FALSE(settings->standby) << "no other worker may hold a device";
}

TEST_F(Inputs, the_operators_choice_reaches_the_worker_and_holds_for_the_next_one) {
  use({input("pattern"), input("pattern"), input("pattern")});
  plan_.supervision.hot_standby = true;
  plan_.supervision.standby_delay = 50ms;
  real_worker_and("");
  start();
  ASSERT_TRUE(run_until([this] { return now().active_input == 0 && now().standby == "ready"; }, 10s));
  ASSERT_TRUE(runner_->switch_input(2));
  ASSERT_TRUE(run_until([this] { return now().active_input == 2; }, 2s));
  EXPECT_EQ(now().override_input, 2);
  EXPECT_EQ(now().state, "healthy") << "what the operator chose is no defect: " << now().reason;
  ASSERT_TRUE(runner_->drill("kill"));
  ASSERT_TRUE(run_until([this] { return now().generation == 2 && now().active_input == 2; }, 5s));
  ASSERT_TRUE(runner_->switch_input(std::nullopt));
  ASSERT_TRUE(run_until([this] { return now().active_input == 0; }, 2s));
  EXPECT_EQ(now().switch_counts.at("manual"), 2u);
}

TEST_F(Inputs, a_choice_that_cannot_be_shown_is_refused_in_words) {
  use({input("pattern"), input("url", "rtsp://user:secret@cam/1")});
  worker_that_listens("input 1 0 giving; input 1 1 failed 'input: refused'");
  start();
  ASSERT_TRUE(run_until([this] { return status(1) == "degraded"; }));
  const auto refused = runner_->switch_input(1);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().reason, HasSubstr("is degraded: input: refused; it can be switched to when"));
  EXPECT_THAT(refused.error().reason, Not(HasSubstr("user:")));
  EXPECT_THAT(runner_->switch_input(9).error().reason, HasSubstr("the inputs are 0 to 2"));
}

TEST_F(Inputs, a_degraded_address_is_tried_by_a_probe_that_gets_it_where_nobody_sees_it) {
  use({input("pattern"), input("url", "rtsp://user:secret@cam/1")});
  write_worker(R"(if [ "$1" = probe ]; then echo "$*" > )" + folder_ + R"(/words; cat <&4 > )" + folder_ +
               R"(/asked; echo '{"ok":true}'; exit 0; fi
say hello ',"version":")" +
               std::string(common::version) + R"("'
say input ',"revision":1,"priority":1,"state":"failed","error":"input: refused","stuck":false'
while read -r line; do echo "got $line" >&2; done; sleep 60)");
  plan_.selector.probe_interval = 100ms;
  start();
  ASSERT_TRUE(told("a probe got a picture of it")) << log_text();
  std::ifstream words(folder_ + "/words"), asked(folder_ + "/asked");
  const std::string arguments{std::istreambuf_iterator<char>(words), {}};
  const std::string settings{std::istreambuf_iterator<char>(asked), {}};
  EXPECT_EQ(arguments, "probe input --config-fd 4 --limit-ms 9500\n");
  EXPECT_THAT(settings, HasSubstr("rtsp://user:secret@cam/1"));
  EXPECT_THAT(log_text(), Not(HasSubstr("secret@")));
  EXPECT_TRUE(told(R"(got {"open":[0,1],"priority":0)")) << "opened again in the worker";
}

TEST_F(Inputs, a_probe_that_hangs_is_killed_and_its_failure_is_an_error_of_the_input) {
  use({input("pattern"), input("url", "rtsp://cam/1")});
  write_worker(R"(if [ "$1" = probe ]; then exec sleep 60; fi
say hello ',"version":")" +
               std::string(common::version) + R"("'
say input ',"revision":1,"priority":1,"state":"failed","error":"input: refused","stuck":false'
exec sleep 60)");
  plan_.selector.probe_interval = 50ms;
  plan_.selector.probe_timeout = 300ms;
  start();
  ASSERT_TRUE(
      run_until([this] { return !now().inputs[1].errors.empty() && now().inputs[1].errors.size() > 1; }));
  EXPECT_THAT(now().inputs[1].errors[0].message, HasSubstr("did not answer within 300 ms"));
}

TEST_F(Inputs, a_new_list_is_told_line_by_line_to_the_worker_that_goes_on) {
  use({input("pattern")});
  worker_that_listens("input 1 0 giving");
  start();
  ASSERT_TRUE(run_until([this] { return status(0) == "active"; }));
  const int pid = now().worker_pid;
  ASSERT_TRUE(runner_->edit_inputs({input("file", "/new.mp4"), input("pattern"), input("slate")}));
  ASSERT_TRUE(told(R"("priority":1,"revision":2,"type":"switch")")) << log_text();
  EXPECT_THAT(log_text(), HasSubstr("/new.mp4"));
  const auto shown = now();
  EXPECT_EQ(shown.inputs_revision, 2u);
  EXPECT_EQ(shown.inputs.size(), 3u);
  EXPECT_EQ(shown.inputs[1].status, "active") << "the same input, at its new place";
  EXPECT_EQ(shown.worker_pid, pid);
  EXPECT_FALSE(runner_->edit_inputs({input("pattern")})) << "it must end with a slate";
}

TEST_F(Inputs, a_list_that_is_too_long_to_be_told_needs_another_worker) {
  real_worker_and("");
  start();
  ASSERT_TRUE(run_until([this] { return now().state == "healthy"; })) << now().reason;
  common::InputSettings wordy = input("slate");
  wordy.text = std::string(common::line_bytes_max, 'x');
  ASSERT_TRUE(runner_->edit_inputs({input("pattern"), wordy}));
  EXPECT_TRUE(run_until([this] { return now().generation == 2 && now().state == "healthy"; }, 10s));
  EXPECT_TRUE(opened_.empty()) << "nothing failed";
}

TEST_F(Inputs, a_configuration_with_other_inputs_or_another_policy_restarts_nothing) {
  real_worker_and("");
  start();
  ASSERT_TRUE(run_until([this] { return now().state == "healthy" && now().active_input == 0; }))
      << now().reason;
  StreamPlan wanted = plan_;
  wanted.settings.inputs = {input("pattern"), input("pattern"), input("slate")};
  runner_->reconfigure(wanted);
  wanted.supervision.max_restarts += 1;
  wanted.supervision.stop_timeout += 1s;
  runner_->reconfigure(wanted);
  run_until([] { return false; }, 500ms);
  EXPECT_EQ(now().generation, 1u);
  EXPECT_EQ(now().standby_pid, 0);
  EXPECT_EQ(now().inputs.size(), 3u);
  wanted.settings.video.bitrate += 1;
  runner_->reconfigure(wanted);
  EXPECT_TRUE(run_until([this] { return now().generation == 2; }, 10s));
}

TEST_F(Inputs, a_worker_with_too_many_stuck_threads_is_replaced) {
  real_worker_and(
      "(sleep 1; say trouble ',\"reason\":\"stuck_inputs\",\"text\":\"3 threads could not be stopped\"') &");
  start();
  ASSERT_TRUE(run_until_opened());
  EXPECT_EQ(opened_[0].failure, FailureClass::ResourceLimit);
  EXPECT_THAT(opened_[0].text, HasSubstr("stuck_inputs: 3 threads could not be stopped"));
  EXPECT_TRUE(run_until([this] { return now().generation >= 2 && now().state == "healthy"; }, 10s));
}

TEST_F(Inputs, the_monitor_that_was_captured_is_what_the_next_worker_is_told) {
  common::InputSettings screen;
  screen.display = ":4";
  use({screen});
  worker_that_listens(
      "say monitors "
      "',\"priority\":0,\"monitors\":[{\"name\":\"DP-1\",\"edid\":\"A\",\"x\":0,\"y\":0,\"width\":8,"
      "\"height\":8,"
      "\"primary\":true,\"captured\":false},{\"name\":\"DP-2\",\"edid\":\"B\",\"x\":8,\"y\":0,\"width\":8,"
      "\"height\":8,"
      "\"primary\":false,\"captured\":true}]'\n"
      "say monitors ',\"priority\":0,\"monitors\":[]'; echo said >&2");
  start();
  ASSERT_TRUE(told("said"));
  ASSERT_TRUE(runner_->drill("kill"));
  ASSERT_TRUE(run_until([this] { return now().generation == 2 && now().worker_pid != 0; }));
  run_until([] { return false; }, 200ms);
  const auto settings = common::parse_worker_settings(settings_of_worker());
  ASSERT_TRUE(settings);
  ASSERT_TRUE(settings->inputs[0].chosen_monitor);
  EXPECT_EQ(settings->inputs[0].chosen_monitor->name, "DP-2");
  EXPECT_EQ(settings->inputs[0].chosen_monitor->edid, "B");
  EXPECT_EQ(runner_->saved(std::chrono::steady_clock::now()).inputs->monitors.at(":4 second").name, "DP-2");
}

TEST_F(Inputs, no_input_that_works_is_the_slate_and_a_reason) {
  use({input("pattern")});
  worker_that_listens("input 1 0 failed 'display_lost: gone'");
  start();
  ASSERT_TRUE(run_until([this] { return now().exhausted; }));
  EXPECT_THAT(log_text(), HasSubstr("warn no input works: the slate is on air until one does"));
  EXPECT_TRUE(told(R"(got {"open":[0],"priority":1,"revision":1,"type":"switch"})"));
}

TEST_F(Inputs, the_choice_outlives_the_supervisor) {
  use({input("pattern"), input("pattern")});
  worker_that_listens("input 1 0 giving; input 1 1 giving");
  start();
  ASSERT_TRUE(run_until([this] { return status(0) == "active"; }));
  ASSERT_TRUE(runner_->switch_input(1));
  plan_.saved = runner_->saved(std::chrono::steady_clock::now());
  bool done = false;
  runner_->shut_down([&done] { done = true; });
  ASSERT_TRUE(run_until([&done] { return done; }));
  start();
  EXPECT_EQ(now().override_input, 1);
  EXPECT_EQ(now().switches.size(), 1u);
  ASSERT_TRUE(run_until([this] { return status(1) == "active"; }));
}

TEST_F(Inputs, a_stop_forgets_what_was_known_of_the_inputs) {
  use({input("pattern"), input("file", "/clip.mp4")});
  worker_that_listens("input 1 0 failed 'input: broken'; input 1 1 giving");
  start();
  ASSERT_TRUE(run_until([this] { return status(0) == "degraded"; }));
  runner_->stop();
  ASSERT_TRUE(run_until([this] { return now().state == "stopped"; }));
  EXPECT_EQ(status(0), "idle");
  EXPECT_EQ(now().inputs[0].penalty, 0);
}

}  // namespace
}  // namespace supervisor
