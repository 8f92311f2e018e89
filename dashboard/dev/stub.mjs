// A stand-in for the supervisor, to look at the page in every state without one:
//   node dashboard/dev/stub.mjs BUILT_OUT_DIR PORT [SCENE] [UPSTREAM]   (PORT 0: a free one; the address is printed)
// SCENE: healthy (default) degraded slate exhausted bridge backoff hold paused stopped two four empty old hostile. GET /scene/NAME changes it.
// UPSTREAM: an address whose /hls/ is passed on, for a picture that moves; without it the playlist answers 503.
import { createServer, request } from "node:http";
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { history, incidents, picture } from "./stub_records.mjs";

const [, , out_dir, port, first_scene = "healthy", upstream = ""] = process.argv;
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".txt": "text/plain" };
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; " +
  "connect-src 'self'; worker-src 'self' blob:; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
const started = Date.now();
let scene = first_scene;
let scene_at = Date.now() - 754_000;
let log_id = 0;
const logs = [];
const listeners = new Set();
let override = null; // the input chosen by hand

let inputs_in_force = [{ type: "x11", monitor: "second" }, { type: "url", url: "rtsp://(secret)@camera/1" }]; // of the configuration
let revision = 1;

const names = { x11: ":0 second", url: "rtsp://(secret)@camera/1", slate: "slate", pattern: "test picture", file: "/srv/loop.mp4", device: "v4l2 /dev/video0" };
const input = (input_priority, type, status, errors = [], more = {}) => ({
  input_priority, type, name: names[type], status, last_packet_at: null, fps: null, bitrate_kbps: null, packet_loss: null, penalty: 0,
  suppressed: false, failures: errors.length, errors, ...more,
});
const ago = (seconds) => new Date(started - seconds * 1000).toISOString();
const gone = [
  { at: ago(9), message: "display_lost: the X server :0 closed the connection" },
  { at: ago(4200), message: "monitor: DP-2 was unplugged" },
];
const refused = [{ at: ago(3), message: "input: Connection refused" }];
const camera = { fps: 25, bitrate_kbps: 2140, packet_loss: 0.4, last_packet_at: ago(0) };

const scenes = {
  healthy: {},
  degraded: {
    state: "degraded", reason: "Encoder libx264 instead of h264_vaapi; 24.1 of 30 pictures a second", fps: 24.1,
    encoder_fallback_reason: "h264_vaapi: /dev/dri/renderD128: no such device",
    inputs: [input(0, "x11", "degraded", gone, { suppressed: true, penalty: 2100 }), input(1, "url", "active", [], camera), input(2, "slate", "idle")],
    active_input: 1, switches: [{ at: ago(9), from: 0, to: 1, reason: "error", detail: "display_lost" }, ...switches()],
  },
  exhausted: {
    state: "degraded", on_air: "slate", reason: "No input works", exhausted: true, active_input: 2,
    inputs: [input(0, "x11", "degraded", gone), input(1, "url", "probing", refused), input(2, "slate", "active")],
  },
  slate: {
    state: "degraded", on_air: "slate", reason: "Input 0 (x11): display_lost: the X server :0 closed the connection",
    inputs: [input(0, "x11", "degraded", gone), input(1, "slate", "active")], active_input: 1,
  },
  bridge: { state: "starting", on_air: "bridge", reason: "Worker 12 was killed (no heartbeat for 1.0 s); worker 13 is starting", generation: 13 },
  backoff: {
    state: "backoff", on_air: "bridge", worker_pid: 0, reason: "Worker 17 crashed: signal 11", next_retry_ms: 3400, last_exit: "signal 11",
    fps: 0, bitrate_kbps: 0, recent_errors: ["libx264: malloc of size 3110400 failed", "worker: bye software"],
  },
  hold: { state: "hold", on_air: "nothing", worker_pid: 0, reason: "11 failures in 10 minutes without a picture", next_retry_ms: 284000, fps: 0, bitrate_kbps: 0 },
  paused: {
    state: "paused", on_air: "slate", reason: "", inputs: [input(0, "x11", "idle"), input(1, "slate", "active")], active_input: 1,
  },
  hostile: {
    state: "degraded", on_air: "slate", reason: "display_lost", encoder_fallback_reason: "no such device", mirror_error: "no space", recent_errors: ["malloc failed"],
    inputs: [input(0, "x11", "degraded", gone), input(1, "url", "active", refused, camera), input(2, "slate", "idle")], active_input: 1,
  },
  stopped: { state: "stopped", on_air: "nothing", desired: "down", worker_pid: 0, reason: "", fps: 0, bitrate_kbps: 0, encoder: "" },
};

