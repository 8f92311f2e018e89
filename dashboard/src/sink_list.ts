// Where alerts are sent: each receiver with its state, what waits for it, and what it answered to the last test.
import { element, Keyed } from "./dom";
import { milliseconds, moment, number } from "./format";

export interface Sink {
  name: string;
  kind: string;
  enabled: boolean;
  state: string;
  last_delivery_at: string | null;
  last_error: string | null;
  pending: number;
  delivered: number;
  failed: number;
}

export interface TestResult {
  sink: string;
  kind: string;
  ok: boolean;
  took_ms: number | null;
  error: string | null;
}

const kinds: Record<string, string> = { email: "E-mail", slack: "Slack", discord: "Discord", json: "Webhook (JSON)", dead_man: "Dead man's ping" };
const states: Record<string, [string, string]> = {
  ok: ["good", "Delivers"],
  failing: ["bad", "Fails"],
  off: ["rest", "Off"],
  unknown: ["wait", "Not tried yet"],
};

export class SinkList {
  readonly node = element("ul", { class: "sinks" });
  private readonly rows = new Keyed(this.node);

  update(sinks: Sink[], results: TestResult[]): void {
    this.rows.set(JSON.stringify([sinks, results]), () =>
      sinks.map((sink) => row_of(sink, results.find((result) => result.sink === sink.name && result.kind === sink.kind))),
    );
  }
}

function row_of(sink: Sink, result: TestResult | undefined): HTMLElement {
  const [tone, word] = states[sink.enabled ? sink.state : "off"] ?? ["wait", sink.state];
  const kind = kinds[sink.kind] ?? sink.kind;
  const own_name = sink.name === sink.kind ? "" : sink.name;
  return element(
    "li",
    { class: "sink", "data-tone": tone, "data-sink": sink.name },
    element("p", { class: "sink_name" }, element("strong", {}, own_name || kind), own_name ? element("small", {}, kind) : null),
    element("span", { class: "pill", "data-tone": tone }, element("span", { class: "shape", "aria-hidden": "true" }), word),
    element("p", { class: "sink_facts" }, facts_of(sink)),
    sink.last_error && sink.enabled ? element("p", { class: "sink_error" }, `Last error: ${sink.last_error}`) : null,
    result ? answer_of(result) : null,
  );
}

function facts_of(sink: Sink): string {
  if (!sink.enabled) return "Not switched on in the configuration.";
  const facts = [
    `${number(sink.delivered)} delivered`,
    sink.failed > 0 ? `${number(sink.failed)} failed` : "",
    sink.pending > 0 ? `${number(sink.pending)} waiting` : "",
    sink.last_delivery_at ? `last at ${moment(sink.last_delivery_at)}` : "",
  ];
  return facts.filter(Boolean).join(" · ");
}

function answer_of(result: TestResult): HTMLElement {
  const took = result.took_ms === null || result.took_ms === undefined ? "" : ` after ${milliseconds(result.took_ms)}`;
  const text = result.ok ? `Test: accepted${took}.` : `Test: failed${took}. ${result.error || "It gave no reason."}`;
  return element("p", { class: "sink_answer", "data-tone": result.ok ? "good" : "bad" }, text);
}
