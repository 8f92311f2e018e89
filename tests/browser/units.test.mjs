// Parts of the dashboard that need no browser: addresses, history, runs, words. Bundled from their sources as they are.
// node --test units.test.mjs, with DASHBOARD_BUILD: the folder that holds src and node_modules (esbuild).
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";

const folder = process.env.DASHBOARD_BUILD;
const { build } = createRequire(join(folder, "package.json"))("esbuild");

async function load(name) {
  const result = await build({ entryPoints: [join(folder, "src", name)], bundle: true, write: false, format: "esm", loader: { ".css": "empty" } });
  return import(`data:text/javascript;base64,${Buffer.from(result.outputFiles[0].contents).toString("base64")}`);
}

test("addresses lead to views, and back", async () => {
  const { place_of, stream_hash, incident_hash, drill_hash } = await load("router.ts");
  const params = (hash) => ({ ...place_of(hash).params, route: place_of(hash).route, query: place_of(hash).params.query.toString() });
  assert.deepEqual(params(""), { route: "overview", stream: "", incident: "", query: "" });
  assert.deepEqual(params("#/nowhere/at/all"), { route: "overview", stream: "", incident: "", query: "" });
  assert.deepEqual(params(stream_hash("a b/ü")), { route: "stream", stream: "a b/ü", incident: "", query: "" });
  assert.deepEqual(params(incident_hash("x", "2026Z-1")), { route: "incident", stream: "x", incident: "2026Z-1", query: "" });
  assert.deepEqual(params(drill_hash("x")), { route: "drill", stream: "x", incident: "", query: "" });
  assert.deepEqual(params("#/logs?stream=x&level=warn"), { route: "logs", stream: "", incident: "", query: "stream=x&level=warn" });
  assert.equal(place_of("#/stream/%E0%A4%A").params.stream, "%E0%A4%A", "half an escape is taken as it is");
});

test("inputs: what the fields of a type hold is what is sent, and back", async () => {
  const { fields_of, input_of, shown } = await load("input_fields.ts");
  const round = (input) => {
    const fields = new Map(fields_of(input.type).map((field) => [field.key, shown(field, input[field.key])]));
    return input_of(input.type, (key) => fields.get(key));
  };
  const inputs = [
    { type: "x11", monitor: 1, locked: "slate" },
    { type: "x11", monitor: { x: 0, y: 0, width: 640, height: 360 }, cursor: false },
    { type: "url", url: "rtsp://camera/1", timeout: 2.5, options: { rtsp_transport: "tcp", headers: "A: b=c" }, exclusive: true },
    { type: "file", path: "/a b.mp4", loop: false },
    { type: "device", format: "v4l2", device: "/dev/video0", exclusive: false },
    { type: "pattern" },
    { type: "slate", text: "Back soon", background: "plain" },
  ];
  for (const input of inputs) assert.deepEqual(round(input), input);
  assert.deepEqual(round({ type: "x11", monitor: "second", cursor: true, capture: "xcb" }), { type: "x11" }, "a default is not written");
  const written = { url: " srt://a:1 ", timeout: "soon", options: "a=b\n\nflag\n", exclusive: "false" };
  assert.deepEqual(input_of("url", (key) => written[key] ?? ""), { type: "url", url: "srt://a:1", timeout: "soon", options: { a: "b", flag: "" } }, "what makes no sense is for the supervisor to refuse");
});

