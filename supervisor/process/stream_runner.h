// Runs one stream: turns what happens to its workers into events for the machine (supervise) and for the
// publisher (media), and performs the actions they answer with: spawn, signal, commands, timers. Decides
// nothing by itself. The only place that spawns, and the same place reaps. Event-loop thread; never blocks.
//
// Several lives may exist at once: the current worker, a standby, and those whose end is awaited. Every
// callback carries its generation; the machine's gate decides what is believed of which. What is reported
// (WorkerReport, quality, last picture) comes from the current one only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/protocol.h"
#include "common/worker_settings.h"
#include "supervisor/config/config.h"
#include "supervisor/media/published_stream.h"
#include "supervisor/process/input_desk.h"
#include "supervisor/process/worker_life.h"
#include "supervisor/process/worker_report.h"
#include "supervisor/process/world_watch.h"
#include "supervisor/supervise/machine.h"
#include "supervisor/supervise/saved.h"
#include "supervisor/supervise/snapshot.h"

namespace supervisor {

struct StreamPlan {
  std::string name;
  std::string worker_program;
  common::WorkerSettings settings;  // inputs end with a slate; revision, selected, open are filled here
  SelectorSettings selector = {};
  SupervisionSettings supervision;
  PublisherSettings publishing;
  Errors errors = {};
  WorkerLimits limits = {};
  SamplingSettings sampling = {};  // of the workers' log lines
  std::uint64_t seed = 1;          // spreads the delays of several streams
  // What the former supervisor process left: the stream goes on instead of starting anew.
  std::optional<SavedSupervision> saved = {};
};

// One line about a stream for the log: level is of spdlog's names.
using StreamLog =
    std::function<void(const std::string& level, std::uint64_t generation, const std::string& text)>;

// The last picture that a current worker sent of itself, and when it came.
struct LastPicture {
  static constexpr std::size_t bytes_max = 256u << 10;  // a larger one is not kept

  std::string jpeg;
  Generation generation = 0;
  common::MonoTime at{};
};

class StreamRunner {
 public:
  static constexpr std::size_t recent_log_max = 20;  // lines

  StreamRunner(boost::asio::io_context& loop, StreamPlan plan, StreamLog log);
  StreamRunner(const StreamRunner&) = delete;
  StreamRunner& operator=(const StreamRunner&) = delete;

  // Begins, or goes on with what plan.saved says.
  void start();
  // The operator's stop: the worker ends, the playlist too.
  void stop();
  void restart();
  // Privacy: the slate is on air at once, and nothing that was captured is published until resume(). Kept
  // over stop, start and the end of the supervisor.
  void pause();
  void resume();
  // New settings, supervision, errors and limits for the next worker; a running one is replaced by a planned
  // restart, unless nothing but inputs and selector changed: then as edit_inputs. Name, program and
  // publishing (the grid) stay as they are.
  void reconfigure(const StreamPlan& plan);
  // Shows this input until it is cleared (nothing), or is given up. The error: which input cannot be shown,
  // why, and what to do.
  common::Result<void> switch_input(std::optional<int> priority);
  // Another list of inputs, ending with a slate, while the worker goes on: what is in both lists stays as it
  // is. Worker and standby are replaced as planned only when the list is too long to be told.
  common::Result<void> edit_inputs(std::vector<common::InputSettings> inputs);
  // The supervisor ends: the workers are stopped, `done` is called once they are gone or declared unkillable.
  void shut_down(std::function<void()> done);
  // News from outside the stream (a disk was freed): what failed may work now.
  void world_changed(const std::string& reason) { handle(WorldChanged{reason}); }
  // A rehearsed fault against the current worker, as if it came by itself: kill, stop, exit, freeze, oom,
  // xlost. The error says why it cannot be done.
  common::Result<void> drill(std::string_view fault);

  const std::string& name() const { return plan_.name; }
  const StreamPlan& plan() const { return plan_; }
  PublishedStream& stream() { return stream_; }
  // Everything but viewers, resource figures and the mirror.
  StreamSnapshot snapshot(common::MonoTime now) const;
  // For the successor of this process.
  SavedSupervision saved(common::MonoTime now) const;
  // Processes of ours that are not reaped yet.
  std::vector<int> pids() const;
  // What should hold and does not (supervise/invariants.h); nothing: all is well.
  std::optional<std::string> violated(common::MonoTime now) const;
  // Called after each change of the state or of what is on air.
  void on_state_change(std::function<void()> callback) { on_state_change_ = std::move(callback); }

