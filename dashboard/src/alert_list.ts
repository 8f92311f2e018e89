// Alerts as rows: how bad in a word and a shape, since when, what is wrong. One row for each alert, updated in place.
import type { Alert } from "./api";
import { element, Keyed, set_text } from "./dom";
import { duration, moment, number } from "./format";
import { stream_hash } from "./router";

export const severity_words: Record<string, string> = { critical: "Critical", warning: "Warning", info: "Information" };

const tones: Record<string, string> = { critical: "bad", warning: "warn", info: "wait" };

function severity_sign(severity: string): HTMLElement {
  return element(
    "span",
    { class: "pill severity", "data-tone": tones[severity] ?? "wait" },
    element("span", { class: "shape", "aria-hidden": "true" }),
    severity_words[severity] ?? severity,
  );
}

export class AlertList {
  readonly node = element("ul", { class: "alerts" });
  private readonly rows = new Keyed(this.node);
  private readonly clocks: { node: HTMLElement; opened_at: number }[] = [];

  update(alerts: Alert[]): void {
    this.rows.set(JSON.stringify(alerts.map((alert) => ({ ...alert, duration_seconds: alert.state === "open" ? 0 : alert.duration_seconds }))), () => {
      this.clocks.length = 0;
      return alerts.map((alert) => this.row(alert));
    });
    this.tick();
  }

  tick(): void {
    for (const { node, opened_at } of this.clocks) set_text(node, `open for ${duration((Date.now() - opened_at) / 1000)}`);
  }

  private row(alert: Alert): HTMLElement {
    const open = alert.state === "open";
    const took = element("span", { class: "alert_took" }, open ? "" : `lasted ${duration(alert.duration_seconds)}`);
    const opened_at = Date.parse(alert.opened_at);
    if (open && !Number.isNaN(opened_at)) this.clocks.push({ node: took, opened_at });
    return element(
      "li",
      { class: "alert", "data-severity": alert.severity, "data-rule": alert.rule },
      severity_sign(alert.severity),
      element("p", { class: "alert_title" }, element("strong", {}, capital(alert.title)), this.stream_of(alert)),
      element("p", { class: "alert_when" }, element("time", { datetime: alert.opened_at, title: alert.opened_at }, moment(alert.opened_at)), " · ", took),
      element("p", { class: "alert_detail" }, alert.detail, this.notices(alert)),
    );
  }

  private stream_of(alert: Alert): HTMLElement | null {
    return alert.stream ? element("a", { class: "alert_stream", href: stream_hash(alert.stream) }, alert.stream) : null;
  }

  private notices(alert: Alert): HTMLElement | null {
    const sent = alert.notified ?? 0;
    const held = alert.held_back ?? 0;
    if (sent === 0 && held === 0) return null;
    const words = [sent > 0 ? `${number(sent)} sent` : "", held > 0 ? `${number(held)} held back` : ""].filter(Boolean).join(", ");
    return element("span", { class: "alert_notices" }, `Notices: ${words}`);
  }
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
