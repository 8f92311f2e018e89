#include "worker/roles/media_loop.h"

#include <poll.h>

#include <array>
#include <variant>

namespace worker {
namespace {

using common::ExitReason;
using common::MonoTime;
using common::Slot;

// How long a slot waits for its capture: long enough for a grab of 4K, and it leaves more than half of the
// slot for encoding, so that a picture is ready within its own slot at any usual preset.
constexpr double capture_share = 0.4;
// Behind by more whole slots than this, slots are filled with repeats: the part clock matters more than the
// picture.
constexpr Slot late_slots_max = 1;
// Behind by more than this the process was stopped: the supervisor has bridged meanwhile and says where to go
// on.
constexpr std::chrono::seconds backlog_max{10};
// A take-over further away than this in either direction is a mistake.
constexpr std::chrono::seconds continue_distance_max{60};
// Before ready: time for the inputs to give a first picture, so that a cold start does not show the slate.
constexpr std::chrono::milliseconds first_picture_patience{150};
constexpr std::chrono::milliseconds first_picture_step{5};

MonoTime now() {
  return std::chrono::steady_clock::now();
}

TrackFormat track_format(const common::WorkerSettings& settings, const Encoder& encoder) {
  return {settings.video.width, settings.video.height, settings.grid.fps, settings.grid.timescale(),
          Bytes(encoder.config().begin(), encoder.config().end())};
}

common::MediaRecord record(common::RecordType type, std::int64_t pts = 0) {
  common::MediaRecord header;
  header.type = type;
  header.pts = pts;
  header.independent = type == common::RecordType::Slate;
  header.pictures = type == common::RecordType::Init ? 0 : 1;
  return header;
}

}  // namespace

MediaLoop::MediaLoop(common::WorkerSettings settings, MessageSink& sink, MediaSocket socket,
                     CommandReader commands)
    : settings_(std::move(settings)),
      grid_(settings_.grid),
      sink_(sink),
      socket_(std::move(socket)),
      commands_(commands),
      started_(now()) {}

void MediaLoop::log_phase(const std::string& what) {
  const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(now() - started_).count();
  sink_.log("debug", what + " after " + std::to_string(spent) + " us");
}

std::optional<Ending> MediaLoop::warm_up() {
  inputs_ = open_inputs(settings_);
  const EncoderSettings encoding = encoder_settings(settings_.video);
  // The kit and the encoder are made side by side: both cost memory to touch for the first time.
  auto kit = std::async(std::launch::async, [encoding] { return make_skip_kit(encoding); });
  const auto slate = make_slate(settings_.video.width, settings_.video.height,
                                {settings_.stream, "The picture will be back in a moment"});
  auto chosen = choose_encoder(settings_.video.encoder, encoding, *slate, 0);
  log_phase("encoder open");
  if (!chosen) return Ending{ExitReason::Encoder, chosen.error().reason};
  encoder_ = std::move(chosen->encoder);
  progress_.encoder = encoder_->name();
  sink_.send(chosen->report);
  auto made = kit.get();
  if (made && Bytes(encoder_->config().begin(), encoder_->config().end()) == made->avc_config) {
    kit_ = std::move(*made);
  } else {
    sink_.log("warn", "no skip pictures: " +
                          (made ? encoder_->name() + " has other parameter sets" : made.error().reason));
  }
  maker_.emplace(grid_, track_format(settings_, *encoder_), kit_ ? &*kit_ : nullptr);
  log_phase("skip pictures made");
  if (auto ending = send_opening(chosen->trial)) return ending;
  wait_for_a_picture();
  log_phase("ready");
  sink_.send(common::Ready{});
  return std::nullopt;
}

std::optional<Ending> MediaLoop::send_opening(const AccessUnit& slate) {
  const auto init = maker_->init();
  if (!init) return Ending{ExitReason::Software, init.error().reason};
  if (auto ending = send(record(common::RecordType::Init), *init)) return ending;
  for (std::size_t i = 0; kit_ && i < SkipKit::skips; ++i)
    if (auto ending = send(record(common::RecordType::Skip, static_cast<std::int64_t>(i)), kit_->skip[i]))
      return ending;
  return send(record(common::RecordType::Slate), slate.bytes);
}

void MediaLoop::wait_for_a_picture() {
  if (settings_.inputs.front().type == "slate") return;
  const MonoTime limit = now() + first_picture_patience;
  while (now() < limit) {
    const OnAir on_air = ask(grid_.slot_at(now()), now() + first_picture_step);
    if (!on_air.slate) return;
    sleep_until(now() + first_picture_step);
  }
}

OnAir MediaLoop::ask(Slot slot, MonoTime deadline) {
  OnAir on_air = inputs_->on_air(slot, deadline);
  progress_.input = on_air.priority;
  return on_air;
}

std::optional<Ending> MediaLoop::turn() {
  if (auto ending = obey_commands()) return ending;
  report();
  if (const auto flushed = socket_.flush(now()); !flushed)
    return Ending{ExitReason::Output, flushed.error().reason};
  const MonoTime due = publishing_ ? std::min(clock_.next(), grid_.time_of(maker_->slot())) : clock_.next();
  if (now() < due) sleep_until(due);
  if (!publishing_ || now() < grid_.time_of(maker_->slot())) return std::nullopt;
  return make_picture();
}

std::optional<Ending> MediaLoop::obey_commands() {
  const CommandReader::Batch batch = commands_.read();
  for (const std::string& why : batch.refused) sink_.log("warn", "command ignored: " + why);
  if (batch.flooded) return Ending{ExitReason::Protocol, "too many lines that are no commands"};
  for (const common::Command& command : batch.commands) obey(command);
  if (ending_) return ending_;
  if (batch.ended) return Ending{ExitReason::Ok, "the supervisor is gone"};
  return std::nullopt;
}

void MediaLoop::obey(const common::Command& command) {
  if (const auto* activation = std::get_if<common::Activate>(&command)) {
    activate(activation->continue_at);
  } else if (std::holds_alternative<common::KeyFrame>(command)) {
    maker_->request_key_frame();
  } else if (std::holds_alternative<common::Quit>(command)) {
    ending_ = Ending{ExitReason::Ok, "asked to quit"};
  } else {
    sink_.log("warn", "command ignored: inputs cannot be switched by command yet");
  }
}

void MediaLoop::activate(std::int64_t continue_at) {
  const Slot running = grid_.slot_at(now());
  const Slot first = grid_.slot(continue_at + grid_.ticks_per_picture() - 1);
  const Slot distance_max = continue_distance_max.count() * grid_.fps;
  if (continue_at < 0 || first < running - distance_max || first > running + distance_max) {
    sink_.log("error",
              "activate refused: continue_at is more than 60 s from now; check origin_ns and timescale");
    return;
  }
  if (const auto opened = maker_->open(first, running); !opened) {
    ending_ = Ending{ExitReason::Software, opened.error().reason};
    return;
  }
  sink_.log("debug",
            "activated for slot " + std::to_string(first) + ", running is " + std::to_string(running));
  fill_until_ = running;
  publishing_ = true;
}

void MediaLoop::report() {
  for (const common::Message& message : inputs_->take_messages()) sink_.send(message);
  const MonoTime at = now();
  if (!clock_.due(at)) return;
  const InputCounters counters = inputs_->counters(at);
  progress_.frames_captured = counters.frames_captured;
  progress_.damage_events = counters.damage_events;
  progress_.last_frame_age_ms = counters.last_sign_of_life_ms;
  progress_.rss_kb = resident_kb();
  clock_.beat(progress_, bytes_sent_, at);
  sink_.send(progress_);
}

std::optional<Ending> MediaLoop::make_picture() {
  const Slot slot = maker_->slot();
  const Slot running = grid_.slot_at(now());
  if (slot > fill_until_ && running - slot > backlog_max.count() * grid_.fps) {
    publishing_ = false;
    sink_.log("warn", "stopped for more than 10 s: waiting to be activated anew");
    return std::nullopt;
  }
  const bool late = running - slot > late_slots_max;
  const bool fill = slot <= fill_until_ || late;
  if (fill && maker_->can_skip()) {
    if (slot > fill_until_) ++progress_.frames_dropped;
    return publish(maker_->add_skip());
  }
  const auto share = std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 * capture_share / grid_.fps));
  const OnAir on_air = ask(slot, grid_.time_of(slot) + share);
  if (maker_->can_skip() && on_air.picture_serial == encoded_serial_ && !top_off_.wanted())
    return publish(maker_->add_skip());
  return encode(on_air, slot);
}

