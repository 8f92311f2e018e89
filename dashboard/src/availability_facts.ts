// How well the stream was delivered, and what the supervisor sees when it plays the stream itself.
import { ask_json, Problem } from "./api";
import { FactList } from "./fact_list";
import { duration, milliseconds } from "./format";

const ask_interval_ms = 10_000;

type Shares = Record<string, number | null> | null | undefined;

interface Probe {
  ok: boolean;
  checked_at?: string;
  newest_part_age_ms?: number | null;
  error?: string;
}

interface Detail {
  streams?: Record<string, { availability?: Shares; stream_availability?: Shares; mttr_seconds?: number | null; mtbf_seconds?: number | null }>;
  self_probe?: { streams?: Record<string, Probe> } | null;
}

export class AvailabilityFacts {
  private readonly facts = new FactList();
  readonly node = this.facts.node;
  private asked_at = -Infinity;

  constructor(private readonly stream: string) {
    this.show({});
  }

  // Asks now and then, as long as it is called.
  async refresh(): Promise<void> {
    if (performance.now() - this.asked_at < ask_interval_ms || document.hidden) return;
    this.asked_at = performance.now();
    const detail = await health().catch(() => null);
    if (detail) this.show(detail);
  }

  private show(detail: Detail): void {
    const own = detail.streams?.[this.stream];
    this.facts.set("Picture on air", shares(own?.availability), "Of the time in which the stream was wanted: how long viewers saw the wanted picture");
    this.facts.set("Stream going on", shares(own?.stream_availability), "How long players had media to go on with, whatever it showed");
    this.facts.set("Recovers in", seconds(own?.mttr_seconds), "Mean time from the detection of a failure to the first new part, 30 days");
    this.facts.set("Between failures", seconds(own?.mtbf_seconds), "Mean wanted time for each failure, 30 days");
    const probe = detail.self_probe?.streams?.[this.stream];
    this.facts.set("Self-probe", probe_words(probe), "The supervisor plays its own stream and judges what it gets", probe?.ok === false ? "bad" : "");
  }
}

// The same body comes with 200 and, when something is not delivered, with 503.
async function health(): Promise<Detail> {
  try {
    return await ask_json<Detail>("/api/health/detailed");
  } catch (failure) {
    if (failure instanceof Problem && failure.status === 503 && failure.body) return failure.body as Detail;
    throw failure;
  }
}

// Never rounded up: 100 % is 100 %.
export function percent(share: number): string {
  return `${Math.floor(share * 10_000) / 100} %`;
}

function shares(all: Shares): string | null {
  const known = Object.entries(all ?? {}).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  if (known.length === 0) return null;
  const same = known.every(([, share]) => percent(share) === percent(known[0]?.[1] ?? 0));
  if (same) return `${percent(known[0]?.[1] ?? 0)} (${known.map(([range]) => range).join(", ")})`;
  return known.map(([range, share]) => `${range} ${percent(share)}`).join(" · ");
}

// Null: there was no failure to measure.
function seconds(value: number | null | undefined): string | null {
  if (value === undefined) return null;
  if (value === null) return "no failure yet";
  return value < 60 ? milliseconds(value * 1000) : duration(value);
}

function probe_words(probe: Probe | undefined): string | null {
  if (!probe) return null;
  if (!probe.ok) return `fails: ${probe.error || "no reason given"}`;
  const age = probe.newest_part_age_ms;
  return typeof age === "number" ? `ok, newest part ${milliseconds(Math.max(0, age))} old` : "ok";
}
