// What the stand-in supervisor remembers: history, incidents, a picture. Made up, the same at every start.
const intervals = { "10m": [1, 600], "6h": [10, 2160], "24h": [60, 1440] };

const wave = (n, length, high) => high * (0.5 + 0.5 * Math.sin(n / length));

// What was on air so long ago (seconds): mostly the picture, with some trouble.
function on_air_at(ago, trouble) {
  if (trouble === "stopped") return ago < 3000 ? "nothing" : "picture";
  if (trouble && ago < 700) return trouble;
  if (ago > 3900 && ago < 4200) return "slate";
  if (ago > 9000 && ago < 9030) return "bridge";
  if (ago > 15_000 && ago < 15_400) return "nothing";
  return ago > 20_000 && ago < 20_900 ? null : "picture";
}

export function history(range, streams) {
  const [interval, count] = intervals[range] ?? intervals["10m"];
  const end = Math.floor(Date.now() / 1000 / interval) * interval;
  const at = Array.from({ length: count }, (_, i) => end - (count - 1 - i) * interval);
  const column = (make) => at.map((time) => make(time, end - time));
  const of_stream = ({ name, on_air, state }, index) => {
    const trouble = state === "stopped" ? "stopped" : on_air === "picture" ? "" : on_air;
    const runs = (ago) => ["picture", "slate"].includes(on_air_at(ago, trouble));
    const value = (make) => column((time, ago) => (runs(ago) ? make(time / interval + index * 40, ago) : null));
    return [name, {
      fps: value((n) => 29.4 + wave(n, 7, 0.6)),
      bitrate_kbps: value((n) => 2600 + wave(n, 31, 1700) + wave(n, 3, 300)),
      worker_cpu_percent: value((n) => 14 + wave(n, 17, 12) + wave(n, 2.3, 4)),
      worker_rss_mb: value((n) => 92 + wave(n, 300, 9)),
      part_late_ms: value((n) => 4 + wave(n, 2.7, 9) + (Math.floor(n) % 97 === 0 ? 38 : 0)),
      viewers: column((time) => Math.round(2 + wave(time / interval, 60, 5))),
      on_air: column((_, ago) => on_air_at(ago, trouble)),
      restart_count: column((_, ago) => (ago > 15_000 ? 1 : ago > 9000 ? 2 : ago > 500 ? 3 : 4)),
    }];
  };
  return {
    range, interval_seconds: interval, at,
    system: {
      cpu_percent: column((time) => 22 + wave(time / interval, 23, 21)),
      memory_percent: column(() => 42), disk_usage_percent: column(() => 81),
      network_in_kbps: column(() => 120), network_out_kbps: column((time) => 9000 + wave(time / interval, 9, 4000)),
    },
    streams: Object.fromEntries(streams.map(of_stream)),
  };
}

const kinds = [
  ["oom", 740, 92, "Worker 11 was killed by the kernel: out of memory", "standby 12 promoted"],
  ["hang", 4100, 1240, "No heartbeat for 1.0 s; the process was stopped (state T)", "worker 11 started after 0 ms"],
  ["crash", 9010, 88, "Worker 9 crashed: signal 11", "standby 10 promoted"],
  ["stall", 15_380, 390_000, "No part for 3 s although it beats: the encoder stands still", "worker 9 started after 250 ms"],
];

export function incidents(stream) {
  return kinds.map(([failure_class, ago, recovery_ms, reason, action], i) => {
    const detected = Date.now() - ago * 1000;
    return {
      id: `20261121T1200${String(59 - i)}.000Z-${12 - i}`, stream, class: failure_class, generation: 11 - i, reason, action,
      detected_at: new Date(detected).toISOString(), closed_at: new Date(detected + recovery_ms).toISOString(),
      recovered: true, recovery_ms, has_picture: i !== 2, evidence: `pid ${48_200 - i}: state S, wait channel futex_wait`,
      timeline: [
        { step: "detected", at_ms: 0, generation: 11 - i, text: reason },
        { step: "killed", at_ms: 1, generation: 11 - i, text: "SIGKILL" },
        { step: "promoted", at_ms: 4, generation: 12 - i, text: "" },
        { step: "first_part", at_ms: recovery_ms, generation: 12 - i, text: "part 4711" },
      ],
      steps_left_out: 0, log: [`${11 - i} info segment published`, `${11 - i} error ${reason}`],
    };
  });
}

// A desktop, drawn; browsers go by the content type.
export function picture() {
  const hand = (Date.now() / 1000) % 60;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="180"><rect width="320" height="180" fill="#274b63"/>
<rect x="24" y="22" width="170" height="112" rx="4" fill="#f4f6f8"/><rect x="24" y="22" width="170" height="16" fill="#56788f"/>
<path d="M36 52h120M36 64h90M36 76h132M36 88h70" stroke="#9fb0bd" stroke-width="4"/>
<rect x="210" y="50" width="88" height="88" rx="4" fill="#10242f"/><circle cx="254" cy="94" r="32" fill="none" stroke="#cfe0ea" stroke-width="3"/>
<path d="M254 94V68" stroke="#cfe0ea" stroke-width="3" transform="rotate(${hand * 6} 254 94)"/>
<rect y="166" width="320" height="14" fill="#162e3d"/></svg>`;
}
