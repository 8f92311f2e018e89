// The machine: processor, memory, disk, and what the supervisor itself takes of them.
import type { Status } from "./api";
import { element, set_attribute, set_text } from "./dom";
import { FactList } from "./fact_list";
import { bytes, duration, mebibytes, number } from "./format";

const warn_percent = 75;
const bad_percent = 90;

class Gauge {
  readonly node: HTMLElement;
  private readonly value = element("strong");
  private readonly note = element("small");
  private readonly fill = element("span");

  constructor(private readonly name: string) {
    const bar = element("div", { class: "bar", "aria-hidden": "true" }, this.fill);
    this.node = element("div", { class: "gauge" }, element("span", {}, name), this.value, bar, this.note);
  }

  set(percent: number, note: string): void {
    const known = Number.isFinite(percent);
    set_text(this.value, known ? `${number(percent)} %` : "–");
    set_text(this.note, note);
    this.fill.style.width = `${known ? Math.min(100, Math.max(0, percent)) : 0}%`;
    set_attribute(this.node, "data-tone", percent >= bad_percent ? "bad" : percent >= warn_percent ? "warn" : "good");
    set_attribute(this.node, "aria-label", `${this.name} ${number(percent)} percent`);
  }
}

export class SystemView {
  private readonly cpu = new Gauge("Processor");
  private readonly memory = new Gauge("Memory");
  private readonly disk = new Gauge("Disk");
  private readonly facts = new FactList();

  constructor(node: HTMLElement) {
    const gauges = element("div", { class: "gauges" }, this.cpu.node, this.memory.node, this.disk.node);
    node.append(element("h2", { id: "system_title" }, "Machine"), gauges, this.facts.node);
  }

  update(status: Status): void {
    const { system, service, health } = status;
    this.cpu.set(system.cpu_percent, "all cores");
    this.memory.set(system.memory_percent, system.memory_total_bytes ? `of ${bytes(system.memory_total_bytes)}` : "");
    this.disk.set(system.disk_usage_percent, system.disk_total_bytes ? `of ${bytes(system.disk_total_bytes)}` : "");
    const own = system.supervisor;
    this.facts.set("Supervisor up", duration(service.uptime_seconds));
    this.facts.set("Supervisor takes", own ? `${mebibytes(own.rss_mb)} · ${number(own.cpu_percent, 1)} % CPU` : "");
    this.facts.set("Errors", `${number(health.total_errors)} in all, ${number(health.recent_errors)} recent`, "", health.recent_errors > 0 ? "warn" : "");
    this.facts.set("Last error", health.last_error ?? "");
    this.facts.set("Configuration", service.config_error ?? "", "The last reload was refused; the old one is in force", "bad");
  }
}
