// All log lines in order and once each: the kept ones first, then as they come. After an interruption, and after a
// restart of the supervisor, what came meanwhile is fetched, as far as the supervisor still has it.
import { get_logs, type LogLine } from "./api";

const lines_at_once = 1000; // the most that /api/logs answers
const retry_first_ms = 500;
const retry_max_ms = 5000;

export interface LogReader {
  on_line(line: LogLine): void;
  on_gap(lines: number): void; // so many lines are lost to this page
  on_new_supervisor(): void; // the next line is of another process
  on_connected(connected: boolean): void;
}

export class LogStream {
  private source: EventSource | null = null;
  private held: LogLine[] | null = null; // came while the older ones were asked for
  private last_id = 0;
  private last_at = "";
  private retry_ms = retry_first_ms;
  private retry_timer = 0;

  constructor(private readonly reader: LogReader) {}

  start(): void {
    if (!this.source) this.connect();
  }

  stop(): void {
    clearTimeout(this.retry_timer);
    this.source?.close();
    this.source = null;
  }

  private connect(): void {
    this.stop();
    const source = new EventSource("/api/logs/stream");
    this.source = source;
    this.held = [];
    source.addEventListener("open", () => void this.catch_up(source));
    source.addEventListener("log", (event) => this.read(event as MessageEvent<string>));
    source.addEventListener("error", () => this.fail(source));
  }

  private fail(source: EventSource): void {
    if (source !== this.source) return;
    source.close();
    this.reader.on_connected(false);
    this.retry_timer = window.setTimeout(() => this.connect(), this.retry_ms);
    this.retry_ms = Math.min(this.retry_ms * 2, retry_max_ms);
  }

  private read(event: MessageEvent<string>): void {
    try {
      const line = JSON.parse(event.data) as LogLine;
      if (this.held) this.held.push(line);
      else this.take(line);
    } catch {
      // half an event is no event
    }
  }

  private async catch_up(source: EventSource): Promise<void> {
    let kept: LogLine[];
    try {
      kept = await get_logs(lines_at_once);
    } catch {
      return this.fail(source);
    }
    if (source !== this.source) return;
    const lines = [...kept, ...(this.held ?? [])];
    this.held = null;
    this.retry_ms = retry_first_ms;
    for (const line of lines) this.take(line);
    this.reader.on_connected(true);
  }

  private take(line: LogLine): void {
    const id = line.id ?? this.last_id + 1;
    if (id <= this.last_id) {
      if (line.at <= this.last_at) return; // known
      this.reader.on_new_supervisor();
    } else if (this.last_id > 0 && id > this.last_id + 1) {
      this.reader.on_gap(id - this.last_id - 1);
    }
    this.last_id = id;
    this.last_at = line.at;
    this.reader.on_line(line);
  }
}
