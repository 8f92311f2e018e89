// A list of named values that are updated in place.
import { element, set_attribute, set_hidden, set_text } from "./dom";

export class FactList {
  readonly node = element("dl", { class: "facts" });
  private readonly rows = new Map<string, { row: HTMLElement; value: HTMLElement }>();

  // An empty value hides the row; null and undefined are shown as "not measured". `title`: what the number means.
  set(name: string, value: string | null | undefined, title = "", tone = ""): void {
    let entry = this.rows.get(name);
    if (!entry) {
      const dd = element("dd");
      const row = element("div", {}, element("dt", {}, name), dd);
      if (title) row.title = title;
      entry = { row, value: dd };
      this.rows.set(name, entry);
      this.node.append(row);
    }
    const known = value !== null && value !== undefined;
    set_hidden(entry.row, value === "");
    set_text(entry.value, known ? value : "not measured");
    entry.value.classList.toggle("unmeasured", !known);
    set_attribute(entry.value, "data-tone", tone);
  }
}