std::optional<Ending> MediaLoop::encode(const OnAir& on_air, Slot slot) {
  auto access_unit = encoder_->encode(*on_air.picture, slot, maker_->key_due());
  if (!access_unit) return Ending{ExitReason::Encoder, access_unit.error().reason};
  ++progress_.frames_encoded;
  top_off_.encoded(on_air.picture_serial != encoded_serial_, access_unit->quantizer);
  encoded_serial_ = on_air.picture_serial;
  return publish(maker_->add_encoded(std::move(*access_unit)));
}

std::optional<Ending> MediaLoop::publish(common::Result<std::optional<Part>> part) {
  if (!part) return Ending{ExitReason::Software, part.error().reason};
  if (!*part) return std::nullopt;
  ++progress_.parts;
  progress_.last_pts = (*part)->header.pts;
  return send((*part)->header, (*part)->bytes);
}

std::optional<Ending> MediaLoop::send(const common::MediaRecord& header, const Bytes& bytes) {
  bytes_sent_ += bytes.size();
  const auto sent = socket_.send(header, bytes, now());
  if (!sent) return Ending{ExitReason::Output, sent.error().reason};
  return std::nullopt;
}

void MediaLoop::sleep_until(MonoTime deadline) {
  const auto left = std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(deadline - now()));
  const timespec timeout{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
  std::array<pollfd, 2> polls = {pollfd{commands_.fd(), POLLIN, 0}, pollfd{socket_.fd(), POLLOUT, 0}};
  ::ppoll(polls.data(), socket_.pending() ? 2 : 1, &timeout, nullptr);
}

}  // namespace worker
