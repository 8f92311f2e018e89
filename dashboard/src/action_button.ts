// A button that, when it can do nothing, stays where it is, keeps the focus and says why.
import { element, set_attribute } from "./dom";

export class ActionButton {
  readonly node: HTMLButtonElement;

  constructor(text: string, press: () => void, kind = "") {
    this.node = element("button", { type: "button", ...(kind ? { class: kind } : {}) }, text);
    this.node.addEventListener("click", () => this.can && press());
  }

  get can(): boolean {
    return this.node.getAttribute("aria-disabled") !== "true";
  }

  // An empty reason: it can.
  set_reason(why_not: string): void {
    set_attribute(this.node, "aria-disabled", String(why_not !== ""));
    set_attribute(this.node, "title", why_not);
  }
}
