// The media thread of a stream worker: one loop on the slot clock. Each slot it asks what is on air, encodes
// it or repeats the last picture, hands finished parts to the media socket, and says how far it got. Between
// slots it sleeps in poll() on the supervisor's commands. It decides nothing about restarts and keeps nothing
// after the end.
//
// Between ready and activate it is parked: it beats, its inputs are proved to live twice a second, its
// encoder is kept warm with a picture every 30 s, and nothing else happens. An encoder that fails, or takes
// pictures for two seconds and gives nothing, is the end of this life (class encoder).
#pragma once

#include <optional>
#include <span>

#include "common/exit_reason.h"
#include "common/worker_settings.h"
#include "worker/encode/encoder_chain.h"
#include "worker/package/media_socket.h"
#include "worker/package/part_maker.h"
#include "worker/report/heartbeat_clock.h"
#include "worker/report/message_sink.h"
#include "worker/roles/command_reader.h"
#include "worker/roles/overload.h"
#include "worker/snapshot/snapshot_thread.h"
#include "worker/source/input_set.h"

namespace worker {

// Why a life ends.
struct Ending {
  common::ExitReason reason = common::ExitReason::Ok;
  std::string text;
};

class MediaLoop {
 public:
  MediaLoop(common::WorkerSettings settings, MessageSink& sink, MediaSocket socket, CommandReader commands,
            OpenEncoder open = open_encoder);

  // Opens inputs and encoder, sends init, kit and slate, and the message ready. Nothing: all went well.
  std::optional<Ending> warm_up();
  // One round: commands, reports, at most one picture, then sleep until something is due.
  std::optional<Ending> turn();

 private:
  common::Result<ChosenEncoder> choose(const EncoderSettings& encoding);
  std::optional<Ending> send_opening(const AccessUnit& slate);
  void wait_for_a_picture();
  std::optional<Ending> obey_commands();
  void obey(const common::Command& command);
  void complain(const common::Result<void>& obeyed);
  void drill(const std::string& fault);
  void activate(std::int64_t continue_at);
  void pause(bool on);
  void park();
  std::optional<Ending> keep_warm();
  void report();
  void look_at(const OnAir& on_air, common::Slot slot);
  std::optional<Ending> send_snapshot();
  std::optional<Ending> make_picture();
  std::optional<Ending> encode(const OnAir& on_air, common::Slot slot);
  bool refines(common::Slot slot);
  std::optional<Ending> no_packet();
  void take_next_encoder();
  void count_slot(bool late);
  std::span<const char* const> step_presets() const;
  bool half_rate() const;
  void change_step();
  std::optional<Ending> publish(common::Result<std::optional<Part>> part);
  std::optional<Ending> send(const common::MediaRecord& header, const Bytes& bytes);
  void sleep_until(common::MonoTime deadline);
  OnAir ask(common::Slot slot, common::MonoTime deadline);
  void log_phase(const std::string& what);

  const common::WorkerSettings settings_;
  const common::TimeGrid grid_;
  MessageSink& sink_;
  const OpenEncoder open_;
  MediaSocket socket_;
  CommandReader commands_;
  common::MonoTime phase_start_;  // of the start, or of the latest activate: for the debug log

  std::unique_ptr<InputSet> inputs_;
  common::EncoderReport chosen_encoder_;
  std::unique_ptr<Encoder> encoder_;
  std::optional<SkipKit> kit_;
  std::optional<PartMaker> maker_;
  HeartbeatClock clock_;
  Overload overload_;
  EncoderSettings encoding_;               // of the encoder in force, or of the next one
  std::unique_ptr<Encoder> next_encoder_;  // takes over at the next key frame
  SnapshotThread snapshots_;

  std::optional<Ending> ending_;
  bool paused_ = false;                  // by command, or from the start
  bool opened_ = false;                  // activated, and no part yet
  bool publishing_ = false;              // between activate and the end, unless fallen too far behind
  common::Slot fill_until_ = -1;         // slots up to here are repeats: the gap before a take-over
  common::MonoTime opening_deadline_{};  // until then the first picture of an opening may be waited for
  common::MonoTime encode_at_{};         // an encoder that gives nothing is not asked again before
  std::optional<common::MonoTime> silent_since_;  // the encoder takes pictures and gives nothing
  double busy_ = 0;                               // share of a picture's time the last encode took
  common::MonoTime warm_at_{};                    // parked: the encoder's next picture
  std::optional<common::MonoTime> black_since_;
  std::uint64_t looked_at_ = 0;     // serial of the picture last looked at for black
  common::MonoTime snapshot_at_{};  // the next by itself
  std::uint64_t snapshot_serial_ = 0;
  std::uint64_t encoded_serial_ = 0;
  common::Slot encoded_at_ = 0;
  std::uint64_t bytes_sent_ = 0;
  common::Heartbeat progress_;
};

}  // namespace worker
