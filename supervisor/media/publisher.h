// The heart of a published stream: admits what workers deliver, closes segments, and bridges silence with
// prepared skip pictures, so that the timeline has no hole and no overlap whatever dies. Only the active life
// may deliver parts; a bridge fences it until it opens anew, with a key frame, exactly where the published
// timeline ends. Pure (bodies are memfds): time is an argument; owned by the event loop. Rules and their
// sources: timeline.md.
//
// Use: begin_life(g) -> send activate{continue_at}; admit() every record of that worker's media socket;
// advance(now) whenever next_due() has passed -> send activate{continue_at} again if it says so;
// end_life(g) when the worker is gone; stop() when the operator stops the stream. A planned change of
// workers: plan_takeover(g) -> send activate{slot}; the life before goes on up to there, and comes back with
// cancel_takeover().
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/histogram.h"
#include "common/media_record.h"
#include "supervisor/media/body_place.h"
#include "supervisor/media/kit.h"
#include "supervisor/media/playlist.h"
#include "supervisor/media/restore.h"
#include "supervisor/media/store.h"

namespace supervisor {

using common::MonoTime;

struct PublisherSettings {
  common::TimeGrid grid;
  int window_segments = 10;
  bool low_latency = true;
  std::string session = "0";        // of the numbering: part of every name
  std::int64_t wall_origin_ms = 0;  // Unix time of slot 0, fixed when the numbering began
  std::int64_t first_msn = 0;
  std::int64_t first_discontinuity_sequence = 0;
  bool follows_another = false;  // viewers know an older numbering: begin with a discontinuity
  // Where segments live, so that they outlive this process; null: in memory.
  std::shared_ptr<BodyPlace> bodies;
  // How late a part of a living worker may be before it is bridged; 0: one part target. Three quarters of it
  // are allowed on top of a constant delay, as long as that stays below three part targets.
  std::chrono::milliseconds bridge_after{0};
  // A bridge part for which nobody is expected comes this long after its end.
  std::chrono::milliseconds bridge_delay{20};
  // How late the first part of a life may be before it is bridged; doubled with each activate that was not
  // answered in time, up to takeover_grace.
  std::chrono::milliseconds opening_patience{80};
  std::chrono::milliseconds takeover_grace{400};
  // A fenced life that does not answer is asked again after this long (at once when it shows a sign of life).
  std::chrono::milliseconds resume_retry{1000};
  // A planned take-over is told to the new life at least this long before it is due.
  std::chrono::milliseconds takeover_lead{250};
  // It is due at the next boundary of a segment, unless that is further away than this: then at the end of a
  // part.
  std::chrono::milliseconds takeover_wait_max{2400};
  // A part may end at most this long after now.
  std::chrono::milliseconds ahead_max{1000};
  // Bridge parts published by one advance(): what is due beyond them comes with the next call.
  int bridge_burst_max = 64;
};

// The worker `generation` must open anew at `continue_at`: send it activate.
struct NeedsResume {
  std::uint64_t generation = 0;
  Slot continue_at = 0;
  friend bool operator==(const NeedsResume&, const NeedsResume&) = default;
};

enum class Refusal {
  None,
  WrongGeneration,  // of an old life, or of one that was not activated
  WrongRendition,   // only rendition 0 exists
  NoInit,           // a part or a kit before the init segment
  BadInit,          // not an init segment, of another timescale, or a second and different one
  BadKit,           // index out of range or an empty access unit
  BadFragment,      // the bytes are not one CMAF fragment
  Disagrees,        // header and fragment say different things
  OffGrid,          // not on the slots of the grid, too long, or across the end of a segment
  NotContiguous,    // does not start where the published timeline ends
  Fenced,           // a bridge took over: only a key frame at the published end is taken
  NotIndependent,   // a life, or a segment, must open with a key frame
  TooEarly,         // ends in the future
  Storage,          // no memory or descriptor for the bytes
  Stopped,          // the operator stopped the stream
  Paused,           // the operator paused it, and this is not the slate
};
const char* refusal_name(Refusal refusal);
inline constexpr std::size_t refusal_count = static_cast<std::size_t>(Refusal::Paused) + 1;

struct Admission {
  Refusal refusal = Refusal::None;
  std::string reason;      // for the log; empty when admitted
  bool published = false;  // a part became visible
  // Evidence of life from a fenced worker: send it activate.
  std::optional<NeedsResume> resume;
  explicit operator bool() const { return refusal == Refusal::None; }
};

enum class OnAir { Nothing, Picture, Slate, Bridge };

struct PublisherFacts {
  std::int64_t media_sequence = 0;
  std::int64_t discontinuity_sequence = 0;
  int segment_count = 0;      // in the window, the open one included
  std::uint64_t bytes = 0;    // held in memory
  std::uint64_t parts = 0;    // published by workers
  std::uint64_t bridged = 0;  // published by the supervisor
  std::uint64_t rescued =
      0;  // unfinished parts of workers that died: a part of their own, or the start of a bridge
  std::uint64_t refused = 0;
  std::array<std::uint64_t, refusal_count> refused_by{};
  std::uint64_t holes = 0;  // parts that do not start where the last one ended: must stay 0
  std::optional<std::int64_t> last_part_age_ms;
  std::int64_t part_late_max_ms = 0;  // the longest that a part was published after its end, since the start
  common::PartLateTimes part_late;    // of every part, bridged ones too, since the start
  std::optional<std::int64_t> last_worker_part_age_ms;  // bridge parts do not count
  OnAir on_air = OnAir::Nothing;
  bool fenced = false;
  std::uint64_t active_generation = 0;  // 0: none
  std::string codec;                    // of the last init segment
  int width = 0, height = 0;
};

class Publisher {
 public:
  static constexpr std::size_t kits_max = 5;                // the active life and its standbys
  static constexpr std::size_t skip_bytes_max = 64u << 10;  // of one prepared skip picture
  static constexpr std::size_t slate_bytes_max = 4u << 20;
  static constexpr std::size_t picture_bytes_max = 4u << 20;  // of one picture of an unfinished part

