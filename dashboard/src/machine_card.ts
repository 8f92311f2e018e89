// The machine: processor, memory, disk, network, and what the supervisor itself takes of them.
import type { Status } from "./api";
import { element, set_attribute, set_hidden, set_text } from "./dom";
import { bit_rate, bytes, duration, mebibytes, number } from "./format";

const warn_percent = 75;
const bad_percent = 90;

class Gauge {
  readonly node: HTMLElement;
  private readonly value = element("strong");
  private readonly note = element("small");
  private readonly fill = element("span");
  private readonly bar = element("div", { class: "bar", "aria-hidden": "true" }, this.fill);

  constructor(name: string) {
    const head = element("div", { class: "gauge_head" }, element("span", {}, name), this.value);
    this.node = element("div", { class: "gauge" }, head, this.bar, this.note);
  }

  percent(percent: number | null | undefined, note: string): void {
    const known = typeof percent === "number" && Number.isFinite(percent);
    const tone = !known ? "rest" : percent >= bad_percent ? "bad" : percent >= warn_percent ? "warn" : "good";
    const word = tone === "bad" ? " · high" : tone === "warn" ? " · filling" : "";
    set_text(this.value, known ? `${number(percent)} %${word}` : "not measured");
    set_text(this.note, note);
    this.fill.style.width = `${known ? Math.min(100, Math.max(0, percent)) : 0}%`;
    set_attribute(this.node, "data-tone", tone);
  }

  // A number without an upper end has no bar.
  text(value: string, note: string): void {
    set_hidden(this.bar, true);
    set_text(this.value, value);
    set_text(this.note, note);
  }
}

export class MachineCard {
  readonly node: HTMLElement;
  private readonly gauges = {
    cpu: new Gauge("Processor"),
    memory: new Gauge("Memory"),
    disk: new Gauge("Disk"),
    network: new Gauge("Network"),
    supervisor: new Gauge("Supervisor"),
  };
  private readonly config_error = element("p", { class: "config_error", hidden: "" });

  constructor() {
    const row = element("div", { class: "machine" }, ...Object.values(this.gauges).map((gauge) => gauge.node));
    this.node = element("section", { class: "card section", "aria-labelledby": "machine_title" }, this.head(), row, this.config_error);
  }

  update(status: Status): void {
    const system = status.system ?? {};
    const { cpu, memory, disk, network, supervisor } = this.gauges;
    const load = system.load_average_1m;
    cpu.percent(system.cpu_percent, typeof load === "number" ? `load ${number(load, 2)}` : "all cores");
    memory.percent(system.memory_percent, room(system.memory_available_mb, system.memory_total_bytes));
    disk.percent(system.disk_usage_percent, room(system.disk_free_mb, system.disk_total_bytes));
    const { network_in_kbps: inward, network_out_kbps: outward } = system;
    const measured = typeof inward === "number" && typeof outward === "number";
    network.text(measured ? `${bit_rate(outward)} out` : "not measured", measured ? `${bit_rate(inward)} in` : "");
    const own = system.supervisor;
    supervisor.text(`up ${duration(status.service?.uptime_seconds ?? 0)}`, own ? `${mebibytes(own.rss_mb)} · ${number(own.cpu_percent, 1)} % of a core` : "");
    const error = status.service?.config_error ?? "";
    set_hidden(this.config_error, error === "");
    set_text(this.config_error, `The last configuration was refused, the one before is in force: ${error}`);
  }

  private head(): HTMLElement {
    return element("div", { class: "section_head" }, element("h2", { id: "machine_title" }, "Machine"));
  }
}

function room(free_mb: number | null | undefined, total_bytes: number | undefined): string {
  const parts = [typeof free_mb === "number" ? `${mebibytes(free_mb)} free` : "", total_bytes ? `of ${bytes(total_bytes)}` : ""];
  return parts.filter(Boolean).join(" ");
}
