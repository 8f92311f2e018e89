// One stream in full: picture, state, buttons, inputs, workers, encoder, time line, charts, incidents, media.
import { clean_up, type Incident, type StreamStatus } from "./api";
import { ActionButton } from "./action_button";
import { AvailabilityFacts } from "./availability_facts";
import { ChartGrid } from "./chart_grid";
import { Control } from "./control";
import { announce, element, Keyed, set_attribute, set_hidden, set_text } from "./dom";
import { mebibytes, number } from "./format";
import { HistoryStore, ranges, type Range } from "./history";
import { icon } from "./icon";
import { IncidentList } from "./incident_list";
import { InputList } from "./input_list";
import { LatencyTrack } from "./latency_track";
import { MonitorList } from "./monitor_list";
import { PlayerPanel } from "./player_panel";
import { drill_hash } from "./router";
import { StateLine } from "./state_line";
import { EncoderFacts, MediaFacts, WorkerFacts } from "./stream_facts";
import { Timeline } from "./timeline";
import type { App } from "./view";
import "./stream_page.css";

const incidents_asked = 100;
const incidents_shown = 6;
const coarse_draw_ms = 5000;
const reload_ms = 15_000; // the lateness of parts comes with the history only

export class StreamPage {
  readonly node: HTMLElement;
  private readonly state = new StateLine();
  private readonly control: Control;
  private readonly player: PlayerPanel;
  private readonly inputs: InputList;
  private readonly monitors: MonitorList;
  private readonly worker = new WorkerFacts();
  private readonly encoder = new EncoderFacts();
  private readonly media = new MediaFacts();
  private readonly availability: AvailabilityFacts;
  private readonly track = new LatencyTrack();
  private readonly charts: ChartGrid;
  private readonly timeline: Timeline;
  private readonly incidents: IncidentList;
  private readonly errors = element("ul", { class: "errors" });
  private readonly errors_keyed = new Keyed(this.errors);
  private readonly history_note = element("p", { class: "hint", hidden: "" });
  private readonly cleanup = new ActionButton("Clean up old segments", () => void this.clean_up());
  private cleaning = false;
  private readonly cleaned = element("span", { class: "note", role: "status" });
  private readonly unsubscribe: (() => void)[] = [];
  private history: HistoryStore;
  private long_history: HistoryStore;
  private known_incidents: Incident[] = [];
  private stream: StreamStatus | null = null;
  private shown = false;
  private drawn_at = -Infinity;
  private loaded_at = 0;

  constructor(readonly name: string, private readonly app: App) {
    this.control = new Control(name, app);
    this.player = new PlayerPanel(name);
    this.inputs = new InputList(name, app);
    this.monitors = new MonitorList((monitor) => void this.inputs.capture(monitor), () => this.inputs.can_edit());
    this.availability = new AvailabilityFacts(name);
    this.charts = new ChartGrid(name, this.track);
    this.timeline = new Timeline(name);
    this.incidents = new IncidentList(name, incidents_asked, (incidents) => this.on_incidents(incidents), incidents_shown);
    this.history = new HistoryStore(app, "10m");
    this.long_history = new HistoryStore(app, "6h");
    this.node = element("div", { class: "stream_page" }, this.head(), this.upper(), this.time_section(), this.chart_section(), this.lower());
    this.unsubscribe.push(app.feed.on("open", () => this.shown && this.come_back()));
    this.unsubscribe.push(app.feed.on("incident", (news) => this.shown && news.stream === name && this.ask_incidents()));
    this.unsubscribe.push(app.feed.on("switch", (news) => this.shown && news.stream === name && this.inputs.on_switch(news)));
  }

  show(): void {
    this.shown = true;
    this.player.show();
    void this.inputs.look_again();
    void this.load();
  }

  hide(): void {
    this.shown = false;
    this.player.hide();
  }

  close(): void {
    this.hide();
    for (const end of this.unsubscribe) end();
    this.player.close();
    this.charts.close();
  }

  update(stream: StreamStatus): void {
    this.stream = stream;
    this.state.update(stream);
    this.control.update(stream);
    this.player.update(stream);
    this.inputs.update(stream);
    this.monitors.update(stream);
    this.worker.update(stream);
    this.encoder.update(stream);
    this.media.update(stream);
    this.able_cleanup();
    this.show_errors(stream);
    if (this.shown) this.incidents.update(stream);
    if (this.shown) void this.availability.refresh();
    this.keep_history();
  }

  tick(stale: boolean): void {
    this.state.tick(stale);
    this.player.tick(stale);
  }

  private head(): HTMLElement {
    const crumb = element("a", { class: "crumb", href: "#/" }, icon("back"), "Streams");
    const title = element("div", { class: "title_row" }, crumb, element("h1", { tabindex: "-1" }, this.name), this.state.node);
    return element("div", { class: "page_head" }, title, this.control.node);
  }

  private upper(): HTMLElement {
    const side = element(
      "div",
      { class: "side" },
      section("Inputs", this.inputs.node),
      section("Monitors", this.monitors.node),
      section("Encoder", this.encoder.node),
    );
    return element("div", { class: "two" }, this.player.node, side);
  }

  private time_section(): HTMLElement {
    const choice = choose("Time line of the last", ["10m", "6h", "24h"], "6h", (range) => {
      this.long_history = new HistoryStore(this.app, range);
      void this.load();
    });
    return section("Time line", this.timeline.node, choice);
  }

