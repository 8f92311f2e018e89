// Log lines on the page, newest below, never more than lines_max; a filter hides what is not wanted. Stays at the newest
// line unless the reader has scrolled up.
import type { LogLine } from "./api";
import { element, set_text } from "./dom";

export const lines_max = 2000;
export const level_ranks: Record<string, number> = { trace: 0, debug: 0, info: 1, warn: 2, error: 3 };

const end_tolerance_px = 24;

export interface LogFilter {
  stream: string | null; // null: all; "": the service itself
  rank: number; // this level or worse
  text: string;
}

interface Row {
  node: HTMLElement;
  line: LogLine | null; // null: a mark between lines
  search: string;
}

export class LogList {
  readonly node = element("ol", { class: "log_lines", tabindex: "0", "aria-label": "Log lines, newest last" });
  private readonly rows: Row[] = [];
  private filter: LogFilter = { stream: null, rank: 1, text: "" };
  private last_day = "";
  private below = 0;
  shown = 0;
  following = true;

  constructor(private readonly on_change: () => void) {
    this.node.addEventListener("scroll", () => {
      this.following = this.is_at_end();
      if (this.following) this.below = 0;
      this.on_change();
    });
  }

  get total(): number {
    return this.rows.filter((row) => row.line).length;
  }

  // Lines that came below what the reader sees.
  get unseen(): number {
    return this.below;
  }

  add(line: LogLine): void {
    const time = new Date(line.at);
    const day = Number.isNaN(time.getTime()) ? "" : time.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
    if (day !== this.last_day) this.mark(day);
    this.last_day = day;
    this.append({ node: row_of(line, time), line, search: text_of(line).toLowerCase() });
  }

  mark(text: string): void {
    this.append({ node: element("li", { class: "break" }, text), line: null, search: "" });
  }

  // After any number of add() and mark().
  settle(): void {
    while (this.rows.length > lines_max) this.drop_oldest();
    if (this.following) this.node.scrollTop = this.node.scrollHeight;
    this.on_change();
  }

  set_filter(filter: LogFilter): void {
    this.filter = filter;
    this.shown = 0;
    for (const row of this.rows) this.apply(row);
    this.follow();
  }

  follow(): void {
    this.following = true;
    this.below = 0;
    this.node.scrollTop = this.node.scrollHeight;
    this.on_change();
  }

  text(): string {
    return this.rows.filter((row) => row.line && !row.node.hidden).map((row) => text_of(row.line as LogLine)).join("\n");
  }

  private append(row: Row): void {
    this.rows.push(row);
    this.apply(row);
    if (!this.following && row.line && !row.node.hidden) ++this.below;
    this.node.append(row.node);
  }

  private drop_oldest(): void {
    const row = this.rows.shift();
    if (!row) return;
    if (row.line && !row.node.hidden) --this.shown;
    row.node.remove();
  }

  private apply(row: Row): void {
    const { stream, rank, text } = this.filter;
    const line = row.line;
    row.node.hidden =
      line !== null &&
      ((stream !== null && line.stream !== stream) || (level_ranks[line.level] ?? 1) < rank || (text !== "" && !row.search.includes(text)));
    if (line && !row.node.hidden) ++this.shown;
  }

  private is_at_end(): boolean {
    return this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < end_tolerance_px;
  }
}

function source_of(line: LogLine): string {
  if (!line.stream) return "service";
  return line.generation > 0 ? `${line.stream} #${line.generation}` : line.stream;
}

function text_of(line: LogLine): string {
  return `${line.at} ${line.level} ${source_of(line)} ${line.text}`;
}

function row_of(line: LogLine, time: Date): HTMLElement {
  const known = !Number.isNaN(time.getTime());
  const clock = known ? `${time.toLocaleTimeString("en-GB")}.${String(time.getMilliseconds()).padStart(3, "0")}` : line.at;
  const text = element("span", { class: "text" });
  set_text(text, line.text);
  return element(
    "li",
    { "data-level": line.level },
    element("time", { datetime: line.at, title: line.at }, clock),
    element("span", { class: "level" }, line.level),
    element("span", { class: "source", title: line.generation > 0 ? `Stream ${line.stream}, worker ${line.generation}` : "" }, source_of(line)),
    text,
  );
}
