// The picture with what this page's player goes through: latency, stalls, repairs; and its buttons.
import type { StreamStatus } from "./api";
import { address_box } from "./address_box";
import { element, set_attribute, set_text } from "./dom";
import { milliseconds, number } from "./format";
import { Stage } from "./stage";

const figures: [string, string][] = [
  ["Latency", "How far this player is behind the live edge"],
  ["Aims at", "What the server advises"],
  ["Stalls", "Times the picture stood still here for half a second or longer"],
  ["Longest gap", "Longest time between two pictures shown"],
  ["Buffer", "Loaded and not shown yet"],
  ["Speed", "Slightly faster while it catches up"],
  ["Dropped", "Pictures this browser could not draw in time"],
  ["Repairs", "Times this player was repaired by itself"],
];

export class PlayerPanel {
  readonly node: HTMLElement;
  private readonly stage: Stage;
  private readonly values = new Map<string, HTMLElement>();
  private readonly shows = element("button", { type: "button" }, "Hide picture");
  private readonly live = element("button", { type: "button" }, "Go to live");
  private wanted = true;

  constructor(name: string) {
    this.stage = new Stage(name, true);
    const list = element("dl", { class: "player_figures", "aria-label": "This player" });
    for (const [figure, hint] of figures) {
      const dd = element("dd");
      this.values.set(figure, dd);
      list.append(element("div", { title: hint }, element("dt", {}, figure), dd));
    }
    this.shows.addEventListener("click", () => this.toggle());
    this.live.addEventListener("click", () => this.stage.to_live_edge());
    const full = element("button", { type: "button" }, "Full screen");
    full.addEventListener("click", () => void this.stage.video.requestFullscreen?.().catch(() => undefined));
    const bar = element("div", { class: "player_bar" }, this.shows, this.live, full, address_box(name));
    this.node = element("section", { class: "card player_card", "aria-label": "Player" }, this.stage.node, bar, list);
  }

  // Seconds behind the live edge; 0 where it is not known.
  latency(): number {
    return this.stage.is_playing() && this.stage.stats.moving ? this.stage.stats.latency : 0;
  }

  update(stream: StreamStatus): void {
    this.stage.update(stream);
  }

  show(): void {
    this.stage.play(this.wanted);
  }

  hide(): void {
    this.stage.hide();
  }

  tick(stale: boolean): void {
    this.stage.tick(stale);
    const p = this.stage.stats;
    const plays = this.stage.is_playing();
    this.live.disabled = !plays;
    this.set("Latency", p.moving && p.latency > 0 ? `${number(p.latency, 2)} s` : plays ? "no picture" : "not playing");
    this.set("Aims at", plays && p.target_latency > 0 ? `${number(p.target_latency, 2)} s` : "–");
    this.set("Stalls", number(p.stalls), p.stalls > 0);
    this.set("Longest gap", p.frame_gap_max_ms > 0 ? milliseconds(p.frame_gap_max_ms) : "–");
    this.set("Buffer", plays ? `${number(p.buffer_seconds, 1)} s` : "–");
    this.set("Speed", plays ? `${number(p.playback_rate, 2)} ×` : "–");
    this.set("Dropped", p.total_frames > 0 ? `${number(p.dropped_frames)} of ${number(p.total_frames)}` : "–");
    this.set("Repairs", number(p.recoveries), p.recoveries > 0, p.last_error);
  }

  close(): void {
    this.stage.close();
  }

  private toggle(): void {
    this.wanted = !this.wanted;
    set_text(this.shows, this.wanted ? "Hide picture" : "Show picture");
    this.shows.title = this.wanted ? "" : "The player is off: only a still every two seconds";
    this.stage.play(this.wanted);
  }

  private set(figure: string, text: string, warns = false, title = ""): void {
    const node = this.values.get(figure);
    if (!node) return;
    set_text(node, text);
    set_attribute(node, "data-tone", warns ? "warn" : "");
    if (title) set_attribute(node, "title", title);
  }
}
