// A stream's state: shape, word, since when and what comes next; below it, why.
import type { StreamStatus } from "./api";
import { element, set_attribute, set_text } from "./dom";
import { duration } from "./format";
import { next_step, reason, words } from "./state_words";

export class StateLine {
  readonly node: HTMLElement;
  private readonly head = element("p", { class: "state" });
  private readonly word = element("strong", { class: "state_word" });
  private readonly since = element("span", { class: "since" });
  private readonly why = element("p", { class: "why" });
  private stream: StreamStatus | null = null;
  private updated_at = 0;

  constructor() {
    this.head.append(element("span", { class: "shape", "aria-hidden": "true" }), this.word, this.since);
    this.node = element("div", { class: "state_line" }, this.head, this.why);
  }

  update(stream: StreamStatus): void {
    this.stream = stream;
    this.updated_at = performance.now();
    set_text(this.why, reason(stream));
    this.tick(false);
  }

  // What is no longer certain is no state: only the last one known.
  tick(stale: boolean): void {
    if (!this.stream) return;
    const { tone, word } = words(this.stream);
    set_attribute(this.head, "data-tone", stale ? "rest" : tone);
    set_text(this.word, stale ? `Last known: ${word}` : word);
    const passed = performance.now() - this.updated_at;
    const since = this.stream.since ? new Date(this.stream.since).toLocaleString("en-GB") : "";
    const parts = [`for ${duration((this.stream.state_seconds ?? 0) + passed / 1000)}`, next_step(this.stream, passed)];
    set_text(this.since, stale ? `${duration(passed / 1000)} ago` : parts.filter(Boolean).join(" · "));
    set_attribute(this.since, "title", since ? `Since ${since}` : "");
  }
}
