#include "supervisor/report/drill_watch.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace supervisor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const common::MonoTime fault_at = common::MonoTime(seconds(1000));
constexpr milliseconds part_target{200};

common::MonoTime after(int ms) {
  return fault_at + milliseconds(ms);
}

DrillWatch watch(const std::string& fault = "kill") {
  return DrillWatch(fault, {10, 50, false, {}}, part_target, fault_at);
}

TEST(Drill, is_measured_from_the_fault_to_the_first_new_part) {
  DrillWatch drill = watch();
  drill.take(OpenIncident{FailureClass::Crash, 7, "signal 9", {}}, after(4));
  drill.belongs_to("20261121T043211-0007");
  drill.observe({10, 180, false, {}}, after(130));
  drill.observe({12, 240, false, {}}, after(200));
  EXPECT_FALSE(drill.is_over(after(200)));
  drill.take(CloseIncident{milliseconds(246)}, after(250));
  EXPECT_TRUE(drill.is_over(after(250)));
  const DrillReport report = drill.report();
  EXPECT_EQ(report.failure_class, "crash");
  EXPECT_EQ(report.detected_ms, 4);
  EXPECT_EQ(report.recovery_ms, 250);
  EXPECT_EQ(report.parts_bridged, 2u);
  EXPECT_EQ(report.part_gap_ms, 240);
  EXPECT_EQ(report.hole_ms, 0) << "players hold three parts";
  EXPECT_EQ(report.verdict, "recovered");
}

TEST(Drill, a_hole_is_what_players_could_not_cover) {
  DrillWatch drill = watch();
  drill.observe({10, 600, false, {}}, after(550));
  EXPECT_EQ(drill.report().hole_ms, 0);
  drill.observe({10, 601, false, {}}, after(551));
  EXPECT_EQ(drill.report().hole_ms, 1);
  drill.observe({11, 20, false, {}}, after(600));
  EXPECT_EQ(drill.report().hole_ms, 1) << "the longest one stays";
}

TEST(Drill, an_outage_before_the_fault_is_not_its_doing) {
  DrillWatch drill = watch();
  drill.observe({10, 5000, false, {}}, after(0));
  EXPECT_EQ(drill.report().hole_ms, 0);
}

TEST(Drill, without_an_incident_what_is_on_air_tells) {
  DrillWatch drill = watch("xlost");
  drill.observe({10, 100, false, {}}, after(100));
  drill.observe({10, 100, true, {}}, after(700));
  EXPECT_EQ(drill.report().verdict, "not_recovered");
  drill.observe({10, 100, true, {}}, after(900));
  drill.observe({10, 100, false, {}}, after(1500));
  EXPECT_EQ(drill.report().detected_ms, 700);
  EXPECT_EQ(drill.report().recovery_ms, 1500);
  EXPECT_EQ(nlohmann::json::parse(drill_json(drill.report()))["failure_class"], nullptr);
}

TEST(Drill, an_input_that_heals_between_two_looks_is_seen_by_its_error) {
  DrillWatch drill(std::string("freeze"), {10, 50, false, "11:00 an old one"}, part_target, fault_at);
  drill.observe({10, 100, false, "11:00 an old one"}, after(100));
  EXPECT_EQ(drill.report().verdict, "not_detected");
  drill.observe({10, 100, false, "12:00 frozen: the capture stands still"}, after(3000));
  EXPECT_EQ(drill.report().detected_ms, 3000);
  EXPECT_EQ(drill.report().recovery_ms, 3000);
  EXPECT_TRUE(drill.is_over(after(3000)));
}

TEST(Drill, an_incident_after_the_slate_is_what_counts) {
  DrillWatch drill = watch("xlost");
  drill.observe({10, 100, true, {}}, after(300));
  drill.take(OpenIncident{FailureClass::DisplayLost, 7, "no display", {}}, after(600));
  drill.observe({10, 100, false, {}}, after(900));
  EXPECT_FALSE(drill.is_over(after(900)));
  drill.take(CloseIncident{milliseconds(400)}, after(1000));
  EXPECT_EQ(drill.report().detected_ms, 600);
  EXPECT_EQ(drill.report().recovery_ms, 1000);
}

TEST(Drill, ends_after_its_patience_whatever_happens) {
  DrillWatch drill = watch("freeze");
  EXPECT_FALSE(drill.is_over(fault_at + DrillWatch::patience - milliseconds(1)));
  EXPECT_TRUE(drill.is_over(fault_at + DrillWatch::patience));
  EXPECT_EQ(drill.report().verdict, "not_detected");
  drill.take(OpenIncident{}, after(5));
  EXPECT_EQ(drill.report().verdict, "not_recovered");
}

TEST(Drill, the_operators_stop_is_no_recovery) {
  DrillWatch drill = watch();
  drill.take(OpenIncident{}, after(5));
  drill.take(CloseIncident{}, after(50));
  EXPECT_EQ(drill.report().verdict, "not_recovered");
  EXPECT_FALSE(drill.report().recovery_ms);
}

TEST(Drill, its_answer_has_every_name_of_the_api) {
  const auto json = nlohmann::json::parse(drill_json(watch().report()));
  for (const char* name : {"fault", "failure_class", "detected_ms", "recovery_ms", "hole_ms", "part_gap_ms",
                           "parts_bridged", "incident", "verdict"}) {
    EXPECT_TRUE(json.contains(name)) << name;
  }
}

}  // namespace
}  // namespace supervisor
