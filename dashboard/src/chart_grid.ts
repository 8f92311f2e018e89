// The charts of one stream.
import type { Numbers } from "./api";
import { Chart, type ChartKind } from "./chart";
import { element } from "./dom";
import { ranges, type HistoryStore } from "./history";
import { LatencyTrack } from "./latency_track";

type Source = (history: HistoryStore, stream: string, track: LatencyTrack) => Numbers;

const kinds: [ChartKind, Source][] = [
  [{ name: "Frame rate", unit: "fps", digits: 1, top: 10 }, (h, s) => h.numbers(s, "fps")],
  [{ name: "Bit rate", unit: "kbit/s", digits: 0, top: 500 }, (h, s) => h.numbers(s, "bitrate_kbps")],
  [{ name: "Viewers", unit: "", digits: 1, top: 4 }, (h, s) => h.numbers(s, "viewers")],
  [
    { name: "Latency here", unit: "s", digits: 2, top: 1.5, hint: "How far this page's player is behind the live edge; known only while it plays" },
    (h, _s, track) => track.values(h.at, ranges[h.range].interval),
  ],
  [{ name: "Part lateness", unit: "ms", digits: 0, top: 50, late: true, hint: "The latest that a part was published after its end" }, (h, s) => h.numbers(s, "part_late_ms")],
  [{ name: "Worker CPU", unit: "%", digits: 0, top: 50, hint: "Percent of one core" }, (h, s) => h.numbers(s, "worker_cpu_percent")],
  [{ name: "Worker memory", unit: "MiB", digits: 0, top: 100 }, (h, s) => h.numbers(s, "worker_rss_mb")],
  [{ name: "Machine CPU", unit: "%", digits: 0, top: 100, hint: "All cores together" }, (h) => h.machine("cpu_percent")],
];

export class ChartGrid {
  readonly node = element("div", { class: "charts" });
  private readonly charts: Chart[];

  constructor(private readonly stream: string, private readonly track: LatencyTrack) {
    this.charts = kinds.map(([kind]) => new Chart(kind, `charts of ${stream}`));
    this.node.append(...this.charts.map((chart) => chart.node));
  }

  draw(history: HistoryStore): void {
    const { seconds, words } = ranges[history.range];
    const to = history.end();
    kinds.forEach(([, source], i) => this.charts[i]?.set(history.at, source(history, this.stream, this.track), to - seconds, to, words));
  }

  close(): void {
    for (const chart of this.charts) chart.close();
  }
}
