// The last log lines, newest below, with a filter. Follows the end unless the reader has scrolled up.
import type { LogLine } from "./api";
import { element } from "./dom";
import { clock } from "./format";

const lines_max = 500;
const ranks: Record<string, number> = { trace: 0, debug: 0, info: 1, warn: 2, error: 3 };

export class LogView {
  private readonly list = element("ol", { class: "log_lines", tabindex: "0", "aria-label": "Log lines, newest last" });
  private readonly level = element("select", { "aria-label": "Least level shown" });
  private readonly search = element("input", { type: "search", placeholder: "Filter", "aria-label": "Filter log lines by text" });
  private readonly empty = element("p", { class: "empty" }, "No log lines yet.");
  private last_id = 0;
  private last_at = "";

  constructor(node: HTMLElement) {
    for (const [value, text] of [["0", "All"], ["1", "Info and worse"], ["2", "Warnings and errors"], ["3", "Errors"]] as const) {
      this.level.append(element("option", { value }, text));
    }
    this.level.value = "1";
    this.level.addEventListener("change", () => this.filter_all());
    this.search.addEventListener("input", () => this.filter_all());
    const head = element("div", { class: "log_head" }, element("h2", { id: "logs_title" }, "Log"), this.search, this.level);
    node.append(head, this.empty, this.list);
  }

  // Lines already shown are left out. A later line with a number not higher than the last one is of a supervisor that
  // started anew.
  add(line: LogLine): void {
    if (line.id !== undefined && line.id <= this.last_id) {
      if (line.at <= this.last_at) return;
      this.append(element("li", { class: "break" }, "The supervisor started anew"));
    }
    this.last_id = line.id ?? this.last_id;
    this.last_at = line.at;
    const row = element(
      "li",
      { "data-level": line.level, "data-rank": String(ranks[line.level] ?? 1) },
      element("time", { datetime: line.at, title: line.at }, clock(line.at)),
      element("span", { class: "level" }, line.level),
      element("span", { class: "text" }, line.stream ? element("b", {}, this.source(line)) : null, line.text),
    );
    this.filter(row);
    this.append(row);
  }

  private source(line: LogLine): string {
    return line.generation > 0 ? `${line.stream} #${line.generation} ` : `${line.stream} `;
  }

  private append(row: HTMLElement): void {
    const at_end = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 24;
    this.empty.hidden = true;
    this.list.append(row);
    while (this.list.childElementCount > lines_max) this.list.firstElementChild?.remove();
    if (at_end) this.list.scrollTop = this.list.scrollHeight;
  }

  private filter_all(): void {
    for (const row of this.list.children) this.filter(row as HTMLElement);
    this.list.scrollTop = this.list.scrollHeight;
  }

  private filter(row: HTMLElement): void {
    const rank = Number(row.dataset["rank"] ?? "3");
    const wanted = this.search.value.trim().toLowerCase();
    row.hidden = rank < Number(this.level.value) || (wanted !== "" && !(row.textContent ?? "").toLowerCase().includes(wanted));
  }
}
