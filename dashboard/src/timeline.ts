// What happened in the last hours, on one time axis: what viewers saw, incidents (each a link to its page), restarts of
// the worker, switches of the input.
import type { Incident, StreamStatus } from "./api";
import { element, Keyed } from "./dom";
import { clock, duration, milliseconds } from "./format";
import { ranges, type HistoryStore } from "./history";
import { on_air_keys, OnAirStrip, runs_of } from "./on_air_strip";
import { switch_words } from "./input_words";
import { incident_hash } from "./router";
import "./timeline.css";

const marks_max = 60; // of one lane; the newest
const labels = 5;

export class Timeline {
  readonly node: HTMLElement;
  private readonly strip = new OnAirStrip();
  private readonly incidents = element("div", { class: "lane" });
  private readonly restarts = element("div", { class: "lane", role: "img" });
  private readonly switches = element("div", { class: "lane", role: "img" });
  private readonly hours = element("div", { class: "timeline_hours", "aria-hidden": "true" });
  private readonly drawn = { incidents: new Keyed(this.incidents), restarts: new Keyed(this.restarts), switches: new Keyed(this.switches), hours: new Keyed(this.hours) };

  constructor(private readonly stream: string) {
    const lane = (name: string, content: Node): Node[] => [element("span", { class: "timeline_lane" }, name), content];
    const grid = element(
      "div",
      { class: "timeline" },
      ...lane("On air", element("div", { class: "lane on_air" }, this.strip.node)),
      ...lane("Incidents", this.incidents),
      ...lane("Restarts", this.restarts),
      ...lane("Switches", this.switches),
      this.hours,
    );
    this.node = element("div", {}, grid, on_air_keys());
  }

  draw(history: HistoryStore, stream: StreamStatus, incidents: Incident[]): void {
    const { seconds, interval } = ranges[history.range];
    const to = history.end() + interval;
    const from = to - seconds;
    const runs = runs_of(history.at, history.words(this.stream, "on_air"), interval);
    const picture = runs.filter((run) => run.kind === "picture").reduce((sum, run) => sum + run.to - run.from, 0);
    const known = runs.reduce((sum, run) => sum + run.to - run.from, 0);
    const share = known > 0 ? `${Math.floor((picture / known) * 1000) / 10} % of the ${duration(known)} that are known` : "nothing is known";
    this.strip.set(runs, from, to, `The picture was on air ${share}`);
    this.draw_incidents(incidents, from, to);
    this.draw_restarts(history, from, to);
    this.draw_switches(stream, from, to);
    this.draw_hours(from, to);
  }

  private draw_incidents(incidents: Incident[], from: number, to: number): void {
    const seen = incidents.filter((incident) => seconds_of(incident.detected_at) >= from).slice(0, marks_max);
    const key = seen.map((incident) => `${incident.id} ${incident.closed_at} ${place(seconds_of(incident.detected_at), from, to)}`).join();
    this.drawn.incidents.set(key || "none", () =>
      seen.reverse().map((incident) => {
        const took = incident.closed_at === null ? "open" : incident.recovered ? `recovered in ${milliseconds(incident.recovery_ms)}` : "ended";
        const text = `${clock(incident.detected_at)} ${incident.class}, ${took}: ${incident.reason}`;
        const tone = incident.closed_at === null ? "bad" : incident.recovered ? "warn" : "rest";
        const mark = element("a", { class: "mark", href: incident_hash(this.stream, incident.id), "data-tone": tone, "aria-label": text, title: text });
        mark.style.left = place(seconds_of(incident.detected_at), from, to);
        return mark;
      }),
    );
  }

  private draw_restarts(history: HistoryStore, from: number, to: number): void {
    const counts = history.numbers(this.stream, "restart_count");
    const at = history.at.filter((_, i) => i > 0 && (counts[i] ?? 0) > (counts[i - 1] ?? Infinity));
    this.restarts.setAttribute("aria-label", `${at.length} restarts of the worker`);
    this.draw_ticks(this.drawn.restarts, at.map((time) => [time, `Worker replaced at ${clock_of(time)}`]), from, to, "wait");
  }

  private draw_switches(stream: StreamStatus, from: number, to: number): void {
    const all = (stream.switches ?? []).filter((change) => seconds_of(change.at) >= from);
    this.switches.setAttribute("aria-label", `${all.length} switches of the input`);
    const ticks = all.map((change): [number, string] => [seconds_of(change.at), `${clock(change.at)} ${switch_words(change)}`]);
    this.draw_ticks(this.drawn.switches, ticks, from, to, "warn");
  }

  private draw_ticks(lane: Keyed, ticks: [number, string][], from: number, to: number, tone: string): void {
    const seen = ticks.slice(-marks_max);
    lane.set(seen.map(([at, text]) => place(at, from, to) + text).join() || "none", () =>
      seen.map(([at, text]) => {
        const tick = element("span", { class: "tick", "data-tone": tone, title: text });
        tick.style.left = place(at, from, to);
        return tick;
      }),
    );
  }

  private draw_hours(from: number, to: number): void {
    const moments = Array.from({ length: labels }, (_, i) => from + ((to - from) * i) / (labels - 1));
    const texts = moments.map((at, i) => (i === labels - 1 ? "now" : clock_of(at)));
    this.drawn.hours.set(texts.join(), () =>
      texts.map((text, i) => {
        const label = element("span", {}, text);
        label.style.left = `${(i / (labels - 1)) * 100}%`;
        return label;
      }),
    );
  }
}

function place(at: number, from: number, to: number): string {
  return `${(Math.min(1, Math.max(0, (at - from) / (to - from))) * 100).toFixed(1)}%`;
}

function seconds_of(rfc3339: string): number {
  return Date.parse(rfc3339) / 1000;
}

function clock_of(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}
