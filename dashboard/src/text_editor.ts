// A text field with line numbers that stay beside their lines, marks at lines, and a jump to one.
import { element, set_text } from "./dom";

export class TextEditor {
  readonly node = element("div", { class: "editor" });
  readonly field: HTMLTextAreaElement;
  private readonly numbers = element("div", { class: "editor_numbers", "aria-hidden": "true" });
  private readonly position = element("p", { class: "editor_position" });
  private lines = 0;
  private marked = new Set<number>();

  // `label`: id of what names the field.
  constructor(label: string, described_by: string, private readonly on_change: () => void) {
    this.field = element("textarea", {
      class: "editor_text", wrap: "off", spellcheck: "false", autocomplete: "off", autocapitalize: "off",
      "aria-labelledby": label, "aria-describedby": described_by,
    });
    this.field.addEventListener("input", () => {
      this.draw_numbers();
      this.on_change();
    });
    this.field.addEventListener("scroll", () => (this.numbers.scrollTop = this.field.scrollTop));
    for (const event of ["keyup", "click", "select"]) this.field.addEventListener(event, () => this.show_position());
    this.node.append(element("div", { class: "editor_box" }, this.numbers, this.field), this.position);
  }

  get text(): string {
    return this.field.value;
  }

  set text(text: string) {
    this.field.value = text;
    this.field.setSelectionRange(0, 0);
    this.field.scrollTo(0, 0);
    this.draw_numbers();
    this.show_position();
  }

  // Lines with something wrong; the first line is 1.
  mark(lines: Iterable<number>): void {
    this.marked = new Set(lines);
    this.lines = 0;
    this.draw_numbers();
  }

  jump_to(line: number): void {
    const rows = this.text.split("\n");
    const at = Math.min(Math.max(line, 1), rows.length);
    const start = rows.slice(0, at - 1).reduce((sum, row) => sum + row.length + 1, 0);
    this.field.focus();
    this.field.setSelectionRange(start, start + (rows[at - 1] ?? "").length);
    const height = this.field.scrollHeight / rows.length;
    this.field.scrollTop = Math.max(0, (at - 1) * height - this.field.clientHeight / 3);
    this.field.scrollLeft = 0;
    this.show_position();
  }

  private draw_numbers(): void {
    const lines = this.text.split("\n").length;
    if (lines === this.lines) return;
    this.lines = lines;
    const rows = Array.from({ length: lines }, (_, i) =>
      element("span", this.marked.has(i + 1) ? { class: "editor_bad" } : {}, String(i + 1)),
    );
    this.numbers.replaceChildren(...rows);
    this.numbers.scrollTop = this.field.scrollTop;
  }

  private show_position(): void {
    const before = this.text.slice(0, this.field.selectionStart);
    const line = before.split("\n").length;
    set_text(this.position, `Line ${line}, column ${before.length - before.lastIndexOf("\n")}`);
  }
}
