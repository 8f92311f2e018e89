#include "supervisor/report/incident_book.h"

#include <gmock/gmock.h>

#include "supervisor/report/incident_json.h"

namespace supervisor {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using Kind = IncidentBook::Change::Kind;
using Step = NoteIncident::Step;

const WallTime noon = *parse_rfc3339("2026-11-21T12:00:00.250Z");
const common::MonoTime start = common::MonoTime(hours(5));

OpenIncident crash(Generation generation = 7) {
  return {FailureClass::Crash, generation, "the worker crashed: signal 11", "state Z"};
}

std::vector<std::string> steps_of(const IncidentRecord& record) {
  std::vector<std::string> steps;
  for (const IncidentStep& step : record.timeline) steps.push_back(step.step);
  return steps;
}

// Opens and closes one incident; its id.
std::string one_incident(IncidentBook& book, WallTime wall) {
  book.take(crash(), start, wall);
  return book.take(CloseIncident{milliseconds(100)}, start + milliseconds(100), wall)->record->id;
}

TEST(IncidentBook, a_promotion_is_told_from_its_detection_to_the_first_part) {
  IncidentBook book("desktop");
  const auto opened = book.take(crash(), start, noon, {{"7 error out of cheese"}, "JPEG"});
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->kind, Kind::Opened);
  EXPECT_EQ(book.take(NoteIncident{Step::Reaped, 7, "signal 11"}, start + milliseconds(2), noon)->kind,
            Kind::Noted);
  book.take(NoteIncident{Step::Promoted, 8, {}}, start + milliseconds(3), noon);
  const auto closed = book.take(CloseIncident{milliseconds(60)}, start + milliseconds(60), noon + seconds(1));
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->kind, Kind::Closed);
  const IncidentRecord& record = *closed->record;
  EXPECT_EQ(record.id, "20261121T120000-0250");
  EXPECT_EQ(record.stream, "desktop");
  EXPECT_EQ(record.failure_class, "crash");
  EXPECT_EQ(record.generation, 7u);
  EXPECT_EQ(record.evidence, "state Z");
  EXPECT_EQ(record.detected_at, "2026-11-21T12:00:00.250Z");
  EXPECT_EQ(record.closed_at, "2026-11-21T12:00:01.250Z");
  EXPECT_TRUE(record.recovered);
  EXPECT_EQ(record.recovery_ms, 60);
  EXPECT_EQ(record.action, "standby 8 promoted");
  EXPECT_THAT(steps_of(record), ElementsAre("detected", "reaped", "promoted", "first_part"));
  EXPECT_EQ(record.timeline[1].at_ms, 2);
  EXPECT_EQ(record.timeline[3].generation, 8u);
  EXPECT_THAT(record.log, ElementsAre("7 error out of cheese"));
  EXPECT_TRUE(record.has_picture);
  EXPECT_EQ(*book.picture(record.id), "JPEG");
}

TEST(IncidentBook, a_cold_restart_says_how_many_workers_it_took) {
  IncidentBook book("desktop");
  book.take(crash(), start, noon);
  book.take(NoteIncident{Step::Delayed, 7, "250 ms"}, start, noon);
  EXPECT_EQ(book.open()->action, "waiting: 250 ms");
  book.take(NoteIncident{Step::Spawned, 8, {}}, start + milliseconds(250), noon);
  EXPECT_EQ(book.open()->action, "worker 8 started after 250 ms");
  book.take(NoteIncident{Step::Quarantined, 7, {}}, start + milliseconds(300), noon);
  book.take(NoteIncident{Step::Spawned, 9, {}}, start + milliseconds(900), noon);
  EXPECT_EQ(book.open()->action,
            "worker 7 left behind: it cannot be killed; worker 9 started after 900 ms (2 workers started)");
}

TEST(IncidentBook, only_one_incident_is_open_and_a_second_failure_is_a_step_of_it) {
  IncidentBook book("desktop");
  book.take(crash(), start, noon);
  const auto second =
      book.take(OpenIncident{FailureClass::Hang, 8, "silent", {}}, start + seconds(2), noon + seconds(2));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->kind, Kind::Noted);
  EXPECT_EQ(book.records().size(), 1u);
  EXPECT_EQ(book.open()->failure_class, "crash");
  EXPECT_EQ(book.open()->timeline.back().text, "hang: silent");
  EXPECT_EQ(book.opened_by_class().size(), 1u);
}