  explicit Publisher(PublisherSettings settings);

  // Goes on with what a former process published, under the numbering of `settings`, which is the same. Once,
  // before anything else.
  void restore(RestoredWindow window, MonoTime now);
  // For the journal.
  PublishedPosition position() const;
  std::shared_ptr<const Kit> kit_on_air() const { return on_air_kit_; }

  // `generation` may deliver from now on, and nobody else. Returns the slot at which its first part must
  // start, with a key frame: the end of the published timeline and of the pictures that the life before left
  // of an unfinished part, or the current slot when nothing is published. May publish bridge parts that are
  // due. A publisher that was stopped starts again, with an empty window.
  Slot begin_life(std::uint64_t generation, MonoTime now);
  // `generation`, whose init segment is here, opens at the answered slot: the next boundary of a segment at
  // least takeover_lead away (takeover_wait_max). The life before delivers up to there and nothing beyond;
  // what it leaves out is bridged. Without a life that delivers this is begin_life().
  Slot plan_takeover(std::uint64_t generation, MonoTime now);
  // The take-over is off, unless the new life has delivered: the life before goes on. The answer: it lost its
  // place, send it activate.
  std::optional<NeedsResume> cancel_takeover(MonoTime now);
  // The worker is gone (first admit() what its socket still holds). Unknown generations are ignored.
  void end_life(std::uint64_t generation, MonoTime now);

  // One record of a media socket; init and kit are taken also from lives that did not begin yet (a standby).
  // Precondition: the caller checked that header.generation is the generation of that socket's worker.
  Admission admit(const common::MediaRecord& header, std::span<const std::uint8_t> bytes, MonoTime now);

  // When advance() has something to do; nothing: wait for other events.
  std::optional<MonoTime> next_due() const;
  // Bridges what is due by now. The answer: send activate. After a pause of the whole process first admit()
  // what the sockets hold: silence that was ours is no fault of the worker.
  std::optional<NeedsResume> advance(MonoTime now);

  // The operator's stop: the open segment is closed, the playlist ends (EXT-X-ENDLIST). It stays for as long
  // as it is, so that every viewer gets to the end, and is gone then (advance()).
  void stop(MonoTime now);

  // From now on nothing is published but the slate, which a new segment begins with: the prepared one, or
  // that of the worker (MediaRecord::slate); the answer: send it activate. Or, with false, everything again.
  // Not part of restore(): say it again then.
  std::optional<NeedsResume> set_paused(bool paused, MonoTime now);

  bool has_media() const { return !store_.window().empty(); }
  bool stopped() const { return stopped_; }
  Slot published_end() const { return end_; }
  // The life `generation` sent an init segment (ready can be believed).
  bool has_init(std::uint64_t generation) const;
  const PublisherSettings& settings() const { return settings_; }
  const Store& store() const { return store_; }
  PlaylistSettings playlist_settings() const;
  PlaylistState playlist_state() const;
  PublisherFacts facts(MonoTime now) const;
  // How long after its end the last part was published.
  std::chrono::milliseconds part_late() const { return part_late_; }
  // Rises with every visible change.
  std::uint64_t version() const { return version_; }