// The inputs of the configuration, and the slate that is always there.
function listed_inputs() {
  const own = inputs_in_force.map((one, i) => input(i, one.type, i === 0 ? "active" : "idle", [], i === 1 ? camera : { fps: i === 0 ? 30 : null }));
  return [...own, input(own.length, "slate", "idle")];
}

function switches() {
  const at = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
  return [
    { at: at(3900), from: 1, to: 0, reason: "recovery", detail: "" },
    { at: at(4200), from: 0, to: 1, reason: "error", detail: "display_lost" },
  ];
}

// What an older supervisor, or one that has just started, leaves out.
function bare(name) {
  return {
    name, state: "starting", reason: "", desired: "up", on_air: "nothing", state_seconds: 0.4, generation: 1, worker_pid: 0,
    uptime_seconds: 0, restart_count: 0, encoder: "", width: 0, height: 0, fps: 0, bitrate_kbps: 0,
  };
}

function stream(name, change) {
  const second = (Date.now() - started) / 1000;
  return {
    name, state: "healthy", reason: "", desired: "up", on_air: "picture", state_seconds: (Date.now() - scene_at) / 1000,
    since: new Date(scene_at).toISOString(), generation: 12, worker_pid: 48211, standby: "ready", standby_pid: 48230, uptime_seconds: 754 + second,
    restart_count: 3, exit_codes: ["71 encoder", "signal 9"], recent_errors: [], last_activity_ago: 0.11, last_exit: "signal 9",
    last_recovery_ms: 142, next_retry_ms: null, encoder: "libx264", encoder_fallback_reason: "", width: 1920, height: 1080,
    fps: 30 + Math.sin(second / 3) * 0.4, bitrate_kbps: 3800 + 900 * Math.sin(second / 5), frames_captured: 25000, frames_encoded: 24990,
    frames_dropped: 3, last_frame_age_ms: 20, last_part_age_ms: 84, part_late_ms: 9, part_late_max_ms: 41, last_incident: "20261121T120059.000Z-12", media_sequence: 388 + Math.floor(second / 2), discontinuity_sequence: 0,
    segment_count: 10, window_mb: 11.4, parts: 7000, parts_bridged: 4, parts_refused: 1, viewers: 2,
    worker: { rss_mb: 96.2, cpu_percent: 22 + 9 * Math.sin(second / 4) }, inputs: listed_inputs(),
    active_input: 0, override_input: override, switches: switches(), monitors: [{ name: "DP-1", width: 1920, height: 1080, captured: false }, { name: "DP-2", width: 1920, height: 1080, captured: true }],
    mirror_error: "", ...change,
  };
}

function status() {
  const change = scenes[scene] ?? {};
  const streams = scene === "empty" ? [] : [stream("desktop", change)];
  if (scene === "old") streams.splice(0, 1, bare("desktop"));
  if (scene === "two" || scene === "four") streams.push(stream("lobby-wall", scenes.backoff));
  if (scene === "four") streams.push(stream("control-room", scenes.slate), stream("signage", scenes.stopped));
  const failing = streams.find((s) => s.desired === "up" && s.on_air !== "picture");
  return {
    at: new Date().toISOString(),
    service: { active: true, details: { ActiveState: "active", SubState: "running" }, version: "0.1.0", uptime_seconds: 93784, config_error: "" },
    stream: { playlist_exists: true, segment_count: 10, total_size_mb: 11.4, stream_active: !failing },
    health: { total_errors: 7, recent_errors: failing ? 2 : 0, last_error: failing ? failing.reason : "", current_state: failing ? "RECOVERING" : "PLAYING", stream_active: !failing },
    system: {
      cpu_percent: 31, memory_percent: 42, disk_usage_percent: 81, memory_total_bytes: 16.6e9, disk_total_bytes: 250e9,
      memory_available_mb: 9150, disk_free_mb: 45_300, network_in_kbps: 120, network_out_kbps: 9300, load_average_1m: 0.84,
      supervisor: { rss_mb: 13.8, cpu_percent: 0.4 },
    },
    streams,
  };
}

