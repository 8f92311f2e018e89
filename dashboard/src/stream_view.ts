// One stream: its picture, what state it is in and why, its numbers and its buttons.
import { stream_address, type Status, type StreamStatus } from "./api";
import { address_box } from "./address_box";
import { Control } from "./control";
import { announce, element, set_attribute, set_hidden, set_text } from "./dom";
import { FactList } from "./fact_list";
import { bit_rate, duration, mebibytes, milliseconds, number } from "./format";
import { IncidentView } from "./incident_view";
import { InputView } from "./input_view";
import { Player } from "./player";
import { stats_of } from "./player_stats";
import { next_step, reason, words } from "./state_words";
import { Tile } from "./tile";

const mismatch_after_ms = 2500; // the supervisor says live and the picture stands still

export class StreamView {
  readonly node: HTMLElement;
  private readonly video = element("video", { controls: "", muted: "", playsinline: "" });
  private readonly sign = element("span", { class: "sign" });
  private readonly curtain = element("p", { class: "curtain" });
  private readonly mismatch = element("p", { class: "mismatch", hidden: "" });
  private readonly state = element("strong", { class: "state_word" });
  private readonly why = element("p", { class: "why" });
  private readonly since = element("p", { class: "since" });
  private readonly errors = element("details", { class: "errors" });
  private readonly stage = element("div", { class: "stage" });
  private readonly tiles = { fps: new Tile("Frame rate"), rate: new Tile("Bit rate"), cpu: new Tile("Worker CPU"), latency: new Tile("Latency here") };
  private readonly worker = new FactList();
  private readonly media = new FactList();
  private readonly viewer = new FactList();
  private readonly inputs = new InputView();
  private readonly incidents: IncidentView;
  private readonly control: Control;
  private readonly player: Player;
  private readonly stats;
  private stream: StreamStatus;
  private updated_at = performance.now();
  private errors_shown = "";

  constructor(stream: StreamStatus, on_status: (status: Status) => void) {
    this.stream = stream;
    this.stats = stats_of(stream.name);
    this.control = new Control(stream.name, on_status);
    this.incidents = new IncidentView(stream.name);
    this.player = new Player(this.video, stream_address(stream.name), this.stats);
    this.video.setAttribute("aria-label", `Live picture of ${stream.name}`);
    this.node = this.build(stream.name);
    this.update(stream);
  }

  update(stream: StreamStatus): void {
    const changed = stream.state !== this.stream.state || stream.on_air !== this.stream.on_air;
    this.stream = stream;
    this.updated_at = performance.now();
    if (changed) announce(`${stream.name}: ${words(stream).word}. ${reason(stream)}`);
    if (stream.on_air === "nothing" && (stream.state === "stopped" || stream.state === "idle")) this.player.stop();
    else this.player.start();
    this.show_state();
    this.show_worker();
    this.show_media();
    this.inputs.update(stream);
    this.incidents.update(stream);
    this.control.update(stream);
    this.show_errors();
    this.tiles.fps.add(stream.fps, 30);
    this.tiles.rate.add(stream.bitrate_kbps, 1000);
    this.tiles.cpu.add(stream.worker.cpu_percent, 100);
    this.tiles.latency.add(this.stats.latency, 2);
  }

  // Between two updates: clocks, the player, and whether both agree.
  tick(stale: boolean): void {
    this.show_clocks();
    this.show_viewer();
    this.show_picture(stale);
  }

  // The stream is gone from the configuration.
  close(): void {
    this.player.stop();
  }

  private build(name: string): HTMLElement {
    const title = `stream_${name}`;
    this.stage.append(this.video, this.curtain, this.sign);
    const picture = element("div", { class: "picture" }, this.stage, this.mismatch, this.tile_row(), address_box(name));
    const head = element("div", { class: "state" }, element("span", { class: "dot", "aria-hidden": "true" }), this.state);
    const side = element(
      "div",
      { class: "side" },
      element("h2", { id: title }, name),
      head,
      this.why,
      this.since,
      this.control.node,
      this.group("Inputs", this.inputs.node),
      this.group("Worker", this.worker.node),
      this.group("This player", this.viewer.node),
      this.incidents.node,
      this.errors,
    );
    const numbers = this.group("Published stream", this.media.node);
    numbers.classList.add("numbers");
    picture.append(numbers);
    return element("article", { class: "card stream", "aria-labelledby": title }, picture, side);
  }

  private group(title: string, content: HTMLElement): HTMLElement {
    return element("section", { class: "group" }, element("h3", {}, title), content);
  }

  private tile_row(): HTMLElement {
    return element("div", { class: "tiles" }, ...Object.values(this.tiles).map((tile) => tile.node));
  }

  private show_state(): void {
    const { tone, word } = words(this.stream);
    set_attribute(this.node, "data-tone", tone);
    set_text(this.state, word);
    set_text(this.why, reason(this.stream));
    this.show_clocks();
  }

