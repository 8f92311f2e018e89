// Plays one stream at the live edge, muted, and repairs itself: the page is watched on walls where nobody presses
// reload. hls.js where there is Media Source, else the browser's own HLS.
import Hls, { type ErrorData, type FragBufferedData } from "hls.js/light";
import { LivePace } from "./live_pace";
import type { PlayerStats } from "./player_stats";

const retry_first_ms = 500;
const retry_max_ms = 4000;
const watch_interval_ms = 250;
const stall_ms = 500; // standing still this long counts as a stall
const rebuild_after_ms = 8000; // standing still this long: a new player
const latency_max_seconds = 8; // further behind: jump to the live edge
const latency_min_seconds = 0.45; // no nearer, however short the parts: a busy browser needs as much
const media_repair_window_ms = 5000; // a second media error within this: a new player
const network_repairs_max = 4; // loads tried again before a new player
const played_kept_seconds = 20; // behind the playhead, for a look back
const played_max_seconds = 40; // more than this is trimmed to the above

export class Player {
  private hls: Hls | null = null;
  private pace = new LivePace();
  private retry_timer = 0;
  private retry_ms = retry_first_ms;
  private last_media_repair = -Infinity;
  private network_repairs = 0;
  private paused_by_hand = false;
  private last_time = 0;
  private moved_at = performance.now();
  private shown_at: number | null = null; // by this player, since it was built
  private last_picture: number | null = null; // by any, since start(): a repair is part of the gap
  private stalled = false;
  private running = false;
  private rebuilt_at = performance.now();
  private readonly closing = new AbortController();
  private readonly watch_timer: number;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly address: string,
    private readonly stats: PlayerStats,
  ) {
    video.muted = true;
    video.autoplay = true;
    video.playsInline = true;
    video.addEventListener("waiting", () => this.shown_at !== null && !video.seeking && ++stats.waiting);
    video.addEventListener("canplay", () => !this.paused_by_hand && this.play());
    video.addEventListener("play", () => {
      if (this.paused_by_hand) this.last_picture = null;
      this.paused_by_hand = false;
    });
    document.addEventListener("visibilitychange", () => (this.last_picture = null), { signal: this.closing.signal });
    video.addEventListener("pause", () => (this.paused_by_hand = this.running && video.readyState >= 2 && !video.ended));
    video.addEventListener("error", () => this.on_native_error());
    this.watch_pictures();
    this.watch_timer = window.setInterval(() => this.watch(), watch_interval_ms);
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.moved_at = performance.now();
    this.stalled = false;
    this.build();
  }

  stop(): void {
    if (!this.running) return;
    this.running = false;
    this.last_picture = null;
    this.stats.engine = "none";
    this.clear();
    this.stats.moving = false;
  }

  // For good: the stream is gone from the configuration.
  close(): void {
    this.stop();
    clearInterval(this.watch_timer);
    this.closing.abort();
  }

  is_running(): boolean {
    return this.running;
  }

  // The newest picture there is, at normal speed, playing.
  to_live_edge(): void {
    const ranges = this.video.buffered;
    const target = this.hls?.liveSyncPosition ?? (ranges.length > 0 ? ranges.end(ranges.length - 1) : null);
    if (target !== null) this.video.currentTime = target;
    this.play();
  }

  // Milliseconds for which the picture has not moved although the player runs; 0 while it moves or is paused by hand.
  still_for_ms(): number {
    if (!this.running || this.paused_by_hand) return 0;
    const still = performance.now() - this.moved_at;
    return still < stall_ms ? 0 : still;
  }

  private clear(): void {
    clearTimeout(this.retry_timer);
    this.retry_timer = 0;
    this.hls?.destroy();
    this.hls = null;
    this.video.removeAttribute("src");
    this.video.load();
    this.shown_at = null;
    this.paused_by_hand = false;
  }

  private build(): void {
    this.clear();
    this.rebuilt_at = performance.now();
    if (Hls.isSupported()) {
      this.build_hls();
    } else if (this.video.canPlayType("application/vnd.apple.mpegurl")) {
      this.stats.engine = "native";
      this.video.src = this.address;
      this.play();
    } else {
      this.stats.last_error = "this browser can play neither Media Source nor HLS";
    }
  }

  private build_hls(): void {
    this.stats.engine = "hls.js";
    const hls = new Hls({
      lowLatencyMode: true,
      enableWorker: false,
      maxLiveSyncPlaybackRate: 1, // the rate is ours: keep_pace()
      liveSyncOnStallIncrease: 0, // and so is what a stall changes
      liveDurationInfinity: true,
      backBufferLength: Infinity, // trimmed here: trim_played()
    });
    // Not given above: there it would need liveSyncDuration, which would replace the server's PART-HOLD-BACK.
    hls.config.liveMaxLatencyDuration = latency_max_seconds;
    this.pace = new LivePace();
    hls.on(Hls.Events.ERROR, (_, data) => this.on_error(data));
    hls.on(Hls.Events.BUFFER_APPENDING, () => this.pace.buffer(performance.now(), this.buffer_ahead()));
    hls.on(Hls.Events.FRAG_BUFFERED, (_, data) => {
      this.retry_ms = retry_first_ms;
      this.network_repairs = 0;
      this.trim_played(hls, data);
    });
    hls.loadSource(this.address);
    hls.attachMedia(this.video);
    this.hls = hls;
  }

  // hls.js 1.7.4 forgets which parts it has when its own trimming (backBufferLength) ends between the load of a part and
  // its append: at the next segment it then loads nothing for two seconds. Right behind the append of the newest part
  // nothing is being loaded.
  private trim_played(hls: Hls, data: FragBufferedData): void {
    const newest = hls.latestLevelDetails?.partList?.slice(-1)[0];
    if (data.part && data.part !== newest && !newest?.loaded) return;
    const ranges = this.video.buffered;
    const played = ranges.length > 0 ? this.video.currentTime - ranges.start(0) : 0;
    if (played < played_max_seconds) return;
    const endOffset = this.video.currentTime - played_kept_seconds;
    hls.trigger(Hls.Events.BUFFER_FLUSHING, { startOffset: 0, endOffset, type: null });
  }

  private play(): void {
    // Refused only where even muted video may not start by itself: the controls are there.
    this.video.play().catch(() => undefined);
  }

  private on_error(data: ErrorData): void {
    ++this.stats.errors;
    this.stats.last_error = data.details;
    if (data.details === Hls.ErrorDetails.BUFFER_STALLED_ERROR) this.pace.stalled(performance.now());
    if (!data.fatal) return;
    ++this.stats.fatal_errors;
    const now = performance.now();
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && now - this.last_media_repair > media_repair_window_ms) {
      this.last_media_repair = now;
      ++this.stats.recoveries;
      this.hls?.recoverMediaError();
    } else if (this.is_worth_loading_again(data) && ++this.network_repairs <= network_repairs_max) {
      this.later(() => this.hls?.startLoad());
    } else {
      this.rebuild_later();
    }
  }

  // The picture stays while loads are tried again. A playlist that contradicts the last one (another supervisor's), or
  // one that was never had, needs a new player.
  private is_worth_loading_again(data: ErrorData): boolean {
    const anew = data.details === Hls.ErrorDetails.LEVEL_PARSING_ERROR || data.details.startsWith("manifest");
    return data.type === Hls.ErrorTypes.NETWORK_ERROR && !anew;
  }

  private on_native_error(): void {
    if (!this.running || this.stats.engine !== "native") return;
    ++this.stats.errors;
    ++this.stats.fatal_errors;
    this.stats.last_error = this.video.error?.message ?? "video error";
    this.rebuild_later();
  }

  private rebuild_later(): void {
    this.later(() => this.build());
  }

  // One repair at a time, with growing distance until media arrives.
  private later(repair: () => void): void {
    if (this.retry_timer !== 0 || !this.running) return;
    ++this.stats.recoveries;
    this.retry_timer = window.setTimeout(() => {
      this.retry_timer = 0;
      if (this.running) repair();
    }, this.retry_ms);
    this.retry_ms = Math.min(this.retry_ms * 2, retry_max_ms);
  }

  // Four times a second: does the picture move?
  private watch(): void {
    if (!this.running) return; // another player of the same stream may be writing the figures
    const now = performance.now();
    const time = this.video.currentTime;
    if (time !== this.last_time || this.paused_by_hand || document.hidden) {
      this.moved_at = now;
      this.stalled = false;
    }
    this.last_time = time;
    const still = now - this.moved_at;
    if (this.running && this.shown_at !== null && still > stall_ms && !this.stalled) {
      this.stalled = true;
      ++this.stats.stalls;
    }
    if (this.running && still > rebuild_after_ms && now - this.rebuilt_at > rebuild_after_ms) this.rebuild_later();
    this.keep_pace(now);
    this.measure(time, still);
  }

  private buffer_ahead(): number {
    const ranges = this.video.buffered;
    return ranges.length > 0 ? Math.max(0, ranges.end(ranges.length - 1) - this.video.currentTime) : 0;
  }

  private keep_pace(now: number): void {
    const wanted = this.hls?.liveSyncPosition ?? null;
    if (wanted === null || this.shown_at === null || this.video.seeking || this.video.paused) return;
    this.pace.buffer(now, this.buffer_ahead());
    const further = Math.max(0, latency_min_seconds - (this.hls?.targetLatency ?? 0));
    const rate = this.pace.rate(now, wanted - this.video.currentTime - further);
    if (this.video.playbackRate !== rate) this.video.playbackRate = rate;
  }

  private measure(time: number, still_ms: number): void {
    const quality = this.video.getVideoPlaybackQuality?.();
    this.stats.current_time = time;
    this.stats.moving = this.running && this.shown_at !== null && still_ms < stall_ms && !this.video.paused;
    this.stats.latency = this.hls?.latency ?? 0;
    this.stats.target_latency = this.hls ? Math.max(latency_min_seconds, this.hls.targetLatency ?? 0) + this.pace.caution : 0;
    this.stats.playback_rate = this.video.playbackRate;
    this.stats.buffer_seconds = this.buffer_ahead();
    this.stats.dropped_frames = quality?.droppedVideoFrames ?? 0;
    this.stats.total_frames = quality?.totalVideoFrames ?? 0;
  }

  private watch_pictures(): void {
    if (!("requestVideoFrameCallback" in this.video)) {
      (this.video as HTMLVideoElement).addEventListener("playing", () => (this.shown_at = performance.now()));
      return;
    }
    const shown = (now: number): void => {
      if (this.last_picture !== null && !document.hidden) {
        this.stats.frame_gap_max_ms = Math.max(this.stats.frame_gap_max_ms, Math.round(now - this.last_picture));
      }
      this.last_picture = now;
      this.shown_at = now;
      this.video.requestVideoFrameCallback(shown);
    };
    this.video.requestVideoFrameCallback(shown);
  }
}
