// The last minutes or hours as columns of numbers: asked for once, then kept current by every status. Where the
// supervisor keeps no history, what was seen since the page was opened.
import { get_history, Problem, type Numbers, type Status, type StreamStatus } from "./api";
import type { App } from "./view";

export type Range = "10m" | "6h" | "24h";

export const ranges: Record<Range, { seconds: number; interval: number; words: string }> = {
  "10m": { seconds: 600, interval: 1, words: "10 minutes" },
  "6h": { seconds: 21_600, interval: 10, words: "6 hours" },
  "24h": { seconds: 86_400, interval: 60, words: "24 hours" },
};

type Column = (number | string | null)[];
type Table = Map<string, Column>;

export class HistoryStore {
  at: number[] = [];
  state: "asking" | "kept" | "missing" | "failed" = "asking";
  private readonly tables = new Map<string, Table>();
  private asked = 0;

  constructor(private readonly app: App, readonly range: Range) {}

  // Replaces what is here by what the supervisor has. A later call wins over an earlier one that answers late.
  async load(): Promise<void> {
    const mine = ++this.asked;
    try {
      const history = await get_history(this.range);
      if (mine !== this.asked) return;
      this.at = [...(history.at ?? [])];
      this.tables.clear();
      this.fill("", history.system ?? {});
      for (const [name, columns] of Object.entries(history.streams ?? {})) this.fill(stream_table(name), columns);
      this.state = "kept";
    } catch (failure) {
      if (mine !== this.asked) return;
      this.state = failure instanceof Problem && [404, 501].includes(failure.status) ? "missing" : this.at.length > 0 ? this.state : "failed";
    }
    if (this.app.status) this.add(this.app.status);
  }

  numbers(stream: string, column: string): Numbers {
    return this.column(stream_table(stream), column) as Numbers;
  }

  words(stream: string, column: string): (string | null)[] {
    return this.column(stream_table(stream), column) as (string | null)[];
  }

  machine(column: string): Numbers {
    return this.column("", column) as Numbers;
  }

  // The newest moment; what is drawn ends here.
  end(): number {
    return this.at[this.at.length - 1] ?? Date.now() / 1000;
  }

  add(status: Status): void {
    const { interval, seconds } = ranges[this.range];
    const now = Date.parse(status.at) / 1000;
    if (!Number.isFinite(now)) return;
    const bucket = Math.floor(now / interval) * interval;
    const anew = this.at.length === 0 || bucket > this.end();
    if (anew) this.at.push(bucket);
    const { cpu_percent, memory_percent, network_in_kbps, network_out_kbps, disk_usage_percent } = status.system ?? {};
    this.put("", { cpu_percent, memory_percent, network_in_kbps, network_out_kbps, disk_usage_percent }, anew);
    for (const stream of status.streams) this.put(stream_table(stream.name), row_of(stream), anew);
    while (this.at.length > 0 && (this.at[0] as number) < bucket - seconds) this.drop_first();
  }

  private fill(name: string, columns: Record<string, Column | undefined>): void {
    const table: Table = new Map();
    for (const [key, column] of Object.entries(columns)) table.set(key, Array.from(this.at, (_, i) => column?.[i] ?? null));
    this.tables.set(name, table);
  }

  private column(table: string, key: string): Column {
    const column = this.tables.get(table)?.get(key) ?? [];
    while (column.length < this.at.length) column.push(null);
    return column;
  }

  private put(name: string, row: Record<string, number | string | null | undefined>, anew: boolean): void {
    const table = this.tables.get(name) ?? new Map<string, Column>();
    this.tables.set(name, table);
    const last = this.at.length - 1;
    for (const [key, value] of Object.entries(row)) {
      const column = table.get(key) ?? [];
      table.set(key, column);
      while (column.length < last) column.push(null);
      const former = anew ? null : column[last];
      const peak = key === "part_late_ms" && typeof former === "number" && typeof value === "number";
      column[last] = peak ? Math.max(former as number, value as number) : value ?? former ?? null;
    }
  }

  private drop_first(): void {
    this.at.shift();
    for (const table of this.tables.values()) for (const column of table.values()) column.shift();
  }
}

function stream_table(name: string): string {
  return `/${name}`;
}

// What a status says about the moment. The lateness of parts is a peak over the interval: only the supervisor knows it.
function row_of(stream: StreamStatus): Record<string, number | string | null | undefined> {
  const runs = stream.worker_pid > 0;
  return {
    fps: runs ? stream.fps : null,
    bitrate_kbps: runs ? stream.bitrate_kbps : null,
    worker_cpu_percent: runs ? stream.worker?.cpu_percent : null,
    worker_rss_mb: runs ? stream.worker?.rss_mb : null,
    part_late_ms: stream.part_late_ms,
    viewers: stream.viewers,
    on_air: stream.on_air,
    restart_count: stream.restart_count,
  };
}