TEST(IncidentBook, the_operators_stop_ends_an_incident_without_recovery) {
  IncidentBook book("desktop");
  book.take(crash(), start, noon);
  const auto closed = book.take(CloseIncident{}, start + seconds(1), noon + seconds(1));
  EXPECT_FALSE(closed->record->recovered);
  EXPECT_FALSE(closed->record->recovery_ms);
  EXPECT_EQ(closed->record->timeline.back().step, "stopped");
  EXPECT_EQ(book.open(), nullptr);
  EXPECT_EQ(book.recoveries().count, 0u);
}

TEST(IncidentBook, what_is_not_about_an_open_incident_changes_nothing) {
  IncidentBook book("desktop");
  EXPECT_FALSE(book.take(NoteIncident{}, start, noon));
  EXPECT_FALSE(book.take(CloseIncident{milliseconds(5)}, start, noon));
  EXPECT_FALSE(book.take(Spawn{3}, start, noon));
  EXPECT_TRUE(book.records().empty());
}

TEST(IncidentBook, every_bound_holds_at_its_edge_and_one_past_it) {
  IncidentBounds bounds;
  bounds.records = 3;
  bounds.log_lines = 2;
  bounds.picture_bytes = 4;
  bounds.steps = 5;
  bounds.text_bytes = 6;
  IncidentBook book("desktop", bounds);
  book.take(crash(), start, noon, {{"a", "b", "c"}, "1234"});
  EXPECT_THAT(book.open()->log, ElementsAre("b", "c"));
  EXPECT_EQ(book.open()->reason, "the wo");
  EXPECT_TRUE(book.open()->has_picture);
  for (int i = 0; i < 4; ++i) book.take(NoteIncident{Step::Spawned, 8, {}}, start, noon);
  EXPECT_EQ(book.open()->timeline.size(), 5u);
  EXPECT_EQ(book.open()->steps_left_out, 0u);
  book.take(NoteIncident{Step::Reaped, 8, {}}, start, noon);
  EXPECT_THAT(steps_of(*book.open()), ElementsAre("detected", "spawned", "spawned", "spawned", "reaped"));
  EXPECT_EQ(book.open()->steps_left_out, 1u);
  EXPECT_EQ(book.open()->action, "worker 8 started after 0 ms (many workers started)");
  book.take(CloseIncident{}, start, noon);
  book.take(crash(), start, noon, {{}, "12345"});
  EXPECT_FALSE(book.open()->has_picture);
  EXPECT_EQ(book.picture(book.open()->id), nullptr);
  book.take(CloseIncident{}, start, noon);
  one_incident(book, noon);
  EXPECT_EQ(book.records().size(), 3u);
  const std::string first = book.records().front().id;
  one_incident(book, noon);
  EXPECT_EQ(book.records().size(), 3u);
  EXPECT_EQ(book.find(first), nullptr);
  EXPECT_EQ(book.picture(first), nullptr);
}

TEST(IncidentBook, only_the_newest_pictures_stay_in_memory) {
  IncidentBounds bounds;
  bounds.pictures = 2;
  IncidentBook book("desktop", bounds);
  for (int i = 0; i < 3; ++i) {
    book.take(crash(), start, noon + seconds(i), {{}, "picture " + std::to_string(i)});
    book.take(CloseIncident{milliseconds(1)}, start, noon + seconds(i));
  }
  EXPECT_EQ(book.picture(book.records()[0].id), nullptr);
  EXPECT_TRUE(book.records()[0].has_picture) << "it is still on disk";
  EXPECT_EQ(*book.picture(book.records()[1].id), "picture 1");
}

TEST(IncidentBook, ids_sort_by_order_whatever_the_wall_clock_does) {
  IncidentBook book("desktop");
  std::vector<std::string> ids;
  for (const auto wall : {noon, noon, noon + milliseconds(1), noon - hours(2), noon - hours(2),
                          noon + seconds(1), noon + milliseconds(750)}) {
    ids.push_back(one_incident(book, wall));
    EXPECT_TRUE(is_incident_id(ids.back())) << ids.back();
  }
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
  EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
}

TEST(IncidentBook, ten_thousand_incidents_in_a_millisecond_still_have_ids_that_sort) {
  IncidentBook book("desktop", {.records = 2});
  std::string last;
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = one_incident(book, noon);
    ASSERT_LT(last, id);
    last = id;
  }
  EXPECT_EQ(last.substr(0, 15), "20261121T120001");
}

