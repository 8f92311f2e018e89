// Tells a screen reader what changed: a stream's state or what is on air. Never the ticks between.
import type { Status } from "./api";
import { announce } from "./dom";
import { reason, words } from "./state_words";

export class Narrator {
  private readonly known = new Map<string, string>();

  update(status: Status): void {
    const news: string[] = [];
    for (const stream of status.streams) {
      const now = `${stream.state} ${stream.on_air} ${stream.exhausted === true}`;
      const before = this.known.get(stream.name);
      this.known.set(stream.name, now);
      if (before !== undefined && before !== now) news.push(`${stream.name}: ${words(stream).word}. ${reason(stream)}`);
    }
    if (news.length > 0) announce(news.join(" "));
  }
}
