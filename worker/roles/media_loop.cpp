#include "worker/roles/media_loop.h"

#include <malloc.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <future>
#include <variant>

#include "worker/picture/black.h"
#include "worker/report/last_words.h"
#include "worker/report/process_limits.h"
#include "worker/report/start_watch.h"
#include "worker/source/slate.h"

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
// At a take-over: time for the inputs, which were parked, to give a picture of now. A grab and its conversion
// take 5 ms at 1080p.
constexpr std::chrono::milliseconds opening_patience{25};
// Parked: after ready, so that a start is not slowed, then so often that its memory stays in memory.
constexpr std::chrono::milliseconds warm_first{400};
constexpr std::chrono::seconds warm_after{30};
constexpr int warm_pictures = 2;  // the second refers to the first
constexpr int refinements_a_second = 5;
constexpr std::chrono::seconds encoder_silence_max{2};
constexpr std::chrono::seconds black_time{2};
constexpr std::chrono::seconds snapshot_after{10};
constexpr const char* cheapest_preset = "ultrafast";

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

// x264 has one error for everything: whether it was memory shows when some is asked for.
Ending encoder_ending(const common::Error& why) {
  if (why.system_errno == ENOMEM || !memory_left())
    return {ExitReason::Memory, "out of memory: " + why.reason};
  return {ExitReason::Encoder, why.reason};
}

}  // namespace

MediaLoop::MediaLoop(common::WorkerSettings settings, MessageSink& sink, MediaSocket socket,
                     CommandReader commands, OpenEncoder open)
    : settings_(std::move(settings)),
      grid_(settings_.grid),
      sink_(sink),
      open_(std::move(open)),
      socket_(std::move(socket)),
      commands_(commands),
      phase_start_(now()),
      overload_(settings_.grid.fps, 0),
      encoding_(encoder_settings(settings_.video, settings_.grid)) {}

void MediaLoop::log_phase(const std::string& what) {
  const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(now() - phase_start_).count();
  sink_.log("debug", what + " after " + std::to_string(spent) + " us");
}

std::optional<Ending> MediaLoop::warm_up() {
  const StartWatch watch(sink_, "opening the encoder");
  inputs_ = open_inputs(settings_);
  if (settings_.paused) pause(true);
  if (settings_.reduced) encoding_.preset = cheapest_preset;
  // The kit and the encoder are made side by side: both cost memory to touch for the first time.
  auto kit = std::async(std::launch::async, [this] { return make_skip_kit(encoding_); });
  auto chosen = choose(encoding_);
  log_phase("encoder open");
  if (!chosen) return encoder_ending(chosen.error());
  encoder_ = std::move(chosen->encoder);
  progress_.encoder = encoder_->name();
  // The last step is every second picture, which a reduced worker does from the start.
  if (!settings_.reduced) overload_ = Overload(grid_.fps, static_cast<int>(step_presets().size()) + 1);
  inputs_->pace(half_rate() ? 2 : 1);
  chosen_encoder_ = chosen->report;
  sink_.send(chosen_encoder_);
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
  park();
  sink_.send(common::Ready{});
  return std::nullopt;
}

common::Result<ChosenEncoder> MediaLoop::choose(const EncoderSettings& encoding) {
  const auto slate = make_slate(settings_.video.width, settings_.video.height,
                                {settings_.stream, {"The picture will be back in a moment"}});
  return choose_encoder({settings_.video.encoder, settings_.software_encoder}, encoding, *slate, 0, open_);
}

void MediaLoop::park() {
  inputs_->park(true);
  warm_at_ = now() + warm_first;
  // What the start used and gave back: nobody needs it while parked, and a reduced worker never.
  ::malloc_trim(0);
}

// An encoder that is never used loses its memory to others, and its first picture then waits for the disk.
std::optional<Ending> MediaLoop::keep_warm() {
  if (now() < warm_at_) return std::nullopt;
  warm_at_ = now() + warm_after;
  const Slot running = grid_.slot_at(now());
  const OnAir on_air = ask(-1, now());
  for (int i = 0; i < warm_pictures; ++i) {
    const auto access_unit = encoder_->encode(*on_air.picture, running, false);
    if (!access_unit) return encoder_ending(access_unit.error());
  }
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
  if (settings_.inputs[static_cast<std::size_t>(settings_.selected)].type == "slate" || paused_) return;
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
  progress_.revision = inputs_->revision();
  return on_air;
}