 private:
  // How the active life stands to the published timeline.
  enum class Life {
    None,     // no worker, or it is gone: bridge at once
    Opening,  // activated, or asked to resume: its key frame is awaited
    Running,  // delivers
    Fenced,   // its answer to the last activate is overdue: bridge at once, ask again later
  };
  // A planned change of lives: waiting for `at`, then for the first part of `to`.
  struct TakeOver {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    Slot at = 0;
    bool from_lives = true;
  };
  // The pictures of the part in the making, from the published end on, and how it would be published.
  struct Unfinished {
    std::shared_ptr<const Kit> kit = {};
    std::vector<std::vector<std::uint8_t>> pictures = {};  // access units
    bool independent = false;                              // the first is a key frame
    bool slate = false;                                    // nothing captured is in them
    bool opens_segment = false;
  };
  struct Fragment {  // about to be published
    Part part;
    std::vector<std::uint8_t> bytes;
    std::shared_ptr<const InitSegment> init;
    bool opens_segment = false;
  };

  // publisher_admit.cpp
  Admission admit_init(const common::MediaRecord& header, std::span<const std::uint8_t> bytes);
  Admission admit_kit(const common::MediaRecord& header, std::span<const std::uint8_t> bytes);
  Admission admit_part(const common::MediaRecord& header, std::span<const std::uint8_t> bytes, MonoTime now);
  Admission check_grid(const common::MediaRecord& header, MonoTime now) const;
  Admission check_place(const common::MediaRecord& header) const;
  Admission take(const common::MediaRecord& header, const FragmentFacts& facts,
                 std::span<const std::uint8_t> bytes, MonoTime now);
  Kit* kit_of(std::uint64_t generation);
  Kit& new_kit(std::uint64_t generation);
  std::optional<NeedsResume> sign_of_life(Refusal refusal, MonoTime now);

  // publisher_takeover.cpp
  Slot takeover_slot(MonoTime now) const;
  void settle_takeover(MonoTime now);
  void finish_takeover();
  void open_early(const common::MediaRecord& header, MonoTime now);
  void fall_back(MonoTime now);

  // publisher_bridge.cpp
  void bridge_due(MonoTime now);
  bool bridge(Slot end, MonoTime now);
  bool can_bridge() const;
  std::chrono::milliseconds opening_patience() const;
  bool needs_new_segment() const;
  void prepare_seam(MonoTime now);
  NeedsResume ask_resume(MonoTime now);
  MonoTime due() const;

  // publisher_unfinished.cpp
  void keep_picture(const common::MediaRecord& header, std::span<const std::uint8_t> bytes, MonoTime now);
  void settle_unfinished(Slot opens_at, bool independent, MonoTime now);
  std::int64_t since_idr_after_unfinished() const;
  Fragment unfinished_part(Slot end) const;
  bool bridge_from_unfinished(Slot end, MonoTime now);
  Slot seam_behind_unfinished();

  void forget_window_later(MonoTime now);
  bool publish(Fragment fragment, MonoTime now);
  bool store_in_new_segment(const Fragment& fragment);
  std::chrono::nanoseconds part_target() const;
  std::chrono::nanoseconds bridge_after() const;

  PublisherSettings settings_;
  Store store_;
  std::map<std::uint64_t, std::shared_ptr<Kit>> kits_;  // of the active and of pending lives
  std::shared_ptr<const Kit> on_air_kit_;               // of the life that published last: outlives it
  std::uint64_t generation_ = 0;                        // the last that began
  Life life_ = Life::None;
  std::optional<TakeOver> takeover_;
  Unfinished unfinished_;
  bool stopped_ = false;
  std::optional<MonoTime> forget_at_;  // stopped: then the window goes too
  bool restarted_ = false;             // the next segment follows a stop or another numbering: discontinuity
  Slot end_ = 0;                       // of the published timeline
  std::int64_t since_idr_ = 0;         // pictures published since the last IDR picture, it included
  bool last_part_short_ = false;  // nothing may follow it in its segment: too short, or shown before a pause
  bool paused_ = false;
  MonoTime asked_at_{};  // of the last activate
  std::chrono::milliseconds part_late_{0}, part_late_max_{0};
  common::PartLateTimes part_late_times_;
  int asks_ = 0;  // activates since a part was admitted
  std::uint64_t next_serial_ = 1;
  std::uint64_t version_ = 0;
  OnAir on_air_ = OnAir::Nothing;
  std::optional<MonoTime> last_part_at_, last_worker_part_at_;
  std::uint64_t parts_ = 0, bridged_ = 0, rescued_ = 0, refused_ = 0, holes_ = 0;
  std::array<std::uint64_t, refusal_count> refused_by_{};
};

}  // namespace supervisor
