// How fast to play, so that the picture is as near to the live edge as the playlist asks for (PART-HOLD-BACK) and no
// nearer than this line and this machine bear. Pure: moments are milliseconds of one clock, distances are seconds.
// hls.js has a catch-up of its own, which wants a second in the buffer: at low latency there never is one.

const memory_ms = 8000; // so long a low of the buffer is remembered before the player goes nearer
const recent_ms = 1000;
const comfortable = 0.15; // at its lowest the buffer had this much: nearer is possible
const enough = 0.11; // going nearer ends here
const thin = 0.04; // less than this: slower, before it runs dry
const late = 0.1; // behind what is wanted by this: faster
const near = 0.02; // and by no more than this: at normal speed again
const early = -0.05; // nearer than wanted by this: slower, before a late part shows it
const faster_min = 0.02;
const faster_max = 0.1;
const catch_up_seconds = 5; // in which a distance is made up, within those limits
const slower_rate = 0.95;
const stall_increase = 0.1; // a stall asks for this much more distance,
const stall_increase_max = 1;
const stall_forgiven_ms = 60_000; // and gets it back when none came for so long

type Pace = "even" | "faster" | "slower";

export class LivePace {
  private lows: { at: number; ahead: number }[] = [];
  private pace: Pace = "even";
  private extra = 0;
  private forgiven_at = 0;

  // What is in the buffer ahead of the playhead: most telling right before something is added.
  buffer(now: number, ahead: number): void {
    this.lows = this.lows.filter((low) => now - low.at <= memory_ms);
    this.lows.push({ at: now, ahead });
  }

  stalled(now: number): void {
    this.extra = Math.min(stall_increase_max, this.extra + stall_increase);
    this.forgiven_at = now + stall_forgiven_ms;
  }

  // How much further from the live edge than asked for, because of stalls.
  get caution(): number {
    return this.extra;
  }

  // The playback rate. behind: from the wanted position to the playhead, positive when the picture is too old.
  rate(now: number, behind: number): number {
    if (this.extra > 0 && now >= this.forgiven_at) {
      this.extra = Math.max(0, this.extra - stall_increase);
      this.forgiven_at = now + stall_forgiven_ms;
    }
    const too_old = behind - this.extra;
    this.pace = this.next(now, too_old);
    if (this.pace === "slower") return slower_rate;
    if (this.pace === "even") return 1;
    const more = Math.min(faster_max, Math.max(faster_min, too_old / catch_up_seconds));
    return 1 + Math.round(more * 100) / 100;
  }

  private next(now: number, too_old: number): Pace {
    const recent = this.lowest(now, recent_ms);
    if (recent < thin || (this.pace === "slower" && recent < enough)) return "slower";
    if (too_old < early || (this.pace === "slower" && too_old < 0)) return "slower";
    const low = this.lowest(now, memory_ms);
    if (this.pace === "faster") return too_old > near && low > enough ? "faster" : "even";
    return too_old > late && low > comfortable ? "faster" : "even";
  }

  // Nothing known: nothing to be afraid of, and nothing to build on.
  private lowest(now: number, span_ms: number): number {
    const known = this.lows.filter((low) => now - low.at <= span_ms).map((low) => low.ahead);
    return known.length > 0 ? Math.min(...known) : enough;
  }
}
