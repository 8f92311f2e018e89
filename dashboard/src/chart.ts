// One number over time, drawn by uPlot: its name, its value now (or under the pointer), least and most. A screen reader
// gets the same as the name of the picture.
import uPlot from "uplot";
import type { Numbers } from "./api";
import { element, set_attribute, set_hidden, set_text } from "./dom";
import "uplot/dist/uPlot.min.css";
import "./chart.css";

const plot_height = 112;
const axis_font = "11px system-ui, sans-serif";

export interface ChartKind {
  name: string;
  unit: string; // behind the number, "" for a count
  digits: number;
  top: number; // the least value at the upper edge, so that noise around a small number stays small
  hint?: string; // what the number means
  late?: boolean; // its newest values come later than the others: the last one known counts as now
}

export class Chart {
  readonly node: HTMLElement;
  private readonly value = element("span", { class: "chart_value" });
  private readonly span = element("span", { class: "chart_range", title: "Least to most in the time shown; the time, while the pointer is over the chart" });
  private readonly plot = element("div", { class: "chart_plot", role: "img" });
  private readonly none = element("p", { class: "chart_none" }, "Not measured");
  private data: [number[], Numbers] = [[], []];
  private window: [number, number] = [0, 1];
  private words = "";
  private drawn: uPlot | null = null;
  private readonly resized = new ResizeObserver(() => this.resize());
  private readonly scheme = matchMedia("(prefers-color-scheme: dark)");
  private readonly recolour = (): void => this.rebuild();

  constructor(private readonly kind: ChartKind, private readonly sync: string) {
    const name = element("span", { class: "chart_name" }, kind.name);
    if (kind.hint) name.title = kind.hint;
    this.plot.append(this.none);
    this.node = element("figure", { class: "chart" }, element("figcaption", {}, name, this.value, this.span), this.plot);
    this.resized.observe(this.plot);
    this.scheme.addEventListener("change", this.recolour);
  }

  // `from`, `to`: the edges, Unix seconds; `words`: how long that is, for the description.
  set(at: number[], values: Numbers, from: number, to: number, words: string): void {
    this.data = [at, values];
    this.window = [from, to];
    this.words = words;
    set_hidden(this.none, values.some((value) => value !== null));
    if (this.drawn) {
      this.drawn.setData(this.data, false);
      this.drawn.setScale("x", { min: from, max: to });
    } else {
      this.rebuild();
    }
    if (!this.drawn || (this.drawn.cursor.idx ?? null) === null) this.say(null);
  }

  close(): void {
    this.resized.disconnect();
    this.scheme.removeEventListener("change", this.recolour);
    this.drawn?.destroy();
    this.drawn = null;
  }

  private say(index: number | null): void {
    const [at, values] = this.data;
    const known = values.filter((value): value is number => value !== null);
    const last = this.kind.late ? known[known.length - 1] : values[values.length - 1];
    const now = index === null ? last ?? null : values[index] ?? null;
    set_text(this.value, this.text(now));
    const low = known.length > 0 ? known.reduce((a, b) => Math.min(a, b)) : null;
    const high = known.length > 0 ? known.reduce((a, b) => Math.max(a, b)) : null;
    const time = index === null ? null : at[index];
    const range = time ? new Date(time * 1000).toLocaleTimeString("en-GB") : low === null ? "" : `${this.number(low)} to ${this.number(high)}`;
    set_text(this.span, range);
    if (index !== null) return;
    const all = low === null ? "not measured" : `now ${this.text(now)}, between ${this.text(low)} and ${this.text(high)}`;
    set_attribute(this.plot, "aria-label", `${this.kind.name}, last ${this.words}: ${all}`);
  }

  private text(value: number | null): string {
    if (value === null) return "–";
    return this.kind.unit ? `${this.number(value)}\u00a0${this.kind.unit}` : this.number(value);
  }

  private number(value: number | null): string {
    return (value ?? 0).toLocaleString("en", { maximumFractionDigits: this.kind.digits, minimumFractionDigits: 0 });
  }

  private resize(): void {
    const width = this.plot.clientWidth;
    if (width < 40) return;
    if (this.drawn) this.drawn.setSize({ width, height: plot_height });
    else this.rebuild();
  }

  private rebuild(): void {
    this.drawn?.destroy();
    this.drawn = null;
    const width = this.plot.clientWidth;
    if (width < 40 || this.data[0].length === 0) return;
    this.drawn = new uPlot(this.options(width), this.data, this.plot);
  }

  private options(width: number): uPlot.Options {
    const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const axis = { font: axis_font, stroke: colour("--soft"), ticks: { show: false } };
    const { top } = this.kind;
    return {
      width,
      height: plot_height,
      padding: [8, 16, 0, 0], // on the right half of the last time
      legend: { show: false },
      cursor: { sync: { key: this.sync }, drag: { x: false, y: false }, y: false, points: { size: 7 } },
      scales: {
        x: { time: true, range: () => this.window },
        y: { range: (_plot, _low, high) => [0, Math.max(top, (high ?? 0) * 1.08)] },
      },
      axes: [
        { ...axis, size: 20, gap: 2, space: 60, grid: { show: false }, values: (plot, ticks) => ticks.map((tick) => clock(tick, plot.scales["x"])) },
        { ...axis, size: 38, gap: 4, space: 28, grid: { stroke: colour("--line"), width: 1 }, values: (_plot, ticks) => ticks.map(short) },
      ],
      series: [{}, { stroke: colour("--brand"), width: 1.6, fill: `${colour("--brand")}1f`, points: { show: false } }],
      hooks: { setCursor: [(plot: uPlot) => this.say(plot.cursor.idx ?? null)] },
    };
  }
}

function clock(seconds: number, scale: uPlot.Scale | undefined): string {
  const short_range = (scale?.max ?? 0) - (scale?.min ?? 0) <= 300;
  return new Date(seconds * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", ...(short_range ? { second: "2-digit" } : {}) });
}

function short(value: number): string {
  return value >= 10_000 ? `${Math.round(value / 1000)}k` : String(Math.round(value * 100) / 100);
}
