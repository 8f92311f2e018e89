// The monitors that the worker sees, which one is captured, and a button that captures another one.
import { ActionButton } from "./action_button";
import type { Monitor, StreamStatus } from "./api";
import { element, Keyed } from "./dom";

export class MonitorList {
  readonly node = element("div");
  private readonly keyed = new Keyed(this.node);

  // `capture`: asks, and does it; `may`: whether it can be offered.
  constructor(private readonly capture: (monitor: string) => void, private readonly may: () => boolean) {}

  update(stream: StreamStatus): void {
    const monitors = stream.monitors ?? [];
    const may = this.may();
    this.keyed.set(JSON.stringify([monitors, may]), () => {
      if (monitors.length === 0) return [element("p", { class: "hint" }, "None is known: no worker has reported any.")];
      return [element("ul", { class: "monitors" }, ...monitors.map((monitor) => this.item(monitor, may)))];
    });
  }

  private item(monitor: Monitor, may: boolean): HTMLElement {
    const button = new ActionButton("Capture this", () => this.capture(monitor.name), "small");
    button.node.setAttribute("aria-label", `Capture this: ${monitor.name}`);
    return element(
      "li",
      { class: monitor.captured ? "monitor captured" : "monitor" },
      element("b", {}, monitor.name),
      `${monitor.width} × ${monitor.height}${monitor.primary ? ", primary" : ""}`,
      monitor.edid ? element("small", {}, monitor.edid) : null,
      element("span", {}, monitor.captured ? "captured" : "not captured"),
      may && !monitor.captured ? button.node : null,
    );
  }
}
