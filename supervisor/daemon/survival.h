// What lets the next supervisor process go on where this one ends, however it ends: lock, published windows,
// listening sockets, state file, the list of workers; and what makes it end when it is stuck: systemd's
// watchdog and the dead man's thread. Puts the parts of supervisor/keep together for the daemon. Event-loop
// thread; begin() runs before the loop and may wait for a disk for at most a second.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/config/config.h"
#include "supervisor/keep/dead_man.h"
#include "supervisor/keep/instance_lock.h"
#include "supervisor/keep/orphans.h"
#include "supervisor/keep/run_directories.h"
#include "supervisor/keep/service_notify.h"
#include "supervisor/keep/state_writer.h"
#include "supervisor/keep/window_keep.h"
#include "supervisor/process/stream_runner.h"

namespace supervisor {

class HttpServer;

struct SurvivalPlan {
  Server server;
  std::string config_path;
  std::string worker_program;
};

class Survival {
 public:
  static constexpr std::chrono::milliseconds save_after{250};     // changes within it are one write
  static constexpr std::chrono::milliseconds turn_interval{250};  // how often the loop shows that it turns

  Survival(boost::asio::io_context& loop, SurvivalPlan plan);
  ~Survival();
  Survival(const Survival&) = delete;
  Survival& operator=(const Survival&) = delete;

  // First of all. An error: another instance holds the lock; this one must not go on.
  common::Result<void> begin();
  const std::string& state_directory() const { return directories_.state; }

  // For each stream: before its runner is made, and after.
  void prepare(StreamPlan& plan, const std::string& output_dir);
  void attach(StreamRunner& runner);

  // Binds `address`, with the socket of the former process when there is one, and keeps it for the next.
  common::Result<void> listen(HttpServer& http, const std::string& address);

  // The loop is about to run: ready, as systemd sees it.
  void serving();
  void reloading();
  void reloaded();
  // Something changed that the next process should know.
  void changed();
  // What must not be lost, whatever comes next, is on its way to the disk when this returns.
  void changed_for_good() { save(); }
  // SIGTERM: the last words.
  void stopping();
  // The last state is on its way to the disk.
  void finish();

 private:
  using Timer = boost::asio::steady_timer;

  void look_for_orphans();
  void report_orphans();
  void turn();
  void feed_watchdog();
  void save();
  void note_workers();
  void tell_status();
  void tell_journals();
  SavedState state() const;
  common::UniqueFd take_listener(const std::string& address);

  SurvivalPlan plan_;
  ServiceNotify notify_;
  HandedOver handed_over_;
  RunDirectories directories_;
  std::optional<InstanceLock> lock_;
  std::unique_ptr<WindowKeep> windows_;
  std::map<std::string, WindowKeep::Kept> kept_;  // between prepare and attach
  SavedState former_;                             // as it was read
  std::map<std::string, Numbers> written_;        // numbers that were written ahead
  std::vector<StreamRunner*> runners_;
  std::unique_ptr<StateWriter> writer_;
  std::string saved_key_;
  std::string state_error_;
  std::map<std::string, std::string> journal_errors_;  // as they were told
  std::vector<WorkerRecord> workers_;
  std::vector<Orphan> orphans_;
  std::unique_ptr<DeadMan> dead_man_;
  std::optional<std::chrono::microseconds> watchdog_;
  common::MonoTime fed_{};
  std::string violated_;
  std::string status_;
  bool ready_ = false;  // systemd knows
  bool serving_ = false;
  bool reloading_ = false;
  bool save_pending_ = false;
  int turns_ = 0;
  Timer turn_timer_, save_timer_, orphan_timer_;
};

}  // namespace supervisor
