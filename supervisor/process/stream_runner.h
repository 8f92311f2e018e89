// Runs one stream: turns what happens to its worker into events for the machine (supervise) and for the
// publisher (media), and performs the actions they answer with: spawn, signal, commands, timers. Decides
// nothing by itself. The only place that spawns, and the same place reaps. Event-loop thread; never blocks.
//
// Every callback of a worker carries its generation; one of a former life only ever reports its own death.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/protocol.h"
#include "common/worker_settings.h"
#include "supervisor/media/published_stream.h"
#include "supervisor/process/flood_gate.h"
#include "supervisor/process/worker_process.h"
#include "supervisor/process/worker_report.h"
#include "supervisor/supervise/machine.h"
#include "supervisor/supervise/snapshot.h"

namespace supervisor {

struct StreamPlan {
  std::string name;
  std::string worker_program;
  common::WorkerSettings settings;
  SupervisionSettings supervision;
  PublisherSettings publishing;
  std::uint64_t seed = 1;  // spreads the delays of several streams
};

// One line about a stream for the log: level is of spdlog's names.
using StreamLog =
    std::function<void(const std::string& level, std::uint64_t generation, const std::string& text)>;

class StreamRunner {
 public:
  StreamRunner(boost::asio::io_context& loop, StreamPlan plan, StreamLog log);
  StreamRunner(const StreamRunner&) = delete;
  StreamRunner& operator=(const StreamRunner&) = delete;

  void start();
  // The operator's stop: the worker ends, the playlist too.
  void stop();
  void restart();
  // New settings for the next worker; a running one is replaced by a planned restart. The grid must not
  // change.
  void reconfigure(common::WorkerSettings settings, SupervisionSettings supervision);
  // The supervisor ends: the worker is stopped, `done` is called once it is gone or declared unkillable.
  void shut_down(std::function<void()> done);

  const std::string& name() const { return plan_.name; }
  const StreamPlan& plan() const { return plan_; }
  PublishedStream& stream() { return stream_; }
  // Everything but viewers, resource figures and the mirror.
  StreamSnapshot snapshot(common::MonoTime now) const;
  // Called after each change of the state or of what is on air.
  void on_state_change(std::function<void()> callback) { on_state_change_ = std::move(callback); }

 private:
  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>,
                                                  boost::asio::io_context::executor_type>;
  struct Life {
    std::shared_ptr<WorkerProcess> process;
    common::Sender sender;
    std::string bye_reason;
  };

  // What on_state_change tells about.
  struct Noticed {
    Phase phase = Phase::Stopped;
    std::string reason;
    Generation generation = 0;
    StreamSnapshot::OnAir on_air = StreamSnapshot::OnAir::Nothing;
    friend bool operator==(const Noticed&, const Noticed&) = default;
  };

  void handle(const Event& event);
  void perform(const Action& action);
  void loop_post(std::function<void()> call);
  void tell_changes();
  void arm_machine();
  void arm_publisher();

  void spawn(Generation generation);
  WorkerProcess::Callbacks callbacks_for(Generation generation);
  void activate(Generation generation);
  void resume(const NeedsResume& wanted);
  void send(Generation generation, const common::Command& command);
  void signal(Generation generation, int number);
  void on_line(Generation generation, std::string_view line, bool cut);
  void on_record(Generation generation, common::MediaRecordReader::Item& item);
  void on_exit(Generation generation, const ExitStatus& status);
  void on_message(Generation generation, const common::Message& message);
  void on_worker_log(Generation generation, std::string_view level, std::string_view text);
  void judge_quality(Generation generation);
  bool is_current(Generation generation) const;
  StreamSnapshot::OnAir on_air(const PublisherFacts& facts) const;

  boost::asio::io_context& loop_;
  StreamPlan plan_;
  StreamLog log_;
  Machine machine_;
  State state_;
  PublishedStream stream_;
  std::map<Generation, Life> lives_;  // the current one, and those whose exit is awaited
  WorkerReport report_;
  FloodGate gate_;
  Timer machine_timer_;
  Timer publisher_timer_;
  std::optional<common::MonoTime> machine_due_, publisher_due_;
  std::deque<Event> events_;
  bool handling_ = false;
  std::string quality_reason_;
  Noticed noticed_;
  std::function<void()> on_state_change_;
  std::function<void()> shut_down_done_;
};

}  // namespace supervisor