// Text that comes from a worker, a monitor, a file or an address: in the scene "hostile" each is markup that would act.
const foreign = new Set([
  "reason", "detail", "message", "text", "encoder", "encoder_fallback_reason", "last_exit", "exit_codes", "recent_errors", "mirror_error",
  "config_error", "last_error", "error", "title", "cause", "summary", "url", "monitor",
]);
const markup = (text) => `<img src=x onerror="window.__struck=1"><b class="struck">${text}</b>`;

function as_hostile(value, key = "", owner = {}) {
  const strikes = foreign.has(key) || (key === "name" && ("input_priority" in owner || "captured" in owner));
  if (typeof value === "string") return strikes ? markup(value) : value;
  if (Array.isArray(value)) return value.map((one) => as_hostile(one, key, owner));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, as_hostile(one, name, value)]));
  return value;
}

const text_of = (value) => JSON.stringify(scene === "hostile" ? as_hostile(value) : value);

function send(event, data) {
  for (const answer of listeners) answer.write(`event: ${event}\ndata: ${text_of(data)}\n\n`);
}

function log(level, text, stream_name = "desktop", generation = 12) {
  logs.push({ id: ++log_id, at: new Date().toISOString(), level, stream: stream_name, generation, text });
  send("log", logs[logs.length - 1]);
}

for (let i = 0; i < 12; ++i) log("info", `segment ${380 + i} published, 60 pictures, ${900 + i * 7} kB`);
log("info", "listening on 127.0.0.1:8080", "", 0);
log("warn", "encoder h264_vaapi refused: /dev/dri/renderD128: no such device; libx264 is used");
log("error", "worker 11 gave no heartbeat for 1.0 s: killed", "desktop", 11);
log("info", "worker 12 took over at 00:12:34.200, recovered in 142 ms, <script>alert(1)</script>");
setInterval(() => send("status", status()), 1000);

function file(answer, path) {
  try {
    const name = path === "/" ? "index.html" : path.slice(1).replace(/\.\./g, "");
    const bytes = readFileSync(join(out_dir, name));
    answer.writeHead(200, { "Content-Type": types[extname(name)] ?? "text/plain", "Content-Security-Policy": policy }).end(bytes);
  } catch {
    answer.writeHead(404).end();
  }
}

function pass_on(question, answer) {
  if (!upstream) return answer.writeHead(503, { "Retry-After": "1" }).end();
  const onward = request(upstream + question.url, (reply) => {
    answer.writeHead(reply.statusCode, reply.headers);
    reply.pipe(answer);
  });
  onward.on("error", () => answer.writeHead(502).end());
  onward.end();
}

function records(question, answer, name, what, id, wants_picture) {
  if (what === "cleanup") return json(answer, { removed_files: 14, freed_bytes: 18_350_080 });
  if (what === "snapshot.jpg" || wants_picture) return answer.writeHead(200, { "Content-Type": "image/svg+xml" }).end(picture());
  if (what === "inputs/switch") return override_input(question, answer);
  const all = incidents(name);
  if (!id) return json(answer, { stream: name, incidents: all, total: all.length });
  const one = all.find((incident) => incident.id === id);
  return one ? json(answer, one) : json(answer, { title: "Not Found", detail: "there is no such incident" }, 404);
}

function override_input(question, answer) {
  let body = "";
  question.on("data", (bytes) => (body += bytes));
  question.on("end", () => {
    override = JSON.parse(body).priority;
    json(answer, status(), 202);
  });
}

