// How far behind this page's player was: only the page knows it, so it is known only since it was opened.
import type { Numbers } from "./api";

const samples_max = 3600;

export class LatencyTrack {
  private readonly samples: { at: number; seconds: number }[] = [];

  add(at: number, seconds: number): void {
    if (!(seconds > 0)) return;
    this.samples.push({ at, seconds });
    if (this.samples.length > samples_max) this.samples.shift();
  }

  // One value for each moment: the newest sample of its interval.
  values(moments: number[], interval: number): Numbers {
    const known = new Map<number, number>();
    for (const { at, seconds } of this.samples) known.set(Math.floor(at / interval) * interval, seconds);
    return moments.map((at) => known.get(Math.floor(at / interval) * interval) ?? null);
  }
}
