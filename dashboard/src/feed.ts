// News from the supervisor: server-sent events, and, while they do not come, asking. Reconnects for ever.
import { get_logs, get_status, type LogLine, type Status } from "./api";

export const stale_after_ms = 5000;
const silence_max_ms = 3000; // no event for so long: ask
const reconnect_ms = 1000;
const logs_at_start = 200;

export interface FeedListener {
  on_status(status: Status): void;
  on_log(line: LogLine): void; // in order; after a reconnection also lines already seen
}

export class Feed {
  private source: EventSource | null = null;
  private last_status = -Infinity;
  private asking = false;
  private failing = false;
  private held: LogLine[] | null = null; // lines that came while the older ones were asked for

  constructor(private readonly listener: FeedListener) {
    this.connect();
    setInterval(() => this.watch(), reconnect_ms);
  }

  // Milliseconds since the last status; Infinity before the first.
  age_ms(): number {
    return performance.now() - this.last_status;
  }

  // The last attempt to reach the supervisor failed.
  is_away(): boolean {
    return this.failing;
  }

  // A status that came another way: the answer to a command.
  take(status: Status): void {
    this.last_status = performance.now();
    this.failing = false;
    this.listener.on_status(status);
  }

  private connect(): void {
    this.source?.close();
    const source = new EventSource("/api/events");
    this.source = source;
    source.addEventListener("open", () => void this.catch_up());
    source.addEventListener("status", (event) => this.read(event, (status: Status) => this.take(status)));
    source.addEventListener("log", (event) => this.read(event, (line: LogLine) => this.take_line(line)));
    source.addEventListener("error", () => void this.ask());
  }

  private read<T>(event: Event, use: (value: T) => void): void {
    let value: T;
    try {
      value = JSON.parse((event as MessageEvent<string>).data) as T;
    } catch {
      return; // half an event is no event
    }
    use(value);
  }

  private take_line(line: LogLine): void {
    if (this.held) this.held.push(line);
    else this.listener.on_log(line);
  }

  private async catch_up(): Promise<void> {
    this.held ??= [];
    await this.ask();
    const lines = await get_logs(logs_at_start).catch(() => [] as LogLine[]);
    for (const line of [...lines, ...(this.held ?? [])]) this.listener.on_log(line);
    this.held = null;
  }

  private async ask(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      this.take(await get_status());
    } catch {
      this.failing = true;
    } finally {
      this.asking = false;
    }
  }

  // EventSource gives up for good on an HTTP error, and cannot see a connection that is silently gone.
  private watch(): void {
    if (this.age_ms() < silence_max_ms) return;
    if (!this.source || this.source.readyState === EventSource.CLOSED || this.failing) this.connect();
    void this.ask();
  }
}