std::optional<Ending> MediaLoop::turn() {
  if (auto ending = obey_commands()) return ending;
  report();
  if (const auto flushed = socket_.flush(now()); !flushed)
    return Ending{ExitReason::Output, flushed.error().reason};
  if (auto ending = send_snapshot()) return ending;
  const MonoTime picture_at =
      publishing_ ? std::max(grid_.time_of(maker_->slot()), encode_at_) : MonoTime::max();
  const MonoTime due = std::min(clock_.next(), publishing_ ? picture_at : warm_at_);
  if (now() < due) sleep_until(due);
  if (!publishing_) return keep_warm();
  return now() < picture_at ? std::nullopt : make_picture();
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
  } else if (std::holds_alternative<common::SnapshotNow>(command)) {
    snapshots_.ask(ask(-1, now()).picture, grid_.pts(grid_.slot_at(now())));
  } else if (const auto* order = std::get_if<common::Pause>(&command)) {
    pause(order->on);
  } else if (const auto* rehearsal = std::get_if<common::Drill>(&command)) {
    drill(rehearsal->fault);
  } else if (const auto* choice = std::get_if<common::SwitchInput>(&command)) {
    complain(inputs_->switch_to(*choice));
  } else if (const auto* line = std::get_if<common::EditInput>(&command)) {
    complain(inputs_->edit(*line));
  }
}

void MediaLoop::complain(const common::Result<void>& obeyed) {
  if (!obeyed) sink_.log("warn", "command ignored: " + obeyed.error().reason);
}

void MediaLoop::drill(const std::string& fault) {
  sink_.log("info", "drill: " + fault);
  if (fault == "freeze" || fault == "xlost") return inputs_->drill(fault);
  if (fault == "oom") run_out_of_memory();
  if (fault == "exit") {
    ending_ = Ending{ExitReason::Software, "drill: exit"};
  } else {
    sink_.log("warn", "drill ignored: \"" + fault + "\" is none of freeze, exit, oom, xlost");
  }
}

// What is published is the slate from the next key frame on, which comes with Activate or the next part.
void MediaLoop::pause(bool on) {
  paused_ = on;
  inputs_->pause(on);
  if (!maker_) return;
  if (!on) maker_->mark_slate(false);
  maker_->request_key_frame();
  snapshot_at_ = {};
}

void MediaLoop::activate(std::int64_t continue_at) {
  phase_start_ = now();
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
  opened_ = true;
  inputs_->park(false);
  opening_deadline_ = now() + opening_patience;
  silent_since_.reset();
}

void MediaLoop::report() {
  for (const common::Message& message : inputs_->take_messages()) sink_.send(message);
  const MonoTime at = now();
  if (!clock_.due(at)) return;
  const InputCounters counters = inputs_->counters(at);
  progress_.frames_captured = counters.frames_captured;
  progress_.damage_events = counters.damage_events;
  progress_.last_frame_age_ms = counters.last_sign_of_life_ms;
  progress_.display_asleep = counters.display_asleep;
  progress_.display_locked = counters.display_locked;
  progress_.capture_mode = counters.capture_mode;
  progress_.black = publishing_ && black_since_ && at - *black_since_ >= black_time;
  progress_.rss_kb = resident_kb();
  if (!descriptors_left()) ending_ = Ending{ExitReason::Software, "no file descriptors left"};
  clock_.beat(progress_, bytes_sent_, at);
  sink_.send(progress_);
}

std::optional<Ending> MediaLoop::make_picture() {
  const Slot slot = maker_->slot();
  const Slot running = grid_.slot_at(now());
  if (slot > fill_until_ && running - slot > backlog_max.count() * grid_.fps) {
    publishing_ = false;
    park();
    sink_.log("warn", "stopped for more than 10 s: waiting to be activated anew");
    return std::nullopt;
  }
  const bool late = running - slot > late_slots_max;
  const bool fill = slot <= fill_until_ || late;
  if (fill && maker_->can_skip()) {
    if (slot > fill_until_) ++progress_.frames_dropped;
    if (slot > fill_until_) count_slot(true);
    return publish(maker_->add_skip());
  }
  count_slot(late);
  if (half_rate() && slot % 2 != 0 && maker_->can_skip()) return publish(maker_->add_skip());
  const auto share = std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 * capture_share / grid_.fps));
  const OnAir on_air =
      ask(std::max(slot, fill_until_), std::max(grid_.time_of(slot) + share, opening_deadline_));
  if (opening_deadline_ != MonoTime{}) log_phase("picture of the opening");
  opening_deadline_ = {};
  look_at(on_air, slot);
  const bool still = on_air.picture_serial == encoded_serial_;
  if (maker_->can_skip() && still && !refines(slot)) return publish(maker_->add_skip());
  return encode(on_air, slot);
}

std::optional<Ending> MediaLoop::encode(const OnAir& on_air, Slot slot) {
  if (next_encoder_ && maker_->key_due()) take_next_encoder();
  if (!maker_->key_due() && !maker_->can_skip()) encoder_->leave_nothing_out();
  if (maker_->key_due()) maker_->mark_slate(paused_);
  const MonoTime began = now();
  const bool key = maker_->key_due();
  auto access_unit = encoder_->encode(*on_air.picture, slot, key);
  if (!access_unit) return encoder_ending(access_unit.error());
  if (access_unit->left_out) return publish(maker_->add_skip());
  if (access_unit->bytes.empty()) return no_packet();
  busy_ = std::chrono::duration<double>(now() - began).count() * grid_.fps;
  silent_since_.reset();
  ++progress_.frames_encoded;
  encoded_at_ = slot;
  encoded_serial_ = on_air.picture_serial;
  return publish(maker_->add_encoded(std::move(*access_unit)));
}