  private show_clocks(): void {
    const passed = performance.now() - this.updated_at;
    const parts = [`For ${duration(this.stream.state_seconds + passed / 1000)}`, next_step(this.stream, passed)];
    set_text(this.since, parts.filter(Boolean).join(" · "));
  }

  private show_worker(): void {
    const s = this.stream;
    const alive = s.worker_pid > 0;
    this.tiles.cpu.set(alive ? `${number(s.worker.cpu_percent)} %` : "–", alive ? mebibytes(s.worker.rss_mb) : "no worker");
    this.worker.set("Process", alive ? `pid ${s.worker_pid}` : "none");
    this.worker.set("Generation", number(s.generation), "Number of this worker life");
    this.worker.set("Uptime", alive ? duration(s.uptime_seconds) : "–");
    this.worker.set("Restarts", number(s.restart_count));
    this.worker.set("Standby", s.standby_pid > 0 ? `pid ${s.standby_pid}` : "");
    this.worker.set("Last exit", s.last_exit ?? "");
    this.worker.set("Last recovery", s.last_recovery_ms === null ? "" : milliseconds(s.last_recovery_ms), "From the failure to the first new part");
    this.worker.set("Heartbeat", s.last_activity_ago === null ? "" : `${milliseconds(s.last_activity_ago * 1000)} ago`);
  }

  private show_media(): void {
    const s = this.stream;
    this.tiles.fps.set(s.fps > 0 ? number(s.fps, 1) : "–", "pictures a second");
    this.tiles.rate.set(s.bitrate_kbps > 0 ? bit_rate(s.bitrate_kbps) : "–", s.encoder || "no encoder");
    this.media.set("Picture", s.width > 0 ? `${s.width} × ${s.height}` : "–");
    this.media.set("Encoder", s.encoder || "–");
    this.media.set("Not used", s.encoder_fallback_reason ?? "", "Why the first choice of encoder is not used", "warn");
    this.media.set("Pictures dropped", number(s.frames_dropped));
    this.media.set("Last part", s.last_part_age_ms === null ? "–" : `${milliseconds(s.last_part_age_ms)} ago`);
    this.media.set("Window", `${s.segment_count} segments · ${mebibytes(s.window_mb ?? 0)}`);
    this.media.set("Media sequence", number(s.media_sequence));
    this.media.set("Discontinuities", number(s.discontinuity_sequence));
    this.media.set("Bridged parts", number(s.parts_bridged ?? 0), "Parts of repeated pictures, while a worker was late or replaced");
    this.media.set("Viewers", number(s.viewers));
    this.media.set("Files", s.mirror_error ?? "", "output_dir", "warn");
  }

  private show_errors(): void {
    const lines = this.stream.recent_errors ?? [];
    const key = lines.join("\n");
    if (key === this.errors_shown) return;
    this.errors_shown = key;
    const items = lines.map((line) => element("li", {}, line));
    this.errors.replaceChildren(element("summary", {}, `Last errors (${lines.length})`), element("ul", {}, ...items));
  }

  private show_viewer(): void {
    const p = this.stats;
    const known = p.latency > 0;
    this.tiles.latency.set(known ? `${number(p.latency, 1)} s` : "–", known ? `aims at ${number(p.target_latency, 1)} s` : p.engine === "none" ? "not playing" : "connecting");
    this.viewer.set("Stalls", number(p.stalls), "Times the picture stood still here", p.stalls > 0 ? "warn" : "");
    this.viewer.set("Buffer", `${number(p.buffer_seconds, 1)} s`);
    this.viewer.set("Speed", `${number(p.playback_rate, 2)} ×`);
    this.viewer.set("Pictures dropped", `${number(p.dropped_frames)} of ${number(p.total_frames)}`);
    this.viewer.set("Repairs", number(p.recoveries), "Times this player was repaired by itself");
    this.viewer.set("Last error", p.last_error);
  }

  // The sign says "Live" only when the supervisor says so, lately, and the picture moves here.
  private show_picture(stale: boolean): void {
    const s = this.stream;
    const picture = s.on_air === "picture";
    const off = s.on_air === "nothing";
    const still = this.player.still_for_ms();
    const live = picture && !stale && this.stats.moving;
    set_text(this.sign, live ? "Live" : stale ? "Unknown" : !picture ? words(s).on_air : this.video.paused ? "Paused here" : "Connecting");
    set_attribute(this.sign, "data-tone", live ? "good" : picture ? "wait" : off ? "rest" : "warn");
    set_hidden(this.curtain, !off || this.stats.moving);
    set_text(this.curtain, off ? words(s).word : "");
    const differ = picture && !stale && still > mismatch_after_ms && !document.hidden;
    set_hidden(this.mismatch, !differ);
    if (differ) set_text(this.mismatch, `The supervisor says live, but no new picture arrived here for ${duration(still / 1000)}. This player is trying again.`);
  }
}
