// One stream in the overview: what viewers see, in which state it is and why, a few figures, the last six hours.
import type { StreamStatus } from "./api";
import { Control } from "./control";
import { FactList } from "./fact_list";
import { element, set_attribute, set_hidden, set_text } from "./dom";
import { bit_rate, measured, milliseconds, number } from "./format";
import { ranges, type HistoryStore } from "./history";
import { OnAirStrip, runs_of } from "./on_air_strip";
import { stream_hash } from "./router";
import { standby_words } from "./stream_facts";
import { Stage } from "./stage";
import { StateLine } from "./state_line";
import { on_air_words, words } from "./state_words";
import type { App } from "./view";

export class StreamCard {
  readonly node: HTMLElement;
  readonly stage: Stage;
  private readonly state = new StateLine();
  private readonly control: Control;
  private readonly facts = new FactList();
  private readonly values = new Map<string, HTMLElement>();
  private readonly strip = new OnAirStrip();
  private readonly hour: HTMLElement;

  constructor(readonly name: string, app: App) {
    this.stage = new Stage(name, false);
    this.control = new Control(name, app);
    const figures = element("dl", { class: "figures" });
    for (const figure of ["On air", "Viewers", "Latency here", "Frame rate", "Bit rate", "Restarts"]) {
      const dd = element("dd");
      this.values.set(figure, dd);
      figures.append(element("div", {}, element("dt", {}, figure), dd));
    }
    this.hour = element("figure", { class: "hour" }, this.strip.node, element("figcaption", {}, element("span", {}, "6 hours ago"), element("span", {}, "now")));
    const title = `card_${name}`;
    const link = element("a", { href: stream_hash(name) }, name);
    const more = element("a", { class: "small_text", href: stream_hash(name), "aria-label": `Details of ${name}` }, "Details");
    const head = element("div", { class: "card_title" }, element("h2", { id: title }, link), more);
    const body = element("div", { class: "body" }, head, this.state.node, this.control.node, this.facts.node, figures);
    this.node = element("article", { class: "card stream_card", "aria-labelledby": title }, this.stage.node, body, this.hour);
  }

  // `single`: the only stream there is gets buttons and more facts here too.
  update(stream: StreamStatus, single: boolean): void {
    set_attribute(this.node, "data-state", stream.state);
    set_attribute(this.node, "data-tone", words(stream).tone);
    set_hidden(this.control.node, !single);
    set_hidden(this.facts.node, !single);
    this.show_facts(stream);
    this.stage.update(stream);
    this.state.update(stream);
    this.control.update(stream);
    const runs = stream.worker_pid > 0;
    this.set("On air", on_air_words(stream));
    this.set("Viewers", number(stream.viewers));
    this.set("Frame rate", runs ? `${number(stream.fps, 1)} fps` : "–");
    this.set("Bit rate", runs && stream.bitrate_kbps > 0 ? bit_rate(stream.bitrate_kbps) : "–");
    this.set("Restarts", number(stream.restart_count));
  }

  private show_facts(stream: StreamStatus): void {
    const input = (stream.inputs ?? []).find((one) => one.input_priority === stream.active_input);
    const captured = (stream.monitors ?? []).find((monitor) => monitor.captured);
    const what = [input?.type, input?.type === "x11" ? captured?.name : "", stream.width > 0 ? `${stream.width} × ${stream.height}` : ""];
    this.facts.set("Input", what.filter(Boolean).join(" · ") || "none");
    this.facts.set("Encoder", stream.encoder_fallback_reason ? `${stream.encoder}, as a fallback` : stream.encoder || "none");
    this.facts.set("Standby", standby_words(stream));
    this.facts.set("Last recovery", stream.last_recovery_ms === null ? "none was needed" : measured(stream.last_recovery_ms, milliseconds));
  }

  draw(history: HistoryStore): void {
    const { seconds, interval } = ranges[history.range];
    const to = history.end() + interval;
    const runs = runs_of(history.at, history.words(this.name, "on_air"), interval);
    set_hidden(this.hour, history.state === "missing" || history.state === "failed");
    const picture = runs.filter((run) => run.kind === "picture").reduce((sum, run) => sum + run.to - run.from, 0);
    const known = runs.reduce((sum, run) => sum + run.to - run.from, 0);
    const share = known > 0 ? `the picture was on air ${Math.floor((picture / known) * 1000) / 10} % of the time that is known` : "nothing is known yet";
    this.strip.set(runs, to - seconds, to, `${this.name}, last ${ranges[history.range].words}: ${share}`);
  }

  tick(stale: boolean, seen: boolean): void {
    this.state.tick(stale);
    this.stage.tick(stale, seen);
    this.set("Latency here", this.latency_words());
  }

  private latency_words(): string {
    const { latency, moving } = this.stage.stats;
    return this.stage.is_playing() && moving && latency > 0 ? `${number(latency, 1)} s` : "–";
  }

  close(): void {
    this.stage.close();
    this.node.remove();
  }

  private set(figure: string, text: string): void {
    const node = this.values.get(figure);
    if (node) set_text(node, text);
  }
}
