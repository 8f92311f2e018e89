// The inputs of one stream: feeds the selector (supervise/input_selector.h) with what the current worker
// says, performs what it decides, starts its probes, keeps its timer, and remembers what people want to know
// of the inputs. Decides nothing by itself. Event-loop thread; never blocks.
//
// Also the keeper of the list: its revision, the places of inputs over an edit, and which physical monitor
// each x11 input captured, so that a new worker takes the same one and never another screen.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/protocol.h"
#include "common/worker_settings.h"
#include "supervisor/process/input_probes.h"
#include "supervisor/supervise/input_history.h"
#include "supervisor/supervise/input_selector.h"
#include "supervisor/supervise/saved.h"
#include "supervisor/supervise/snapshot.h"

namespace supervisor {

struct InputDeskPlan {
  std::vector<common::InputSettings> inputs;  // ends with a slate
  SelectorSettings selector;
  std::string worker_program;  // for probes
  std::optional<SavedInputs> saved = {};
};

class InputDesk {
 public:
  static constexpr std::size_t monitors_max = 64;  // told of one x11 input

  struct Callbacks {
    // To every worker, the parked ones too. The selection speaks of the list in force.
    std::function<void(const common::SwitchInput&)> select;
    std::function<void(const std::string& level, const std::string& text)> log;
    std::function<void(const SwitchSnapshot&)> switched;
    std::function<void()> changed;  // of the selection, an input's stage, or the override
  };

  InputDesk(boost::asio::io_context& loop, InputDeskPlan plan, Callbacks callbacks);
  InputDesk(const InputDesk&) = delete;
  InputDesk& operator=(const InputDesk&) = delete;

  // Fills in what a new worker begins with: inputs, revision, selected, open.
  void brief(common::WorkerSettings& settings) const;
  common::SwitchInput selection() const;
  const std::vector<common::InputSettings>& inputs() const { return inputs_; }
  std::uint64_t revision() const { return state_.revision; }

  // The current worker. What other lives say is not for here.
  void begin(Generation generation);
  void end();
  void report(Generation generation, const common::InputReport& report);
  void figures(Generation generation, const common::InputFigures& figures);
  void monitors(const common::Monitors& monitors);
  void heartbeat(const common::Heartbeat& heartbeat);

  // The error says why not, and what can be done.
  common::Result<void> override_with(std::optional<int> priority);
  // A new list, ending with a slate; `select` follows. The answer: where each of its inputs was, -1 for new
  // ones.
  std::vector<int> edit(std::vector<common::InputSettings> inputs);
  void configure(const SelectorSettings& settings);
  void set_paused(bool paused);
  // The operator stops or restarts the stream: what is known of the inputs, and which monitors were captured.
  void forget();
  void forget_monitors() { chosen_.clear(); }

  // The worker shows a slate although another picture is wanted, or one that it made by itself.
  bool shows_slate() const;
  // Why the picture on air is not that of the best input, or of the one the operator chose; empty: it is.
  std::string quality_reason() const;
  void fill(StreamSnapshot& snapshot, common::MonoTime now) const;
  // Without monitors when the supervisor ends in order: whoever starts it again may have changed them.
  SavedInputs saved(common::MonoTime now, bool with_monitors) const;

 private:
  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>,
                                                  boost::asio::io_context::executor_type>;

  struct Figures {
    common::InputFigures of;
    common::MonoTime at{};
  };

  void handle(const SelectorEvent& event);
  void perform(const SelectorAction& action);
  void tell_switch(const Switched& happened);
  void note(const std::string& level, int priority, const std::string& text);
  void arm();
  std::string title(int priority) const;
  InputSnapshot describe(int priority, common::MonoTime now) const;

  std::vector<common::InputSettings> inputs_;
  InputSelector selector_;
  SelectorState state_;
  InputHistory history_;
  InputProbes probes_;
  Callbacks callbacks_;
  Timer timer_;
  std::optional<common::MonoTime> due_;
  std::optional<int> on_air_;  // as the worker says; -1: none of them
  std::map<int, Figures> figures_;
  std::map<int, std::vector<common::Monitor>> monitors_;  // of each x11 input
  std::map<int, common::ChosenMonitor> chosen_;
};

}  // namespace supervisor