test("inputs: who is on air, and why, in words", async () => {
  const { choice_words, content_words, input_figures, switch_warning, switch_words } = await load("input_words.ts");
  const stream = { on_air: "picture", active_input: 1, viewers: 2, inputs: [{ input_priority: 0, type: "x11" }, { input_priority: 1, type: "url", name: "srt://a:1" }] };
  assert.equal(choice_words({ ...stream, active_input: 0 }), "The first input is on air.");
  assert.equal(choice_words(stream), "On air is input 1 (srt://a:1).");
  const change = { at: "", from: 0, to: 1, reason: "timeout", detail: "4 s" };
  assert.equal(choice_words({ ...stream, switches: [change] }), "On air is input 1 (srt://a:1): the one before gave no picture worth showing.");
  assert.match(choice_words({ ...stream, override_input: 1 }), /^Chosen by hand: input 1 \(srt/);
  assert.match(choice_words({ ...stream, override_input: 1, exhausted: true }), /^No input works/);
  assert.equal(switch_words(change), "input 0 to input 1: the one before gave no picture worth showing (4 s)");
  assert.equal(content_words({ content: "good" }), "");
  assert.equal(content_words({ content: "frozen" }), "its picture stands still");
  assert.equal(input_figures({ fps: 29.97, bitrate_kbps: 0, packet_loss: null }), "30 fps");
  assert.equal(switch_warning({ type: "url", status: "idle" }, stream), "");
  assert.match(switch_warning({ type: "url", status: "degraded" }, stream), /^2 viewers are watching\. This input does not work/);
  assert.match(switch_warning({ type: "slate", status: "idle" }, stream), /see the slate/);
});

function status(at, change = {}) {
  const stream = { name: "desktop", worker_pid: 7, fps: 30, bitrate_kbps: 900, worker: { cpu_percent: 5, rss_mb: 60 }, on_air: "picture", viewers: 1, restart_count: 0 };
  return { at: new Date(at * 1000).toISOString(), system: { cpu_percent: 11 }, streams: [{ ...stream, ...change }] };
}

function answers(body, code = 200) {
  globalThis.fetch = async () => new Response(JSON.stringify(body), { status: code, headers: { "Content-Type": "application/json" } });
}

test("history: what the supervisor kept is followed by what comes", async () => {
  const { HistoryStore } = await load("history.ts");
  answers({ range: "10m", interval_seconds: 1, at: [1000, 1001], system: { cpu_percent: [9, 10] }, streams: { desktop: { fps: [null, 29], on_air: ["slate", "picture"] } } });
  const history = new HistoryStore({ status: null }, "10m");
  await history.load();
  assert.equal(history.state, "kept");
  history.add(status(1002.4));
  history.add(status(1002.9, { fps: 28 }));
  assert.deepEqual(history.at, [1000, 1001, 1002]);
  assert.deepEqual(history.numbers("desktop", "fps"), [null, 29, 28]);
  assert.deepEqual(history.words("desktop", "on_air"), ["slate", "picture", "picture"]);
  assert.deepEqual(history.machine("cpu_percent"), [9, 10, 11]);
  assert.deepEqual(history.numbers("desktop", "viewers"), [null, null, 1], "a column that was not kept has no past");
  assert.deepEqual(history.numbers("other", "fps"), [null, null, null]);
});

test("history: only what fits the range is kept, to the second", async () => {
  const { HistoryStore } = await load("history.ts");
  answers({ title: "Not Found" }, 404);
  const history = new HistoryStore({ status: null }, "10m");
  await history.load();
  assert.equal(history.state, "missing");
  for (let at = 5000; at <= 5601; ++at) history.add(status(at));
  assert.equal(history.at[0], 5001);
  assert.equal(history.at.length, 601);
  assert.equal(history.numbers("desktop", "fps").length, 601);
});

test("history: without a worker nothing is measured, and nothing old is repeated", async () => {
  const { HistoryStore } = await load("history.ts");
  answers({}, 503);
  const history = new HistoryStore({ status: null }, "10m");
  await history.load();
  assert.equal(history.state, "failed");
  history.add(status(10));
  history.add(status(11, { worker_pid: 0, on_air: "nothing" }));
  assert.deepEqual(history.numbers("desktop", "fps"), [30, null]);
  assert.deepEqual(history.words("desktop", "on_air"), ["picture", "nothing"]);
  history.add({ ...status(12), at: "yesterday" });
  assert.equal(history.at.length, 2, "a time that is none is left out");
});

test("neighbouring moments of one kind are one run; what is unknown ends it", async () => {
  const { runs_of } = await load("on_air_strip.ts");
  const kinds = ["picture", "picture", null, "picture", "slate", "slate"];
  assert.deepEqual(runs_of([0, 10, 20, 30, 40, 50], kinds, 10), [
    { kind: "picture", from: 0, to: 20 },
    { kind: "picture", from: 30, to: 40 },
    { kind: "slate", from: 40, to: 60 },
  ]);
  assert.equal(runs_of([0, 40], ["picture", "picture"], 10).length, 2, "nothing is said about a time without moments");
  assert.deepEqual(runs_of([], [], 10), []);
});

// A viewer of parts of `part` s, `hold` s behind wanted, who starts `start` s behind the edge; delay(n): how late part n comes.
async function watched({ part, hold, start, seconds, delay = () => 0.03 }) {
  const { LivePace } = await load("live_pace.ts");
  const pace = new LivePace();
  const step = 0.01;
  let at = start, playhead = 0, edge = start, rate = 1, changes = 0, dry = 0, parts = 0;
  for (let tick = 1; tick < seconds / step; ++tick) {
    const now = tick * step;
    while (start + (parts + 1) * part + delay(parts) <= start + now) {
      pace.buffer(now * 1000, edge - playhead);
      edge += part;
      ++parts;
    }
    const moved = Math.min(edge, playhead + step * rate);
    if (moved < playhead + step * rate) ++dry;
    playhead = moved;
    at = start + now - playhead;
    if (tick % 25 !== 0) continue;
    pace.buffer(now * 1000, edge - playhead);
    const wanted = pace.rate(now * 1000, at - hold);
    if (wanted !== rate) ++changes;
    rate = wanted;
  }
  return { at, dry, changes, rate };
}

test("a viewer comes to the distance that is asked for and stays there", async () => {
  for (const [part, hold] of [[0.2, 0.6], [0.1, 0.3]]) {
    const far = await watched({ part, hold, start: 1.5, seconds: 60 });
    assert.ok(Math.abs(far.at - hold) < 0.12, `parts of ${part}: ends ${far.at} behind`);
    assert.deepEqual([far.dry, far.rate], [0, 1]);
    assert.ok(far.changes < 25, `${far.changes} changes of speed`);
  }
});

test("a line that delivers late keeps its viewer as far away as it needs to be", async () => {
  const delay = (part) => (part % 40 === 39 ? 0.25 : 0.03); // of parts of 0.1 s every fortieth
  const { at, dry } = await watched({ part: 0.1, hold: 0.3, start: 1, seconds: 120, delay });
  assert.ok(at > 0.42 && at < 0.6, `${at} s behind`);
  assert.equal(dry, 0, "never without a picture");
});

test("a buffer that runs dry is played slower, and a stall is forgiven after a minute", async () => {
  const { LivePace } = await load("live_pace.ts");
  const pace = new LivePace();
  assert.equal(pace.rate(0, 0), 1, "nothing known");
  pace.buffer(1000, 0.03);
  assert.ok(pace.rate(1000, 0.5) < 1, "thin");
  pace.buffer(1500, 0.1);
  assert.ok(pace.rate(2100, 0.5) < 1, "not enough yet");
  pace.buffer(2200, 0.12);
  assert.equal(pace.rate(3000, 0.5), 1, "but no nearer while the low is remembered");
  assert.ok(pace.rate(3000, -0.06) < 1, "nearer than wanted");
  assert.ok(pace.rate(3000, -0.01) < 1, "still");
  assert.equal(pace.rate(3000, 0.01), 1, "and where it should be");
  pace.stalled(3000);
  assert.equal(pace.caution, 0.1);
  for (let i = 0; i < 50; ++i) pace.stalled(4000);
  assert.equal(pace.caution, 1);
  pace.rate(63_999, 0);
  assert.equal(pace.caution, 1);
  pace.rate(64_000, 0);
  assert.equal(pace.caution, 0.9);
});

test("states have words, unknown ones are shown as they are", async () => {
  const { words, next_step } = await load("state_words.ts");
  assert.equal(words({ state: "healthy", on_air: "picture" }).word, "Live");
  assert.equal(words({ state: "healthy", on_air: "slate" }).tone, "warn", "healthy workers with a slate on air are no good news");
  assert.equal(words({ state: "dreaming", on_air: "dream" }).word, "dreaming");
  assert.equal(next_step({ next_retry_ms: 3000 }, 1000), "Next try in 2.0 s");
  assert.equal(next_step({ next_retry_ms: 3000 }, 3001), "Trying now");
  assert.equal(next_step({}, 0), "");
});

test("numbers are written as people read them; what was not measured says so", async () => {
  const { bit_rate, duration, measured, mebibytes, milliseconds, number } = await load("format.ts");
  assert.deepEqual([0, 59.9, 60, 3600, 172_800].map(duration), ["0 s", "59 s", "1 min 0 s", "1 h 0 min", "2 d 0 h"]);
  assert.deepEqual([999, 1000, 9999, 10_000].map(milliseconds), ["999 ms", "1.0 s", "10.0 s", "10 s"]);
  assert.deepEqual([999, 1000].map(bit_rate), ["999 kbit/s", "1.0 Mbit/s"]);
  assert.equal(mebibytes(1024), "1.0 GiB");
  assert.equal(number(NaN), "–");
  assert.equal(measured(null, String), null);
  assert.equal(measured(0, String), "0");
});

test("marks of an incident that are close stand below each other, and ticks are round", async () => {
  const { lanes_of, tick_distance } = await load("incident_course.ts");
  assert.deepEqual(lanes_of([0, 0, 7, 8, 50], 7, 4), [0, 1, 0, 1, 0]);
  assert.deepEqual(lanes_of([0, 0, 0, 7], 7, 2), [0, 1, null, 0]);
  assert.deepEqual([825, 5, 1, 30_000].map(tick_distance), [200, 1, 0.2, 10_000]);
});