  private chart_section(): HTMLElement {
    const choice = choose("Charts of the last", ["10m", "6h", "24h"], "10m", (range) => {
      this.history = new HistoryStore(this.app, range);
      void this.load();
    });
    return section("Charts", element("div", {}, this.history_note, this.charts.node), choice);
  }

  private lower(): HTMLElement {
    const drill = element("a", { class: "small_text", href: drill_hash(this.name) }, "Drill: rehearse a failure");
    const logs = element("a", { class: "small_text", href: `#/logs?stream=${encodeURIComponent(this.name)}` }, "Log of this stream");
    const happened = element(
      "div",
      { class: "side" },
      section("Incidents", this.incidents.node, drill),
      section("Last errors", this.errors, logs),
      section("Availability", this.availability.node),
    );
    const side = element(
      "div",
      { class: "side" },
      section("Worker and standby", this.worker.node),
      section("Published stream", element("div", {}, this.media.node, this.cleanup_row())),
    );
    return element("div", { class: "two" }, happened, side);
  }

  private cleanup_row(): HTMLElement {
    this.cleanup.node.classList.add("small");
    return element("div", { class: "cleanup" }, this.cleanup.node, this.cleaned);
  }

  private async clean_up(): Promise<void> {
    this.cleaning = true;
    this.able_cleanup();
    try {
      const { removed_files, freed_bytes } = await clean_up(this.name);
      this.say_cleaned(removed_files > 0 ? `${number(removed_files)} files removed, ${size(freed_bytes)} freed` : "There was nothing to remove", "good");
    } catch (failure) {
      this.say_cleaned(`Not done: ${failure instanceof Error ? failure.message : "unknown error"}`, "bad");
    }
    this.cleaning = false;
    this.able_cleanup();
  }

  private say_cleaned(text: string, tone: string): void {
    set_attribute(this.cleaned, "data-tone", tone);
    set_text(this.cleaned, text);
  }

  private able_cleanup(): void {
    this.cleanup.set_reason(this.cleaning ? "It is being done" : this.app.may_operate() ? "" : "Your account may look only");
    if (this.cleanup.can) this.cleanup.node.title = "Removes files of this stream that are outside of the window from output_dir";
  }

  private show_errors(stream: StreamStatus): void {
    const lines = stream.recent_errors ?? [];
    this.errors_keyed.set(lines.join("\n") || "none", () => (lines.length > 0 ? lines.map((line) => element("li", {}, line)) : [element("li", { class: "empty" }, "None.")]));
  }

  private on_incidents(incidents: Incident[]): void {
    this.known_incidents = incidents;
    this.draw_timeline();
  }

  private ask_incidents(): void {
    this.incidents.forget();
    if (this.stream) this.incidents.update(this.stream);
  }

  private keep_history(): void {
    const status = this.app.status;
    if (!status || !this.shown) return;
    this.track.add(Date.parse(status.at) / 1000, this.player.latency());
    this.history.add(status);
    this.long_history.add(status);
    if (document.hidden) return;
    if (performance.now() - this.loaded_at > reload_ms && this.history.state === "kept") void this.reload();
    const due = this.history.range === "10m" || performance.now() - this.drawn_at > coarse_draw_ms;
    if (due) this.draw();
  }

  // Connected, perhaps to another supervisor, perhaps after hours.
  private come_back(): void {
    void this.inputs.look_again();
    void this.load();
  }

  private async reload(): Promise<void> {
    this.loaded_at = performance.now();
    await this.history.load();
  }

  private async load(): Promise<void> {
    this.loaded_at = performance.now();
    const { history, long_history } = this;
    const same = history.range === long_history.range;
    await Promise.all([history.load(), same ? null : long_history.load()]);
    if (same) await long_history.load();
    if (history !== this.history || long_history !== this.long_history) return;
    this.draw();
    this.ask_incidents();
  }

  private draw(): void {
    this.drawn_at = performance.now();
    const missing = this.history.state === "missing";
    set_hidden(this.history_note, !missing && this.history.state !== "failed");
    set_text(this.history_note, missing ? "This supervisor keeps no history: only what was seen since this page was opened." : "The history could not be read: only what was seen since then.");
    this.charts.draw(this.history);
    this.draw_timeline();
  }

  private draw_timeline(): void {
    if (this.stream) this.timeline.draw(this.long_history, this.stream, this.known_incidents);
  }
}

let sections = 0;

function section(title: string, content: HTMLElement, ...extra: HTMLElement[]): HTMLElement {
  const id = `section_${++sections}`;
  const head = element("div", { class: "section_head" }, element("h2", { id }, title), ...extra);
  return element("section", { class: "card section", "aria-labelledby": id }, head, content);
}

function choose(label: string, names: Range[], first: Range, chosen: (range: Range) => void): HTMLElement {
  const buttons = names.map((name) => element("button", { type: "button", "aria-pressed": String(name === first) }, ranges[name].words));
  buttons.forEach((button, i) =>
    button.addEventListener("click", () => {
      for (const other of buttons) set_attribute(other, "aria-pressed", String(other === button));
      chosen(names[i] as Range);
      announce(`${label} ${button.textContent}`);
    }),
  );
  return element("div", { class: "choice", role: "group", "aria-label": label }, ...buttons);
}

function size(bytes: number): string {
  return bytes < 1_048_576 ? `${number(bytes / 1024)} KiB` : mebibytes(bytes / 1_048_576);
}
