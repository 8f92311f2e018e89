// The live log: filter, search, pause, copy. Lines come from log_stream.ts while it is shown, and once more when it is
// shown again.
import type { Status } from "./api";
import { copy_text } from "./clipboard";
import { announce, element, set_attribute, set_hidden, set_text } from "./dom";
import { number } from "./format";
import { level_ranks, lines_max, LogList } from "./log_list";
import { LogStream } from "./log_stream";
import type { App, Params, View } from "./view";
import "./logs_view.css";

const levels = [["debug", "All levels"], ["info", "Info and worse"], ["warn", "Warnings and errors"], ["error", "Errors only"]] as const;
const level_default = "info";
const service = "-"; // among the names of streams: the service itself
const note_shown_ms = 4000;

export class LogsView implements View {
  readonly element = element("div", { class: "logs_view" });
  private readonly stream = element("select", { id: "log_stream" });
  private readonly level = element("select", { id: "log_level" });
  private readonly search = element("input", { id: "log_search", type: "search", placeholder: "Text to find", autocomplete: "off", spellcheck: "false" });
  private readonly pause = element("button", { type: "button", "aria-pressed": "false" }, "Pause");
  private readonly copy = element("button", { type: "button" }, "Copy");
  private readonly counts = element("p", { class: "log_counts" });
  private readonly interrupted = element("p", { class: "log_interrupted", role: "status" });
  private readonly newest = element("button", { type: "button", class: "log_newest", hidden: "" });
  private readonly empty = element("p", { class: "empty" });
  private readonly list = new LogList(() => this.show_counts());
  private readonly waiting: (() => void)[] = []; // what came while paused; the last lines_max of it
  private waited = 0;
  private paused = false;
  private settling = false;
  private copy_timer = 0;
  private names = "";
  private wanted_stream = "";
  private readonly lines = new LogStream({
    on_line: (line) => this.take(() => this.list.add(line), true),
    on_gap: (lost) => this.take(() => this.list.mark(`${number(lost)} lines are missing here: the supervisor keeps no more`), false),
    on_new_supervisor: () => this.take(() => this.list.mark("The supervisor started anew"), false),
    on_connected: (connected) => this.show_connection(connected),
  });

  constructor(_app: App) {
    for (const [value, text] of levels) this.level.append(element("option", { value }, text));
    this.stream.append(element("option", { value: "" }, "Everything"), element("option", { value: service }, "The service itself"));
    this.level.value = level_default;
    for (const field of [this.stream, this.level]) field.addEventListener("change", () => this.filter_changed());
    this.search.addEventListener("input", () => this.filter_changed());
    this.pause.addEventListener("click", () => this.set_paused(!this.paused));
    this.copy.addEventListener("click", () => void this.copy_shown());
    this.newest.addEventListener("click", () => this.go_to_newest());
    this.element.append(
      element("div", { class: "view_head" }, element("h1", { tabindex: "-1" }, "Log"), this.counts),
      element(
        "div",
        { class: "log_tools", role: "group", "aria-label": "Which lines" },
        labelled("From", this.stream),
        labelled("Level", this.level),
        labelled("Search", this.search),
        this.pause,
        this.copy,
      ),
      this.interrupted,
      element("div", { class: "card log_box" }, this.list.node, this.empty, this.newest),
    );
  }

  show(params: Params): void {
    const { query } = params;
    this.wanted_stream = query.get("stream") ?? "";
    this.choose_stream();
    this.level.value = levels.some(([value]) => value === query.get("level")) ? (query.get("level") as string) : level_default;
    this.search.value = query.get("q") ?? "";
    this.apply_filter();
    this.lines.start();
  }

  hide(): void {
    this.lines.stop();
  }

  update(status: Status): void {
    const names = status.streams.map((stream) => stream.name);
    if (names.join(" ") === this.names) return;
    this.names = names.join(" ");
    this.stream.replaceChildren(...[...this.stream.children].slice(0, 2), ...names.map((name) => element("option", { value: name }, name)));
    this.choose_stream();
    this.apply_filter();
  }

  // A stream of the address may not be known yet.
  private choose_stream(): void {
    const known = [...this.stream.options].some((option) => option.value === this.wanted_stream);
    this.stream.value = known ? this.wanted_stream : "";
  }

  private take(add: () => void, is_line: boolean): void {
    if (this.paused) {
      this.waiting.push(add);
      if (this.waiting.length > lines_max) this.waiting.shift();
      if (is_line) ++this.waited;
      this.show_pause();
      return;
    }
    add();
    this.settle_soon();
  }

  // Many lines in one turn cost one layout.
  private settle_soon(): void {
    if (this.settling) return;
    this.settling = true;
    setTimeout(() => {
      this.settling = false;
      this.list.settle();
    });
  }

  private set_paused(paused: boolean): void {
    this.paused = paused;
    if (!paused) {
      for (const add of this.waiting.splice(0)) add();
      this.waited = 0;
      this.list.settle();
    }
    this.show_pause();
    this.show_counts();
    announce(paused ? "The log is paused." : "The log goes on.");
  }

  private show_pause(): void {
    set_attribute(this.pause, "aria-pressed", String(this.paused));
    const more = this.waited > 0 ? `Resume (${number(this.waited)} new)` : "Resume";
    set_text(this.pause, this.paused ? more : "Pause");
  }

  private filter_changed(): void {
    this.wanted_stream = this.stream.value;
    const query = new URLSearchParams();
    if (this.stream.value) query.set("stream", this.stream.value);
    if (this.level.value !== level_default) query.set("level", this.level.value);
    if (this.search.value) query.set("q", this.search.value);
    const text = query.toString();
    history.replaceState(null, "", text ? `#/logs?${text}` : "#/logs");
    this.apply_filter();
  }

  private apply_filter(): void {
    const stream = this.stream.value;
    this.list.set_filter({
      stream: stream === "" ? null : stream === service ? "" : stream,
      rank: level_ranks[this.level.value] ?? 1,
      text: this.search.value.trim().toLowerCase(),
    });
  }

  private go_to_newest(): void {
    this.list.follow();
    this.list.node.focus();
  }

  private show_counts(): void {
    const { shown, total } = this.list;
    set_text(this.counts, shown === total ? `${number(total)} lines` : `${number(shown)} of ${number(total)} lines`);
    set_hidden(this.empty, shown > 0);
    set_text(this.empty, total > 0 ? "No line fits. Widen the level or clear the search." : "No log lines yet.");
    set_hidden(this.newest, this.list.following);
    const unseen = this.list.unseen;
    set_text(this.newest, unseen > 0 ? `${number(unseen)} new below: follow` : "Follow the newest");
  }

  private show_connection(connected: boolean): void {
    set_text(this.interrupted, connected ? "" : "The log stream is interrupted. It is tried again; lines from meanwhile are fetched then.");
  }

  private async copy_shown(): Promise<void> {
    const lines = this.list.shown;
    const done = await copy_text(this.list.text());
    const text = done ? `${number(lines)} lines copied` : "Not copied: select the lines instead";
    set_text(this.copy, text);
    announce(text);
    clearTimeout(this.copy_timer);
    this.copy_timer = window.setTimeout(() => set_text(this.copy, "Copy"), note_shown_ms);
  }
}

function labelled(text: string, field: HTMLElement): HTMLElement {
  return element("label", { class: "field", for: field.id }, element("span", {}, text), field);
}
