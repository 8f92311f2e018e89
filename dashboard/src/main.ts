// The page: one view for each stream, the machine, the log; and whether what is shown is still true.
import type { Status } from "./api";
import { by_id, set_attribute, set_hidden, set_text } from "./dom";
import { Feed, stale_after_ms } from "./feed";
import { duration } from "./format";
import { LogView } from "./log_view";
import { words } from "./state_words";
import { StreamView } from "./stream_view";
import { SystemView } from "./system_view";

const tick_ms = 250;

class Page {
  private readonly streams = new Map<string, StreamView>();
  private readonly system = new SystemView(by_id("system"));
  private readonly log = new LogView(by_id("logs"));
  private readonly feed = new Feed({
    on_status: (status) => this.show(status),
    on_log: (line) => this.log.add(line),
  });

  constructor() {
    setInterval(() => this.tick(), tick_ms);
    this.tick();
  }

  private show(status: Status): void {
    const names = new Set(status.streams.map((stream) => stream.name));
    for (const [name, view] of this.streams) {
      if (names.has(name)) continue;
      view.node.remove();
      view.close();
      this.streams.delete(name);
    }
    for (const stream of status.streams) {
      const view = this.streams.get(stream.name);
      if (view) view.update(stream);
      else this.add(stream.name, new StreamView(stream, (fresh) => this.feed.take(fresh)));
    }
    this.system.update(status);
    set_text(by_id("version"), status.service.version);
    this.show_title(status);
    this.tick();
  }

  private add(name: string, view: StreamView): void {
    this.streams.set(name, view);
    by_id("streams").append(view.node);
  }

  // What a tab that is not looked at shows.
  private show_title(status: Status): void {
    const wanted = status.streams.filter((stream) => stream.desired === "up");
    const failing = wanted.find((stream) => stream.on_air !== "picture");
    const first = failing ?? wanted[0];
    document.title = first ? `${words(first).word} · Desktop Streamer` : "Desktop Streamer";
  }

  private tick(): void {
    const age = this.feed?.age_ms() ?? Infinity;
    const stale = age > stale_after_ms;
    const away = this.feed?.is_away() ?? false;
    const known = Number.isFinite(age);
    document.body.classList.toggle("stale", known && stale);
    const text = !stale && !away ? "Up to date" : !known ? (away ? "Supervisor away" : "Connecting") : `Data is ${duration(age / 1000)} old`;
    set_text(by_id("link_text"), text);
    set_attribute(by_id("link"), "data-tone", !stale && !away ? "good" : known || away ? "bad" : "wait");
    this.show_banner(away, stale, known);
    for (const view of this.streams.values()) view.tick(stale);
  }

  private show_banner(away: boolean, stale: boolean, known: boolean): void {
    const banner = by_id("banner");
    set_hidden(banner, !(away && (stale || !known)) && !(stale && known));
    if (banner.hidden) return;
    const what = away ? "The supervisor does not answer." : "No news from the supervisor.";
    set_text(banner, `${what} ${known ? "What you see below may no longer be true. " : ""}This page keeps trying and comes back by itself.`);
  }
}

new Page();
