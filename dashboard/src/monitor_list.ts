// The monitors that the worker sees, and which one is captured.
import type { StreamStatus } from "./api";
import { element, Keyed } from "./dom";

export class MonitorList {
  readonly node = element("div");
  private readonly keyed = new Keyed(this.node);

  update(stream: StreamStatus): void {
    const monitors = stream.monitors ?? [];
    this.keyed.set(JSON.stringify(monitors), () => {
      if (monitors.length === 0) return [element("p", { class: "hint" }, "None is known: no worker has reported any.")];
      const items = monitors.map((monitor) =>
        element(
          "li",
          { class: monitor.captured ? "monitor captured" : "monitor" },
          element("b", {}, monitor.name),
          `${monitor.width} × ${monitor.height}${monitor.primary ? ", primary" : ""}`,
          element("span", {}, monitor.captured ? "captured" : "not captured"),
        ),
      );
      return [element("ul", { class: "monitors" }, ...items)];
    });
  }
}
