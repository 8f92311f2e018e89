// A number that matters, large, with its last two minutes.
import { element, set_text } from "./dom";
import { Sparkline } from "./sparkline";

export class Tile {
  readonly node: HTMLElement;
  private readonly value = element("strong");
  private readonly note = element("small");
  private readonly spark = new Sparkline();

  constructor(name: string) {
    this.node = element("div", { class: "tile" }, element("span", {}, name), this.value, this.note);
    this.node.append(this.spark.node);
  }

  set(text: string, note: string): void {
    set_text(this.value, text);
    set_text(this.note, note);
  }

  add(value: number, top: number): void {
    this.spark.add(value, top);
  }
}