TEST(IncidentBook, goes_on_with_what_a_former_process_wrote) {
  IncidentBook former("desktop");
  one_incident(former, noon);
  former.take(crash(), start, noon + seconds(5));
  std::vector<IncidentRecord> on_disk;
  for (const IncidentRecord& record : former.records()) {
    on_disk.push_back(*parse_incident(incident_json(record)));
  }
  std::reverse(on_disk.begin(), on_disk.end());

  IncidentBook book("desktop");
  book.take(crash(1), start, noon + seconds(9));  // before the disk has answered
  const auto changed = book.restore(on_disk, noon + seconds(10));
  ASSERT_EQ(changed.size(), 1u) << "the one left open";
  EXPECT_FALSE(changed[0].recovered);
  EXPECT_FALSE(changed[0].closed_at.empty());
  EXPECT_EQ(changed[0].timeline.back().step, "supervisor_ended");
  EXPECT_EQ(book.records().size(), 3u);
  ASSERT_NE(book.open(), nullptr);
  EXPECT_EQ(book.open()->generation, 1u);
  book.take(CloseIncident{milliseconds(10)}, start + milliseconds(10), noon);
  EXPECT_TRUE(book.restore(on_disk, noon).empty()) << "twice changes nothing";
  EXPECT_EQ(book.records().size(), 3u);
}

TEST(IncidentBook, ids_go_on_after_those_of_a_process_whose_clock_was_ahead) {
  IncidentBook former("desktop");
  const std::string ahead = one_incident(former, noon + hours(24));
  IncidentBook book("desktop");
  book.restore({former.records().begin(), former.records().end()}, noon);
  EXPECT_GT(one_incident(book, noon), ahead);
}

TEST(IncidentBook, the_open_incident_stays_the_last_although_old_ones_sort_behind_it) {
  IncidentBook former("desktop");
  one_incident(former, noon + hours(24));
  IncidentBook book("desktop");
  book.take(crash(3), start, noon);
  book.restore({former.records().begin(), former.records().end()}, noon);
  EXPECT_EQ(book.open()->generation, 3u);
  EXPECT_EQ(book.take(CloseIncident{milliseconds(4)}, start, noon)->record->generation, 3u);
}

TEST(IncidentId, is_nothing_that_could_leave_its_folder) {
  EXPECT_TRUE(is_incident_id("20261121T043211-0007"));
  for (const char* text : {"", "..", "20261121T043211-000", "20261121T043211-00077", "2026112/T043211-0007",
                           "20261121t043211-0007", "20261121T043211.0007", "../../../../etc/pass"}) {
    EXPECT_FALSE(is_incident_id(text)) << text;
  }
}

TEST(IncidentJson, reads_what_it_wrote) {
  IncidentBook book("desktop");
  book.take(crash(), start, noon, {{"line \"one\"", "tab\t"}, "JPEG"});
  book.take(NoteIncident{Step::Killed, 7, "SIGKILL"}, start + milliseconds(4), noon);
  book.take(CloseIncident{milliseconds(75)}, start + milliseconds(75), noon);
  const IncidentRecord& written = book.records().front();
  const auto read = parse_incident(incident_json(written));
  ASSERT_TRUE(read);
  EXPECT_EQ(incident_json(*read), incident_json(written));
}

TEST(IncidentJson, what_is_not_of_this_program_is_an_error_and_no_crash) {
  IncidentBook book("desktop");
  book.take(crash(), start, noon);
  const std::string good = incident_json(book.records().front());
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(parse_incident(good.substr(0, size))) << size;
  }
  std::string deep(100'000, '[');
  for (const std::string& text :
       {std::string("null"), std::string("[]"), std::string("{}"), deep,
        std::string(R"({"id":"../../x","detected_at":"2026-11-21T12:00:00Z"})"),
        std::string(R"({"id":"20261121T043211-0007","detected_at":"soon"})"),
        std::string(R"({"id":"20261121T043211-0007","detected_at":"2026-11-21T12:00:00Z","log":[1]})"),
        std::string(R"({"id":"20261121T043211-0007","detected_at":"2026-11-21T12:00:00Z","timeline":[[]]})"),
        std::string(
            R"({"id":"20261121T043211-0007","detected_at":"2026-11-21T12:00:00Z","generation":"7"})")}) {
    EXPECT_FALSE(parse_incident(text)) << text.substr(0, 80);
  }
}

TEST(IncidentJson, the_list_is_newest_first_and_short) {
  IncidentBook book("desktop");
  for (int i = 0; i < 5; ++i) one_incident(book, noon + seconds(i));
  const std::string list = incident_list_json("desktop", book.records(), 2);
  EXPECT_LT(list.find("T120004"), list.find("T120003"));
  EXPECT_EQ(list.find("T120002"), std::string::npos);
  EXPECT_NE(list.find("\"total\":5"), std::string::npos);
  EXPECT_EQ(list.find("timeline"), std::string::npos);
}

}  // namespace
}  // namespace supervisor
