// Is this worker alive, and does it get anywhere? Progress, not life: a heartbeat says that the working
// thread turns, an admitted part that viewers got something. Keeps the evidence of one life and judges it;
// does not act. Pure.
//
// A part is a sign of life too (the second clock that a hang must be confirmed by). Before the first part
// nothing is judged: inputs and encoders may take long to open, and the machine's first_media_timeout rules.
// When the supervisor itself was late the evidence may lie unread in a pipe: one more heartbeat_timeout, once
// until the next part. A standby has no parts: it is judged by its heartbeats alone, from ready on.
//
// Silence is no proof. Before a hang is declared the evidence is asked for (GatherEvidence): a worker that
// wanted to run and got no CPU has starved_graces more heartbeat_timeouts.
#pragma once

#include <optional>
#include <string>

#include "common/time_grid.h"
#include "supervisor/supervise/settings.h"

namespace supervisor {

struct Health {
  std::optional<common::MonoTime> sign_of_life;  // last heartbeat or part
  std::optional<common::MonoTime> progress;      // last part; nothing before the first
  std::optional<common::MonoTime> grace_until;   // given since the last part
  bool judged = false;                           // its heartbeats count: it was ready or delivered
  std::optional<common::MonoTime> asked;         // silent, the evidence is being gathered
  int starved = 0;                               // graces given since the last heartbeat
  bool degraded = false;                         // as the worker says
  std::string degraded_reason;
  std::optional<common::MonoTime> good_since;  // since when it is not degraded any more
};

enum class HealthVerdict { Fine, Hung, Stalled };

void note_heartbeat(Health& health, common::MonoTime now);
void note_progress(Health& health, common::MonoTime now);
void note_quality(Health& health, bool degraded, const std::string& reason, common::MonoTime now);
// The loop was late: gives the grace unless it was given since the last part.
// False: no grace.
bool give_grace(Health& health, const SupervisionSettings& settings, common::MonoTime now);

// From now on it must beat: a standby is ready.
void begin_judging(Health& health, common::MonoTime now);
// The evidence asked for came. True: it hangs; false: it starves and was given time, or nobody asked.
bool confirms_hang(Health& health, const SupervisionSettings& settings, bool starved, common::MonoTime now);

HealthVerdict judge(const Health& health, const SupervisionSettings& settings, common::MonoTime now);
// When the verdict turns to Hung or Stalled if nothing more is heard; nothing while it is not judged. While
// the evidence is gathered: when it is given up.
std::optional<common::MonoTime> hang_due(const Health& health, const SupervisionSettings& settings);
std::optional<common::MonoTime> stall_due(const Health& health, const SupervisionSettings& settings);
// From when on a part makes a worker that was degraded good again; nothing while it is degraded or was never.
std::optional<common::MonoTime> quality_due(const Health& health, const SupervisionSettings& settings);

}  // namespace supervisor