// As the supervisor does it, but for one rule only.
function edit_inputs(question, answer) {
  let body = "";
  question.on("data", (bytes) => (body += bytes));
  question.on("end", () => {
    if (question.headers["if-match"] !== `"${revision}"`) return json(answer, { detail: "The file was changed meanwhile." }, 412);
    const next = [...inputs_in_force];
    const { changes } = JSON.parse(body);
    for (const [i, change] of changes.entries()) {
      const { op, priority = next.length, to, input: one } = change;
      if (one && one.type === "url" && !String(one.url ?? "").includes("://")) {
        const fault = { place: "the changes", pointer: `/changes/${i}/input/url`, problem: `is "${one.url ?? ""}"`, allowed: "an address of a network stream" };
        return json(answer, { title: "Unprocessable Content", detail: "The configuration has errors; nothing was changed.", errors: [fault] }, 422);
      }
      if (op === "add") next.splice(priority, 0, one);
      if (op === "update") next[priority] = one;
      if (op === "remove") next.splice(priority, 1);
      if (op === "move") next.splice(to, 0, ...next.splice(priority, 1));
    }
    inputs_in_force = next;
    revision += 1;
    send("status", status());
    json(answer, { revision: String(revision), applied: ["desktop: inputs"], needs_restart: [], warnings: [] });
  });
}

function config() {
  return { path: "/etc/desktop-streamer/config.json", revision: String(revision), error: "", warnings: [], writable: true, config: { streams: [{ name: "desktop", inputs: inputs_in_force }] } };
}

function alerts() {
  const one = { id: "1", rule: "input_exhausted", severity: "critical", stream: "desktop", state: "open", title: "No input works", detail: gone[0].message, opened_at: ago(9), resolved_at: null, duration_seconds: 9, notified: 1, held_back: 0 };
  const sink = { name: "ops", kind: "webhook", enabled: true, state: "failing", pending: 1, delivered: 4, failed: 1, dropped: 0, last_error: refused[0].message, last_delivered_at: null, next_try_at: null };
  return { active: [one], history: [{ ...one, id: "0", state: "resolved", resolved_at: ago(1) }], held_back: 0, sinks: [sink] };
}

function json(answer, value, code = 200) {
  answer.writeHead(code, { "Content-Type": "application/json" }).end(text_of(value));
}

const server = createServer((question, answer) => {
  const path = new URL(question.url, "http://stub").pathname;
  if (path.startsWith("/hls/")) return pass_on(question, answer);
  if (path === "/api/status") return json(answer, status());
  if (path === "/openapi.json" && scene !== "old") return json(answer, { paths: { "/api/streams/{stream}/inputs/switch": {}, "/api/streams/{stream}/inputs": {} } });
  if (path === "/api/config" && scene !== "old") return json(answer, config());
  if (path === "/api/streams/desktop/inputs" && question.method === "PATCH") return edit_inputs(question, answer);
  if (path === "/api/alerts" && scene !== "old") return json(answer, alerts());
  if (path === "/api/logs/stream" && scene !== "old") {
    answer.writeHead(200, { "Content-Type": "text/event-stream" });
    answer.write("retry: 1000\n\n");
    for (const line of logs) answer.write(`id: ${line.id}\nevent: log\ndata: ${text_of(line)}\n\n`);
    return;
  }
  if (path === "/api/logs") return json(answer, { logs, last_id: log_id, forgotten: 0 });
  if (path.startsWith("/scene/")) {
    scene = path.slice(7);
    scene_at = Date.now();
    send("status", status());
    return json(answer, { scene });
  }
  if (path === "/api/events") {
    answer.writeHead(200, { "Content-Type": "text/event-stream" });
    answer.write("retry: 1000\n\n");
    listeners.add(answer);
    return question.on("close", () => listeners.delete(answer));
  }
  const range = new URL(question.url, "http://stub").searchParams.get("range") ?? "10m";
  if (path === "/api/history" && scene !== "old") return json(answer, history(range, status().streams));
  const record = /^\/api\/streams\/([^/]+)\/(incidents|cleanup|snapshot\.jpg|inputs\/switch)(?:\/([^/]+)(\/picture\.jpg)?)?$/.exec(path);
  if (record && scene !== "old") return records(question, answer, ...record.slice(1));
  const verb = /^\/api\/streams\/[^/]+\/(start|stop|restart|pause|resume)$/.exec(path);
  if (verb && question.method === "POST") {
    scene = { stop: "stopped", pause: "paused" }[verb[1]] ?? "healthy";
    scene_at = Date.now();
    log("info", `${verb[1]} by the operator`);
    return json(answer, status(), 202);
  }
  return file(answer, path);
});
server.listen(Number(port), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
