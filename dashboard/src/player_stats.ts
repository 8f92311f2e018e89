// What the players of this page went through, for the page itself and, as window.__player_stats, for browser tests.

export class PlayerStats {
  errors = 0; // reported by hls.js, fatal ones included
  fatal_errors = 0;
  stalls = 0; // times the picture stood still for stall_ms or longer while it should have moved
  waiting = 0; // "waiting" events of the video element after the first picture
  recoveries = 0; // players repaired or made anew
  frame_gap_max_ms = 0; // longest time between two pictures shown, after the first
  current_time = 0;
  latency = 0; // seconds behind the live edge; 0: unknown
  target_latency = 0;
  buffer_seconds = 0;
  playback_rate = 1;
  dropped_frames = 0;
  total_frames = 0;
  moving = false; // currentTime advanced lately
  engine: "hls.js" | "native" | "none" = "none";
  last_error = "";
}

const all = new Map<string, PlayerStats>();

export function stats_of(stream: string): PlayerStats {
  let stats = all.get(stream);
  if (!stats) all.set(stream, (stats = new PlayerStats()));
  return stats;
}

// { ...of the first stream, streams: { name: {...} } }
Object.defineProperty(window, "__player_stats", {
  get: () => ({ ...([...all.values()][0] ?? new PlayerStats()), streams: Object.fromEntries(all) }),
});
