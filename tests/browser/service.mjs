// A real streamer-supervisor with real workers, and the X server with two monitors that it shows, for the browser tests.
// Programs: STREAMER_BIN; the sources: STREAMER_SOURCE. Everything started here is ended here, by process id.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

const { STREAMER_BIN, STREAMER_SOURCE } = process.env;
const small_picture = { width: 320, height: 180, fps: 15, bitrate: 400, encoder: "libx264", keyframe_interval: 1 };
export const short_media = { segment_duration: 1, part_duration: 0.2, window_segments: 6 };
// A replacement is never delayed: backoff is not what is looked at.
const restart_at_once = { max_restarts: 1_000_000, restart_delay: 0, backoff_max: 0, stable_after: 0.1 };

export function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

// The first true answer of question(); fails with `what` after `seconds`.
export async function wait_for(question, seconds, what) {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(50);
  }
}

function free_port() {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

export class Desktop {
  constructor(folder) {
    this.folder = folder;
    this.script = join(STREAMER_SOURCE, "tests/support/two_monitors.sh");
    execFileSync(this.script, ["start", "--dir", folder, "--width", "640", "--height", "360"], { stdio: ["ignore", "ignore", "inherit"] });
    this.display = readFileSync(join(folder, "display"), "utf8").trim();
    this.has_two = readFileSync(join(folder, "server"), "utf8").trim() === "Xorg";
    this.painter = spawn(join(STREAMER_BIN, "streamer-demo-card"), ["--display", this.display, "--geometry", "640x360+640+0", "--number", "2"], { stdio: "ignore" });
  }

  stop() {
    this.painter.kill();
    execFileSync(this.script, ["stop", "--dir", this.folder]);
  }
}

export function stream(name, inputs, changes = {}) {
  return { name, inputs, video: small_picture, hls: short_media, restart: restart_at_once, standby: "off", ...changes };
}

export class Service {
  // `config(port)`: the document.
  constructor(folder, config) {
    this.folder = folder;
    this.make_config = config;
    this.config_path = join(folder, "config.json");
    this.process = null;
    for (const name of ["run", "state"]) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
  }

  async start() {
    this.port = await free_port();
    this.address = `http://127.0.0.1:${this.port}`;
    writeFileSync(this.config_path, `${JSON.stringify(this.make_config(this.port), null, 2)}\n`, { mode: 0o600 });
    await this.run();
    return this;
  }

  async run() {
    const log = openSync(join(this.folder, "supervisor.log"), "a");
    const environment = { ...process.env, RUNTIME_DIRECTORY: join(this.folder, "run"), STATE_DIRECTORY: join(this.folder, "state") };
    delete environment.DISPLAY;
    this.process = spawn(join(STREAMER_BIN, "streamer-supervisor"), ["run", "--config", this.config_path], { stdio: ["ignore", log, log], env: environment });
    this.process.once("exit", (code, signal) => this.ending || console.error(`the supervisor ended by itself: ${code ?? signal}\n${this.log()}`));
    this.ending = false;
    await wait_for(() => this.process.exitCode !== null || this.is_alive(), 15, "/healthz answers");
    assert.equal(this.process.exitCode, null, `the supervisor ended:\n${this.log()}`);
  }

  async is_alive() {
    return (await fetch(`${this.address}/healthz`).catch(() => null))?.status === 200;
  }

  // As the kernel would, out of memory.
  async kill() {
    await this.end("SIGKILL");
  }

  async stop() {
    if (this.process && this.process.exitCode === null && this.process.signalCode === null) await this.end("SIGTERM");
  }

  async end(signal) {
    this.ending = true;
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill(signal);
    await ended;
  }

  log() {
    return readFileSync(join(this.folder, "supervisor.log"), "utf8").split("\n").slice(-40).join("\n");
  }

  async json(path) {
    const answer = await fetch(this.address + path);
    assert.equal(answer.status, 200, `${path}: ${answer.status}`);
    return answer.json();
  }

  async post(path, body) {
    return fetch(this.address + path, { method: "POST", headers: { "Content-Type": "application/json" }, ...(body ? { body: JSON.stringify(body) } : {}) });
  }

  async status(name) {
    return (await this.json("/api/status")).streams.find((one) => one.name === name);
  }

  async until_live(name, seconds = 20) {
    return wait_for(async () => {
      const now = await this.status(name);
      return now.on_air === "picture" && now.worker_pid > 0 && ["healthy", "degraded"].includes(now.state) ? now : null;
    }, seconds, `${name} shows its picture\n${this.log()}`);
  }
}
