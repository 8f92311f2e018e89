// One input of a stream: what it is, how it is, its figures, what went wrong with it, and what can be done with it.
// Written to in place: focus and an open history survive every status.
import type { InputStatus, StreamStatus } from "./api";
import { ActionButton } from "./action_button";
import { element, Keyed, set_attribute, set_hidden, set_text } from "./dom";
import { clock, duration, moment } from "./format";
import { content_words, input_figures, input_tones, is_on_air } from "./input_words";

export type InputAct = "use" | "give_back" | "edit" | "up" | "down" | "remove";

export interface InputRights {
  switchable: boolean; // the supervisor offers it, and the account may
  editable: boolean;
  configured: number; // how many of the inputs stand in the configuration; the rest is the slate that is always there
}

export class InputRow {
  readonly node: HTMLElement;
  private readonly type = element("span", { class: "input_type" });
  private readonly what = element("small", { class: "input_name" });
  private readonly status = element("span");
  private readonly pill = element("span", { class: "pill" }, element("span", { class: "shape", "aria-hidden": "true" }), this.status);
  private readonly figures = element("p", { class: "input_figures" });
  private readonly trouble = element("p", { class: "failure" });
  private readonly former = element("ol", { class: "input_errors" });
  private readonly former_keyed = new Keyed(this.former);
  private readonly summary = element("summary", {}, "");
  private readonly history = element("details", { class: "input_history" }, this.summary, this.former);
  private readonly tools: HTMLElement;
  private readonly buttons: Record<InputAct, ActionButton>;

  constructor(readonly priority: number, act: (what: InputAct, input: InputStatus) => void) {
    const button = (text: string, what: InputAct, label: string): ActionButton => {
      const made = new ActionButton(text, () => this.input && act(what, this.input), "small");
      set_attribute(made.node, "aria-label", `${label}: input ${priority}`);
      return made;
    };
    this.buttons = {
      use: button("Use this", "use", "Use this"),
      give_back: button("Back to automatic", "give_back", "Back to automatic"),
      edit: button("Edit", "edit", "Edit"),
      up: button("Up", "up", "Move up"),
      down: button("Down", "down", "Move down"),
      remove: button("Remove", "remove", "Remove"),
    };
    this.tools = element("div", { class: "input_tools", role: "group", "aria-label": `Input ${priority}` }, ...Object.values(this.buttons).map((one) => one.node));
    this.node = element(
      "li",
      {},
      element("span", { class: "priority", title: "Priority, 0 is best" }, element("span", { class: "unseen" }, "Priority "), String(priority)),
      element("div", { class: "input_what" }, this.type, this.what),
      this.pill,
      element("div", { class: "input_more" }, this.figures, this.trouble, this.history, this.tools),
    );
  }

  private input: InputStatus | null = null;

  update(input: InputStatus, stream: StreamStatus, rights: InputRights): void {
    this.input = input;
    const on_air = is_on_air(input, stream);
    const captured = (stream.monitors ?? []).find((monitor) => monitor.captured);
    const seen = on_air && captured && input.type === "x11" ? ` · ${captured.name} · ${captured.width}×${captured.height}` : "";
    set_text(this.type, input.type);
    set_text(this.what, `${input.name && input.name !== input.type ? input.name : ""}${seen}`);
    set_text(this.status, on_air ? "on air" : input.status);
    set_attribute(this.pill, "data-tone", input_tones[input.status] ?? "wait");
    const figures = [input_figures(input), content_words(input), this.silence(input, on_air), input.suppressed ? "held back: it failed too often lately" : ""];
    set_text(this.figures, figures.filter(Boolean).join(" · "));
    set_hidden(this.figures, this.figures.textContent === "");
    this.show_errors(input);
    this.show_buttons(input, stream, on_air, rights);
  }

  private silence(input: InputStatus, on_air: boolean): string {
    if (!input.last_packet_at || on_air) return "";
    const age = (Date.now() - Date.parse(input.last_packet_at)) / 1000;
    return age > 2 ? `last picture ${duration(age)} ago` : "";
  }

  private show_errors(input: InputStatus): void {
    const [newest, ...rest] = input.errors ?? [];
    set_hidden(this.trouble, newest === undefined);
    if (newest) set_text(this.trouble, `${moment(newest.at)} ${newest.message}`);
    set_hidden(this.history, rest.length === 0);
    set_text(this.summary, `${rest.length} before`);
    this.former_keyed.set(JSON.stringify(rest), () => rest.map((one) => element("li", {}, element("time", { datetime: one.at, title: clock(one.at) }, moment(one.at)), ` ${one.message}`)));
  }

  private show_buttons(input: InputStatus, stream: StreamStatus, on_air: boolean, rights: InputRights): void {
    const held = stream.override_input === input.input_priority;
    const listed = rights.editable && this.priority < rights.configured;
    set_hidden(this.buttons.use.node, !rights.switchable || held);
    set_hidden(this.buttons.give_back.node, !rights.switchable || !held);
    this.buttons.use.set_reason(on_air && stream.override_input == null && stream.active_input === 0 ? "It is on air" : "");
    for (const what of ["edit", "up", "down", "remove"] as const) set_hidden(this.buttons[what].node, !listed);
    this.buttons.up.set_reason(this.priority === 0 ? "It is the first one" : "");
    this.buttons.down.set_reason(this.priority + 1 >= rights.configured ? "It is the last one" : "");
    set_hidden(this.tools, !rights.switchable && !listed);
  }
}
