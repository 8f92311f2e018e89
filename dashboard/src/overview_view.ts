// All streams at a glance: a card for each, and the machine. One of the cards in sight plays; the others show stills.
import type { Status } from "./api";
import { element, set_hidden, set_text } from "./dom";
import { HistoryStore } from "./history";
import { MachineCard } from "./machine_card";
import { StreamCard } from "./stream_card";
import { words } from "./state_words";
import type { App, Params, View } from "./view";
import "./overview.css";

const draw_interval_ms = 5000;

export class OverviewView implements View {
  readonly element: HTMLElement;
  private readonly sum = element("p", { class: "overview_sum" });
  private readonly list = element("div", { class: "cards" });
  private readonly empty = element("p", { class: "empty card section", hidden: "" }, 'No stream is configured. Add one to "streams" in the configuration.');
  private readonly machine = new MachineCard();
  private readonly cards = new Map<string, StreamCard>();
  private readonly history: HistoryStore;
  private readonly seen = new Set<string>();
  private readonly sight: IntersectionObserver;
  private chosen = ""; // the card that was last pointed at, or has the focus
  private shown = false;
  private drawn_at = -Infinity;

  constructor(private readonly app: App) {
    this.history = new HistoryStore(app, "6h");
    this.sight = new IntersectionObserver((entries) => this.on_sight(entries), { threshold: [0, 0.6] });
    const head = element("div", { class: "overview_head" }, element("h1", { tabindex: "-1" }, "Streams"), this.sum);
    this.element = element("div", { class: "overview" }, head, this.empty, this.list, this.machine.node);
    app.feed.on("open", () => this.shown && void this.load());
  }

  show(_params: Params): void {
    this.shown = true;
    void this.load();
    this.choose_player();
  }

  hide(): void {
    this.shown = false;
    for (const card of this.cards.values()) card.stage.hide();
  }

  update(status: Status): void {
    const names = status.streams.map((stream) => stream.name);
    this.make_cards(names);
    this.list.classList.toggle("single", names.length === 1);
    this.list.classList.toggle("pairs", names.length === 2 || names.length === 4);
    for (const stream of status.streams) this.cards.get(stream.name)?.update(stream, names.length === 1);
    this.machine.update(status);
    set_text(this.sum, summary(status));
    this.history.add(status);
    this.choose_player();
    if (performance.now() - this.drawn_at > draw_interval_ms) this.draw();
  }

  tick(stale: boolean): void {
    for (const card of this.cards.values()) card.tick(stale, this.seen.has(card.name));
  }

  private async load(): Promise<void> {
    await this.history.load();
    this.draw();
  }

  private draw(): void {
    this.drawn_at = performance.now();
    for (const card of this.cards.values()) card.draw(this.history);
  }

  private make_cards(names: string[]): void {
    for (const [name, card] of this.cards) {
      if (names.includes(name)) continue;
      this.sight.unobserve(card.node);
      card.close();
      this.cards.delete(name);
      this.seen.delete(name);
    }
    set_hidden(this.empty, names.length > 0);
    // A card that is there is never moved: its player would stop.
    names.forEach((name, i) => {
      const { node } = this.card(name);
      if (!node.isConnected || node.parentNode !== this.list) this.list.insertBefore(node, this.list.children[i] ?? null);
    });
  }

  private card(name: string): StreamCard {
    const known = this.cards.get(name);
    if (known) return known;
    const card = new StreamCard(name, this.app);
    card.node.dataset["stream"] = name;
    for (const event of ["pointerenter", "focusin"]) {
      card.node.addEventListener(event, () => {
        this.chosen = name;
        this.choose_player();
      });
    }
    this.cards.set(name, card);
    this.drawn_at = -Infinity;
    this.sight.observe(card.node);
    return card;
  }

  private on_sight(entries: IntersectionObserverEntry[]): void {
    for (const entry of entries) {
      const name = (entry.target as HTMLElement).dataset["stream"] ?? "";
      if (entry.intersectionRatio >= 0.3) this.seen.add(name);
      else this.seen.delete(name);
    }
    this.choose_player();
  }

  // One player at a time: a wall of players would load the machine that is being watched.
  private choose_player(): void {
    const playable = [...this.cards.keys()].filter((name) => this.seen.has(name) && this.on_air(name));
    const player = playable.includes(this.chosen) ? this.chosen : playable[0] ?? (this.cards.size === 1 ? [...this.cards.keys()][0] : "");
    for (const [name, card] of this.cards) card.stage.play(this.shown && name === player);
  }

  private on_air(name: string): boolean {
    return this.app.status?.streams.find((stream) => stream.name === name)?.on_air !== "nothing";
  }
}

// "4 streams: 2 Live, 1 Waiting to retry, 1 Stopped".
function summary(status: Status): string {
  const counts = new Map<string, number>();
  for (const stream of status.streams) {
    const { word } = words(stream);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  if (status.streams.length < 2) return "";
  return `${status.streams.length}: ${[...counts].map(([word, count]) => `${count} ${word.toLowerCase()}`).join(", ")}`;
}
