// The inputs of a stream, best first: what each does, why it does not, and, where the supervisor offers it, a button that
// puts a certain one on air.
import { Problem, switch_input, type InputStatus, type StreamStatus } from "./api";
import { announce, element, Keyed, set_hidden, set_text } from "./dom";
import { offers } from "./features";
import { moment } from "./format";
import type { App } from "./view";

const tones: Record<string, string> = { active: "good", idle: "rest", degraded: "bad", probing: "wait" };

export class InputList {
  readonly node: HTMLElement;
  private readonly list = element("ul", { class: "inputs" });
  private readonly keyed = new Keyed(this.list);
  private readonly note = element("p", { class: "note", hidden: "", "data-tone": "bad" });
  private switchable = false; // until the supervisor says that it can

  constructor(private readonly stream: string, private readonly app: App) {
    this.node = element("div", {}, this.list, this.note);
  }

  // Asks whether inputs can be switched by hand; the next update shows it.
  async look_again(): Promise<void> {
    this.switchable = await offers("/inputs/switch");
  }

  update(stream: StreamStatus): void {
    const can = this.switchable && this.app.may_operate();
    const key = JSON.stringify([stream.inputs, stream.active_input, stream.override_input, stream.monitors, stream.on_air, can]);
    const inputs = stream.inputs ?? [];
    this.keyed.set(key, () => (inputs.length > 0 ? inputs.map((input) => this.row(input, stream, can)) : [element("li", { class: "empty" }, "No inputs are reported.")]));
  }

  private row(input: InputStatus, stream: StreamStatus, can: boolean): HTMLElement {
    // Chosen is not seen: a bridged stream shows no input at all.
    const seen = stream.on_air === "picture" || (stream.on_air === "slate" && input.type === "slate");
    const on_air = input.input_priority === stream.active_input && seen;
    const held = stream.override_input === input.input_priority;
    const failure = input.errors?.[0];
    const captured = (stream.monitors ?? []).find((monitor) => monitor.captured);
    const what = on_air && captured && input.type === "x11" ? `${captured.name} · ${captured.width}×${captured.height}` : "";
    const words = on_air ? "on air" : input.status;
    const pill = element("span", { class: "pill", "data-tone": tones[input.status] ?? "wait" }, element("span", { class: "shape", "aria-hidden": "true" }), words);
    const more = element("div", { class: "input_more" });
    if (held) more.append(element("span", { class: "hint" }, "Chosen by hand: no other is tried"));
    else if (failure) more.append(element("p", { class: "failure" }, element("time", { datetime: failure.at }, moment(failure.at)), ` ${failure.message}`));
    if (can && (held || !on_air)) more.append(this.button(input.input_priority, held));
    return element(
      "li",
      {},
      element("span", { class: "priority", title: "Priority, 0 is best" }, String(input.input_priority)),
      element("span", { class: "input_type" }, input.type, what ? element("small", {}, what) : null),
      pill,
      more,
    );
  }

  private button(priority: number, held: boolean): HTMLElement {
    const button = element("button", { type: "button", class: "small" }, held ? "Back to automatic" : "Use this");
    button.title = held ? "" : "It stays on air whatever its state, until inputs are chosen automatically again";
    if (!held) button.setAttribute("aria-label", `Use this: input ${priority}`);
    button.addEventListener("click", () => void this.switch_to(held ? null : priority));
    return button;
  }

  private async switch_to(priority: number | null): Promise<void> {
    try {
      const status = await switch_input(this.stream, priority);
      if (status) this.app.take(status);
      set_hidden(this.note, true);
      announce(priority === null ? "Inputs are chosen automatically again" : `Input ${priority} was asked for`);
    } catch (failure) {
      const missing = failure instanceof Problem && (failure.status === 404 || failure.status === 405);
      if (missing) this.switchable = false;
      const why = missing ? "this supervisor cannot switch inputs by hand" : failure instanceof Error ? failure.message : "unknown error";
      set_text(this.note, `Not done: ${why}`);
      set_hidden(this.note, false);
      announce(`Not done: ${why}`);
    }
  }
}