// Not at once: the next change may come before, and every slot that passes gives more bits.
bool MediaLoop::refines(Slot slot) {
  return slot >= encoded_at_ + grid_.fps / refinements_a_second && encoder_->refines(slot);
}

// Waits for better, a picture's time at a time: repeats stand in where they can.
std::optional<Ending> MediaLoop::no_packet() {
  const MonoTime at = now();
  if (!silent_since_) silent_since_ = at;
  if (at - *silent_since_ > encoder_silence_max)
    return Ending{ExitReason::Encoder, encoder_->name() + ": took pictures for 2 s and gave no packet"};
  if (maker_->can_skip()) return publish(maker_->add_skip());
  encode_at_ = at + std::chrono::nanoseconds(1'000'000'000 / grid_.fps);
  return std::nullopt;
}

void MediaLoop::count_slot(bool late) {
  if (overload_.slot(late, std::exchange(busy_, 0))) change_step();
}

// What a step down can choose from. Hardware has no presets here.
std::span<const char* const> MediaLoop::step_presets() const {
  if (encoder_->name() != "libx264") return {};
  return cheaper_presets(settings_.video.preset);
}

bool MediaLoop::half_rate() const {
  return settings_.reduced || overload_.step() > static_cast<int>(step_presets().size());
}

// Another preset means another encoder of the same parameter sets. Slots that pass while it opens are made up
// for. One that does not open leaves the preset as it is.
void MediaLoop::change_step() {
  const auto presets = step_presets();
  const auto step = static_cast<std::size_t>(overload_.step());
  EncoderSettings encoding = encoder_settings(settings_.video, settings_.grid);
  if (step > 0 && !presets.empty()) encoding.preset = presets[std::min(step, presets.size()) - 1];
  std::unique_ptr<Encoder> opened;
  if (encoding.preset != encoding_.preset) {
    auto tried = open_(encoder_->name(), encoding);
    if (tried && std::ranges::equal((*tried)->config(), encoder_->config())) opened = std::move(*tried);
    if (!opened) encoding.preset = encoding_.preset;
  }
  std::string why = step == 0 ? "as configured again" : "too slow here: ";
  if (step > 0 && !presets.empty()) why += "preset " + encoding.preset;
  if (half_rate()) why += presets.empty() ? "every second picture" : ", every second picture";
  inputs_->pace(half_rate() ? 2 : 1);
  sink_.log("warn", encoder_->name() + ": " + why);
  sink_.send(step > 0 ? common::EncoderReport{encoder_->name(), why, true} : chosen_encoder_);
  encoding_ = encoding;
  if (!opened) return;
  next_encoder_ = std::move(opened);
  maker_->request_key_frame();
}

// What the former one gives back would stay.
void MediaLoop::take_next_encoder() {
  next_encoder_->go_on_from(*encoder_);
  encoder_ = std::move(next_encoder_);
  ::malloc_trim(0);
}

void MediaLoop::look_at(const OnAir& on_air, Slot slot) {
  if (on_air.priority < 0) return black_since_.reset();
  if (on_air.picture_serial != looked_at_) {
    looked_at_ = on_air.picture_serial;
    if (!is_black(*on_air.picture)) {
      black_since_.reset();
    } else if (!black_since_) {
      black_since_ = now();
    }
  }
  if (now() < snapshot_at_ || on_air.picture_serial == snapshot_serial_ || settings_.reduced) return;
  snapshot_at_ = now() + snapshot_after;
  snapshot_serial_ = on_air.picture_serial;
  snapshots_.ask(on_air.picture, grid_.pts(slot));
}

std::optional<Ending> MediaLoop::send_snapshot() {
  const auto snapshot = snapshots_.take();
  if (!snapshot || paused_) return std::nullopt;
  common::MediaRecord header = record(common::RecordType::Snapshot, snapshot->pts);
  header.pictures = 0;
  return send(header, snapshot->jpeg);
}

std::optional<Ending> MediaLoop::publish(common::Result<std::optional<Part>> part) {
  if (!part) return Ending{ExitReason::Software, part.error().reason};
  if (!*part) {  // sent twice, with its part again: not counted as bitrate
    const auto sent = socket_.send(maker_->picture().header, maker_->picture().bytes, now());
    if (!sent) return Ending{ExitReason::Output, sent.error().reason};
    return std::nullopt;
  }
  ++progress_.parts;
  progress_.last_pts = (*part)->header.pts;
  if (std::exchange(opened_, false)) log_phase("first part");
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
