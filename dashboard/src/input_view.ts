// The inputs of a stream, best first: what each does, and why it does not.
import type { InputStatus, StreamStatus } from "./api";
import { element } from "./dom";
import { clock } from "./format";

const tones: Record<string, string> = { active: "good", idle: "rest", degraded: "bad", probing: "wait" };

export class InputView {
  readonly node = element("ul", { class: "inputs" });
  private shown = "";

  update(stream: StreamStatus): void {
    const key = JSON.stringify([stream.inputs, stream.active_input, stream.monitors, stream.on_air]);
    if (key === this.shown) return;
    this.shown = key;
    this.node.replaceChildren(...(stream.inputs ?? []).map((input) => this.row(input, stream)));
  }

  private row(input: InputStatus, stream: StreamStatus): HTMLElement {
    // Chosen is not seen: a bridged stream shows no input at all.
    const seen = stream.on_air === "picture" || (stream.on_air === "slate" && input.type === "slate");
    const on_air = input.input_priority === stream.active_input && seen;
    const failure = input.errors?.[0];
    const captured = (stream.monitors ?? []).find((monitor) => monitor.captured);
    const what = on_air && captured && input.type === "x11" ? `${captured.name} · ${captured.width}×${captured.height}` : "";
    return element(
      "li",
      {},
      element("span", { class: "priority", title: "Priority, 0 is best" }, String(input.input_priority)),
      element("span", { class: "input_type" }, input.type, what ? element("small", {}, what) : null),
      element("span", { class: "pill", "data-tone": tones[input.status] ?? "wait" }, on_air ? "on air" : input.status),
      failure ? element("p", { class: "failure" }, element("time", {}, clock(failure.at)), ` ${failure.message}`) : null,
    );
  }
}
