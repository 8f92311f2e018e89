// Where the incidents of all streams are taken down: feeds the books, tallies and files (report room) with
// what the runners tell, answers what the HTTP room asks about them, and runs drills. One for the daemon;
// event-loop thread; decides nothing about a stream. Without a folder everything lives in memory only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "supervisor/http/router.h"  // before incident_book.h: one of its names is a type there
#include "supervisor/http/services.h"
#include "supervisor/media/disk_mirror.h"
#include "supervisor/process/stream_runner.h"
#include "supervisor/report/drill_watch.h"
#include "supervisor/report/incident_book.h"
#include "supervisor/report/incident_files.h"
#include "supervisor/report/reliability.h"

namespace supervisor {

struct IncidentDeskPlan {
  std::string folder;  // empty: nothing is kept on disk
  bool drill = false;  // server.drill
};

class IncidentDesk {
 public:
  IncidentDesk(boost::asio::io_context& loop, EventHub& events, IncidentDeskPlan plan);
  ~IncidentDesk();
  IncidentDesk(const IncidentDesk&) = delete;
  IncidentDesk& operator=(const IncidentDesk&) = delete;

  // Of the drill "diskfull": the mirror finds its disk full so long, and for one segment more, so that at
  // least one write fails.
  static constexpr std::chrono::milliseconds disk_full_time{4'000};

  // Takes the runner's on_incident callback; runner and mirror (null: no output_dir) must outlive the desk.
  // Reads what is on disk.
  void add_stream(StreamRunner& runner, DiskMirror* mirror);
  // At every change of what is on air; the desk looks once a second by itself.
  void observe(const StreamRunner& runner);
  // The supervisor ends on purpose.
  void say_goodbye();

  void fill(Services& services);
  void fill(StreamSnapshot& stream) const;
  Reliability reliability() const;

 private:
  using Timer = boost::asio::steady_timer;
  struct Drill {
    DrillWatch watch;
    int input;  // on air at the fault
    std::function<void(DrillOutcome)> done;
  };
  struct Entry {
    StreamRunner* runner;
    DiskMirror* mirror;  // null: no output_dir
    IncidentBook book;
    AvailabilityTally tally;
    bool loaded = false;  // before that nothing may be saved over it
    std::unique_ptr<Drill> drill;
  };
  struct Gate;

  Entry* find(std::string_view name) const;
  void take(Entry& entry, const Action& action);
  void take_loaded(Entry& entry, IncidentFolder::Loaded loaded);
  void observe(Entry& entry);
  void tick();
  void tell_disk_error();
  void save(const Entry& entry, bool goodbye);
  void picture(std::string_view stream, std::string_view id, std::function<void(PictureBytes)> done) const;

  DrillFacts drill_facts(const Entry& entry, std::string_view fault, int input) const;
  common::Result<void> cause(const Entry& entry, std::string_view fault) const;
  void begin_drill(std::string_view stream, std::string_view fault, std::function<void(DrillOutcome)> done);
  void watch_drills();
  void end_drill(Entry& entry);

  EventHub& events_;
  IncidentDeskPlan plan_;
  std::shared_ptr<Gate> gate_;
  std::unique_ptr<IncidentFiles> files_;  // null: no folder
  std::vector<std::unique_ptr<Entry>> entries_;
  Timer tick_timer_;
  Timer drill_timer_;
  int ticks_ = 0;
  std::string disk_error_;
};

}  // namespace supervisor
