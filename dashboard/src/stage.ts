// The picture of one stream: a still that is asked for every two seconds, or a player. On it the sign that says what
// viewers see; below it what the player and the supervisor do not agree about.
import { ask, snapshot_address, stream_address, type StreamStatus } from "./api";
import { element, set_attribute, set_hidden, set_text } from "./dom";
import { duration } from "./format";
import { Player } from "./player";
import { stats_of, type PlayerStats } from "./player_stats";
import { words } from "./state_words";
import "./stage.css";

const mismatch_after_ms = 2500; // the supervisor says live and the picture stands still
const still_interval_ms = 2000;

export class Stage {
  readonly node: HTMLElement;
  readonly video = element("video", { muted: "", playsinline: "" });
  readonly stats: PlayerStats;
  private readonly player: Player;
  private readonly still = element("img", { alt: "", hidden: "" });
  private readonly sign = element("span", { class: "sign" });
  private readonly curtain = element("p", { class: "curtain" });
  private readonly mismatch = element("p", { class: "mismatch", hidden: "" });
  private stream: StreamStatus | null = null;
  private wants_player = false;
  private asked_at = -Infinity;
  private still_address = "";

  constructor(private readonly name: string, controls: boolean) {
    this.stats = stats_of(name);
    this.player = new Player(this.video, stream_address(name), this.stats);
    this.video.controls = controls;
    if (!controls) this.video.tabIndex = -1;
    this.video.setAttribute("aria-label", `Live picture of ${name}`);
    const stage = element("div", { class: "stage" }, this.still, this.video, this.curtain, this.sign);
    this.node = element("div", { class: "stage_box" }, stage, this.mismatch);
    this.show_player();
  }

  // A player (true) or stills (false), as long as the stream has anything to show.
  play(wanted: boolean): void {
    this.wants_player = wanted;
    this.show_player();
  }

  update(stream: StreamStatus): void {
    this.stream = stream;
    this.show_player();
  }

  tick(stale: boolean, seen = true): void {
    if (!this.stream) return;
    this.show_sign(this.stream, stale);
    if (seen && !stale && !this.player.is_running()) void this.ask_still();
  }

  // Nobody looks any more.
  hide(): void {
    this.player.stop();
    set_hidden(this.mismatch, true);
  }

  // The stream is gone from the configuration.
  close(): void {
    this.player.close();
    this.forget_still();
  }

  to_live_edge(): void {
    this.player.to_live_edge();
  }

  is_playing(): boolean {
    return this.player.is_running();
  }

  private is_off(): boolean {
    return this.stream !== null && this.stream.on_air === "nothing" && ["stopped", "idle"].includes(this.stream.state);
  }

  private show_player(): void {
    if (this.wants_player && this.stream && !this.is_off()) this.player.start();
    else this.player.stop();
    if (this.is_off()) this.forget_still();
  }

  // The sign says "Live" only when the supervisor says so, lately, and the picture moves here.
  private show_sign(stream: StreamStatus, stale: boolean): void {
    const picture = stream.on_air === "picture";
    const off = stream.on_air === "nothing";
    const runs = this.player.is_running();
    const still = this.player.still_for_ms();
    const live = picture && !stale && (this.stats.moving || !runs);
    const word = stale ? "Unknown" : !picture ? words(stream).on_air : !runs ? "On air" : live ? "Live" : this.video.paused ? "Paused here" : "Connecting";
    set_text(this.sign, word);
    set_attribute(this.sign, "data-tone", live ? "good" : picture || stale ? "wait" : off ? "rest" : "warn");
    const shows = runs ? this.stats.moving || !this.video.classList.contains("waiting") : !this.still.hidden;
    this.video.classList.toggle("waiting", !runs || (!this.stats.moving && this.video.readyState < 2));
    const dark = (off && !this.stats.moving) || (!shows && this.still.hidden && this.video.classList.contains("waiting"));
    set_hidden(this.curtain, !dark);
    set_text(this.curtain, off ? words(stream).word : runs ? "Connecting" : "No picture yet");
    const differ = runs && picture && !stale && still > mismatch_after_ms && !document.hidden;
    set_hidden(this.mismatch, !differ);
    if (differ) set_text(this.mismatch, `The supervisor says live, but no new picture arrived here for ${duration(still / 1000)}. This player is trying again.`);
  }

  private async ask_still(): Promise<void> {
    const now = performance.now();
    if (document.hidden || this.is_off() || now - this.asked_at < still_interval_ms) return;
    this.asked_at = now;
    try {
      const bytes = await (await ask(snapshot_address(this.name), { headers: { Accept: "image/jpeg" } })).blob();
      this.forget_still();
      this.still_address = URL.createObjectURL(bytes);
      this.still.src = this.still_address;
      set_hidden(this.still, false);
    } catch {
      return; // none yet; the curtain says so
    }
  }

  private forget_still(): void {
    if (this.still_address) URL.revokeObjectURL(this.still_address);
    this.still_address = "";
    set_hidden(this.still, true);
  }
}
