// News from the supervisor: server-sent events, and, while they do not come, asking. Reconnects for ever, at growing
// distance while nobody answers.
import { get_status, Problem, type AlertEvent, type IncidentEvent, type LogLine, type Status, type SwitchEvent } from "./api";

export const stale_after_ms = 5000;
const silence_max_ms = 3000; // no status for so long: ask
const watch_interval_ms = 500;
const retry_first_ms = 500;
const retry_max_ms = 4000; // below stale_after_ms: where only asking works, what is shown stays true

export interface FeedEvents {
  status: Status;
  log: LogLine;
  incident: IncidentEvent;
  alert: AlertEvent;
  switch: SwitchEvent; // another input is on air
  open: null; // connected, the first time or again: what is kept as a list may have missed something
}

type Listener<Kind extends keyof FeedEvents> = (value: FeedEvents[Kind]) => void;

export class Feed {
  private readonly listeners = new Map<keyof FeedEvents, Set<Listener<never>>>();
  private source: EventSource | null = null;
  private last_status = -Infinity;
  private away_since: number | null = null; // the last try to reach the supervisor failed
  private away_reason = "";
  private retry_ms = retry_first_ms;
  private retry_at = 0;
  private asking = false;

  // Events are passed on in the order of their arrival. Returns what ends the subscription.
  on<Kind extends keyof FeedEvents>(kind: Kind, listener: Listener<Kind>): () => void {
    const set = this.listeners.get(kind) ?? new Set();
    this.listeners.set(kind, set);
    set.add(listener as Listener<never>);
    return () => set.delete(listener as Listener<never>);
  }

  start(): void {
    this.connect();
    setInterval(() => this.watch(), watch_interval_ms);
    addEventListener("online", () => (this.retry_at = 0));
    document.addEventListener("visibilitychange", () => !document.hidden && (this.retry_at = 0));
  }

  // Milliseconds since the last status; Infinity before the first.
  age_ms(): number {
    return performance.now() - this.last_status;
  }

  is_stale(): boolean {
    return this.age_ms() > stale_after_ms;
  }

  // Why the last try to reach the supervisor failed; "" while it answers.
  why_away(): string {
    return this.away_since === null ? "" : this.away_reason;
  }

  // Milliseconds until the next try, 0 while one is under way.
  next_try_ms(): number {
    return this.asking ? 0 : Math.max(0, this.retry_at - performance.now());
  }

  // A status that came another way: the answer to a command.
  take(status: Status): void {
    this.last_status = performance.now();
    this.away_since = null;
    this.emit("status", status);
  }

  // At once, whatever the distance between tries is: after a login, or when somebody asks for it.
  try_now(): void {
    this.retry_at = 0;
    this.connect();
    void this.ask();
  }

  private take_event(status: Status): void {
    this.retry_ms = retry_first_ms;
    this.take(status);
  }

  private emit<Kind extends keyof FeedEvents>(kind: Kind, value: FeedEvents[Kind]): void {
    for (const listener of [...(this.listeners.get(kind) ?? [])]) (listener as Listener<Kind>)(value);
  }

  private connect(): void {
    this.source?.close();
    const source = new EventSource("/api/events");
    this.source = source;
    source.addEventListener("open", () => this.emit("open", null));
    source.addEventListener("status", (event) => this.read(event, (status: Status) => this.take_event(status)));
    source.addEventListener("log", (event) => this.read(event, (line: LogLine) => this.emit("log", line)));
    source.addEventListener("incident", (event) => this.read(event, (news: IncidentEvent) => this.emit("incident", news)));
    source.addEventListener("alert", (event) => this.read(event, (news: AlertEvent) => this.emit("alert", news)));
    source.addEventListener("switch", (event) => this.read(event, (news: SwitchEvent) => this.emit("switch", news)));
    source.addEventListener("error", () => {
      // The browser would try again by itself, but not after an HTTP error, and not with our distances.
      source.close();
      if (this.source === source) this.source = null;
      this.back_off();
      void this.ask();
    });
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

  private async ask(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      this.take(await get_status());
    } catch (failure) {
      this.away_since ??= performance.now();
      this.away_reason = failure instanceof Problem ? failure.message : "its answer could not be read";
      this.back_off();
    } finally {
      this.asking = false;
    }
  }

  // Once for each try, also when both its ways fail.
  private back_off(): void {
    const now = performance.now();
    if (now < this.retry_at) return;
    this.retry_at = now + this.retry_ms;
    this.retry_ms = Math.min(this.retry_ms * 2, retry_max_ms);
  }

  // A connection may be gone without a sign of it: silence counts.
  private watch(): void {
    if (this.source && this.source.readyState !== EventSource.CLOSED && this.age_ms() < silence_max_ms) return;
    if (this.asking || performance.now() < this.retry_at) return;
    if (this.age_ms() >= silence_max_ms || !this.source) this.connect();
    void this.ask();
  }
}