  // Called after each switch between inputs. One callback.
  void on_switch(std::function<void(const SwitchSnapshot&)> callback) { on_switch_ = std::move(callback); }
  // Called with each OpenIncident, NoteIncident and CloseIncident, in order, on the event loop; recent_log()
  // and last_picture() are then as the failure left them. One callback.
  void on_incident(std::function<void(const Action&)> callback) { on_incident_ = std::move(callback); }
  // The last lines of the workers, oldest first, each as "generation level text".
  std::vector<std::string> recent_log() const { return {recent_log_.begin(), recent_log_.end()}; }
  // Nothing: none came since the start, or the stream is paused.
  const std::optional<LastPicture>& last_picture() const { return last_picture_; }

 private:
  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>,
                                                  boost::asio::io_context::executor_type>;

  // What on_state_change tells about.
  struct Noticed {
    Phase phase = Phase::Stopped;
    std::string reason;
    Generation generation = 0;
    std::string standby;
    StreamSnapshot::OnAir on_air = StreamSnapshot::OnAir::Nothing;
    std::uint64_t inputs = 0;  // how often something of the inputs changed
    friend bool operator==(const Noticed&, const Noticed&) = default;
  };
  // stream_runner.cpp: events in, actions out, timers.
  void handle(const Event& event);
  void perform(const Action& action);
  void tell_changes();
  void finish_shut_down();
  Generation current() const;
  void arm_machine();
  void arm_publisher();
  void activate(Generation generation);
  void take_over(Generation generation);
  void cancel_take_over();
  void set_paused(bool paused);
  void resume(const NeedsResume& wanted);
  void gather_evidence(Generation generation);
  void quarantine(Generation generation);
  void incident(const Action& action, const std::string& level, const std::string& text);
  void watch_world();
  void on_world(const WorldNews& news);

  // stream_runner_inputs.cpp: which input is on air.
  InputDesk::Callbacks desk_callbacks();
  void tell_selection(const common::SwitchInput& selection);
  bool tell_list(Generation generation, std::uint64_t revision,
                 const std::vector<common::InputSettings>& inputs);
  void tell_again(Generation generation);
  void inputs_changed();
  void replay(Generation generation);

  // stream_runner_lives.cpp: the workers.
  void spawn(const Spawn& order);
  common::WorkerSettings settings_for(const Spawn& order) const;
  WorkerProcess::Callbacks callbacks_for(Generation generation);
  bool send(Generation generation, const common::Command& command);
  void signal(Generation generation, int number);
  void on_line(Generation generation, std::string_view line, bool cut);
  void on_message(Generation generation, const common::Message& message);
  void on_heartbeat(Generation generation, const common::Heartbeat& heartbeat);
  void on_report(Generation generation, const common::Message& report);
  void on_worker_log(Generation generation, std::string_view level, std::string_view text);
  void tell_held_back(Generation generation, const std::vector<LineSampler::Summary>& summaries);
  void note_error(Generation generation, std::string_view text);
  void on_record(Generation generation, common::MediaRecordReader::Item& item);
  void keep_picture(Generation generation, common::MediaRecordReader::Item& item);
  void on_exit(Generation generation, const ExitStatus& status);
  void watch_lives();
  void sample_lives();
  void follow_worker();
  void judge_quality(Generation generation);
  bool is_current(Generation generation) const;
  std::string standby_word() const;
  StreamSnapshot::OnAir on_air(const PublisherFacts& facts) const;

  boost::asio::io_context& loop_;
  StreamPlan plan_;
  StreamLog log_;
  Machine machine_;
  State state_;
  PublishedStream stream_;
  std::map<Generation, WorkerLife> lives_;
  InputDesk desk_;
  WorkerReport report_;
  Generation reported_ = 0;  // whose life report_ is in; 0: nobody's
  Timer machine_timer_;
  Timer publisher_timer_;
  Timer lives_timer_;
  bool lives_watched_ = false;
  WorldWatch world_;
  std::optional<common::MonoTime> machine_due_, publisher_due_;
  std::deque<Event> events_;
  bool handling_ = false;
  std::string quality_reason_;
  std::uint64_t inputs_changed_ = 0;
  std::deque<std::string> recent_log_;
  std::uint64_t lines_held_back_ = 0;
  std::optional<LastPicture> last_picture_;
  Noticed noticed_;
  std::function<void()> on_state_change_;
  std::function<void(const Action&)> on_incident_;
  std::function<void(const SwitchSnapshot&)> on_switch_;
  std::function<void()> shut_down_done_;
};

}  // namespace supervisor
