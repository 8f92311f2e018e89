// The media thread of a stream worker: one loop on the slot clock. Each slot it asks what is on air, encodes
// it or repeats the last picture, hands finished parts to the media socket, and says how far it got. Between
// slots it sleeps in poll() on the supervisor's commands. It decides nothing about restarts and keeps nothing
// after the end.
#pragma once

#include <future>
#include <optional>

#include "common/exit_reason.h"
#include "common/worker_settings.h"
#include "worker/encode/encoder_chain.h"
#include "worker/package/media_socket.h"
#include "worker/package/part_maker.h"
#include "worker/report/heartbeat_clock.h"
#include "worker/report/message_sink.h"
#include "worker/roles/command_reader.h"
#include "worker/roles/top_off.h"
#include "worker/source/input_set.h"

namespace worker {

// Why a life ends.
struct Ending {
  common::ExitReason reason = common::ExitReason::Ok;
  std::string text;
};

class MediaLoop {
 public:
  MediaLoop(common::WorkerSettings settings, MessageSink& sink, MediaSocket socket, CommandReader commands);

  // Opens inputs and encoder, sends init, kit and slate, and the message ready. Nothing: all went well.
  std::optional<Ending> warm_up();
  // One round: commands, reports, at most one picture, then sleep until something is due.
  std::optional<Ending> turn();

 private:
  std::optional<Ending> send_opening(const AccessUnit& slate);
  void wait_for_a_picture();
  std::optional<Ending> obey_commands();
  void obey(const common::Command& command);
  void activate(std::int64_t continue_at);
  void report();
  std::optional<Ending> make_picture();
  std::optional<Ending> encode(const OnAir& on_air, common::Slot slot);
  std::optional<Ending> publish(common::Result<std::optional<Part>> part);
  std::optional<Ending> send(const common::MediaRecord& header, const Bytes& bytes);
  void sleep_until(common::MonoTime deadline);
  OnAir ask(common::Slot slot, common::MonoTime deadline);
  void log_phase(const std::string& what);

  const common::WorkerSettings settings_;
  const common::TimeGrid grid_;
  MessageSink& sink_;
  MediaSocket socket_;
  CommandReader commands_;
  const common::MonoTime started_;

  std::unique_ptr<InputSet> inputs_;
  std::unique_ptr<Encoder> encoder_;
  std::optional<SkipKit> kit_;
  std::optional<PartMaker> maker_;
  HeartbeatClock clock_;
  TopOff top_off_;

  std::optional<Ending> ending_;
  bool publishing_ = false;       // between activate and the end, unless fallen too far behind
  common::Slot fill_until_ = -1;  // slots up to here are repeats: the gap before a take-over
  std::uint64_t encoded_serial_ = 0;
  std::uint64_t bytes_sent_ = 0;
  common::Heartbeat progress_;
};

}  // namespace worker
