// The inputs of a stream, best first: how each is, who is on air and why, and what the operator can do: put a certain one
// on air, give that back, add, change, move and remove inputs while the stream runs.
import { Problem, switch_input, type InputStatus, type StreamStatus, type SwitchEvent } from "./api";
import { ActionButton } from "./action_button";
import { confirmed } from "./dialog";
import { announce, element, set_hidden, set_text } from "./dom";
import { offers } from "./features";
import { ask_for_input } from "./input_dialog";
import { fault_words, get_inputs, send_changes, type InputChange, type InputsInForce } from "./input_edits";
import type { InputConfig } from "./input_fields";
import { InputRow, type InputAct } from "./input_row";
import { choice_words, file_words, is_on_air, switch_warning, switch_words } from "./input_words";
import { SwitchList } from "./switch_list";
import type { App } from "./view";
import "./inputs.css";

const not_listed = "The configuration does not list this input any more. Wait for the next status and try again.";

export class InputList {
  readonly node: HTMLElement;
  private readonly why = element("p", { class: "input_choice" });
  private readonly list = element("ol", { class: "inputs" });
  private readonly none = element("p", { class: "empty" }, "No inputs are reported.");
  private readonly note = element("p", { class: "note", hidden: "", role: "status" });
  private readonly add = new ActionButton("Add input", () => void this.add_input(), "small");
  private readonly switches = new SwitchList();
  private rows: InputRow[] = [];
  private switchable = false; // until the supervisor says that it can
  private editable = false;
  private configured = 0; // inputs of the configuration in force
  private stream: StreamStatus | null = null;
  private busy = false;

  constructor(private readonly name: string, private readonly app: App) {
    this.node = element("div", {}, this.why, this.list, this.none, this.note, element("div", { class: "input_add" }, this.add.node), this.switches.node);
  }

  // Asks what this supervisor offers; the next update shows it.
  async look_again(): Promise<void> {
    [this.switchable, this.editable] = await Promise.all([offers("/inputs/switch"), offers("/inputs")]);
    if (this.editable && this.app.may_operate()) this.configured = await get_inputs(this.name).then((one) => one.inputs.length, () => 0);
    if (this.stream) this.update(this.stream);
  }

  update(stream: StreamStatus): void {
    this.stream = stream;
    const inputs = stream.inputs ?? [];
    const may = this.app.may_operate();
    while (this.rows.length > inputs.length) this.rows.pop()?.node.remove();
    while (this.rows.length < inputs.length) this.rows.push(this.new_row(inputs[this.rows.length] as InputStatus));
    // The slate that is always there is the last one, unless the list ends with one of its own.
    const configured = Math.min(this.configured, inputs.length);
    inputs.forEach((input, i) => this.rows[i]?.update(input, stream, { switchable: this.switchable && may, editable: this.editable && may, configured }));
    set_hidden(this.none, inputs.length > 0);
    set_text(this.why, choice_words(stream));
    this.why.toggleAttribute("data-exhausted", stream.exhausted === true);
    set_hidden(this.add.node, !this.editable || !may);
    this.switches.update(stream);
  }

  // Heard at once, not only with the next status.
  on_switch(news: SwitchEvent): void {
    announce(`${this.name}: ${switch_words(news)}`);
  }

  // Lets an x11 input of this stream capture another monitor.
  async capture(monitor: string): Promise<void> {
    const priority = (this.stream?.inputs ?? []).find((one) => one.type === "x11")?.input_priority;
    if (priority === undefined) return void (await this.add_input({ type: "x11", monitor }));
    const viewers = this.stream?.viewers ?? 0;
    const text = `Input ${priority} shows ${monitor} from then on. ${viewers > 0 ? "Viewers see the other monitor at once." : "Nobody is watching now."} ${file_words}`;
    if (!(await confirmed({ title: `Capture ${monitor}?`, text, yes: `Capture ${monitor}`, no: "Leave it as it is" }))) return;
    await this.change(`Input ${priority} captures ${monitor}.`, (now) => {
      const input = now.inputs[priority];
      return input ? [{ op: "update", priority, input: { ...input, monitor } }] : null;
    });
  }

  // Whether monitors can be chosen here.
  can_edit(): boolean {
    return this.editable && this.app.may_operate();
  }

  private new_row(input: InputStatus): InputRow {
    const row = new InputRow(input.input_priority, (what, of) => void this.act(what, of));
    this.list.append(row.node);
    return row;
  }

  private async act(what: InputAct, input: InputStatus): Promise<void> {
    const priority = input.input_priority;
    if (what === "use") return this.use(input);
    if (what === "give_back") return this.switch_to(null);
    if (what === "edit") return this.edit(priority);
    if (what === "remove") return this.remove(input);
    const to = what === "up" ? priority - 1 : priority + 1;
    await this.change(`Input ${priority} is now input ${to}.`, () => [{ op: "move", priority, to }]);
    this.rows[to]?.node.querySelector<HTMLElement>(`button[aria-label^="Move ${what}"]`)?.focus();
  }

  private async use(input: InputStatus): Promise<void> {
    const warning = this.stream ? switch_warning(input, this.stream) : "";
    const title = `Put input ${input.input_priority} (${input.name || input.type}) on air?`;
    if (warning && !(await confirmed({ title, text: warning, yes: "Put it on air", no: "Leave it" }))) return;
    await this.switch_to(input.input_priority);
  }

  private async switch_to(priority: number | null): Promise<void> {
    try {
      const status = await switch_input(this.name, priority);
      if (status) this.app.take(status);
      this.say(priority === null ? "Inputs are chosen automatically again." : `Input ${priority} was asked for.`, "good");
    } catch (failure) {
      this.say(`Not done: ${failure instanceof Problem ? failure.message : "unknown error"}`, "bad");
    }
  }

  private async add_input(first: InputConfig = { type: "url" }): Promise<void> {
    const now = await this.in_force();
    if (!now) return;
    const saved = await ask_for_input({
      title: "Add an input",
      warning: "It becomes the last one; move it up afterwards.",
      input: first,
      monitors: this.stream?.monitors ?? [],
      save: (input) => send_changes(this.name, [{ op: "add", priority: place_of_new(now), input }], now.revision),
    });
    if (saved) await this.changed("The input was added.");
  }

  private async edit(priority: number): Promise<void> {
    const now = await this.in_force();
    const input = now?.inputs[priority];
    if (!now || !input) return now ? this.say(not_listed, "bad") : undefined;
    const reported = this.stream?.inputs?.[priority];
    const on_air = this.stream !== null && reported !== undefined && is_on_air(reported, this.stream);
    const saved = await ask_for_input({
      title: `Edit input ${priority}`,
      warning: on_air ? "It is on air: it is opened anew, and another one is shown meanwhile." : "",
      input,
      monitors: this.stream?.monitors ?? [],
      save: (changed) => send_changes(this.name, [{ op: "update", priority, input: changed }], now.revision),
    });
    if (saved) await this.changed(`Input ${priority} was changed.`);
  }

  private async remove(input: InputStatus): Promise<void> {
    const priority = input.input_priority;
    const on_air = this.stream !== null && is_on_air(input, this.stream);
    const text = `${on_air ? "It is on air: viewers see the next one that works, or the slate. " : ""}${file_words}`;
    const question = { title: `Remove input ${priority} (${input.name || input.type})?`, text, yes: "Remove the input", no: "Keep it" };
    if (!(await confirmed(question))) return;
    await this.change(`Input ${priority} was removed.`, () => [{ op: "remove", priority }]);
    this.add.node.focus();
  }

  private async in_force(): Promise<InputsInForce | null> {
    try {
      const now = await get_inputs(this.name);
      this.configured = now.inputs.length;
      if (now.writable) return now;
      this.say("Not possible: the service may not write its configuration file.", "bad");
    } catch (failure) {
      this.say(`Not done: ${failure instanceof Problem ? failure.message : "unknown error"}`, "bad");
    }
    return null;
  }

  private async change(done: string, changes_of: (now: InputsInForce) => InputChange[] | null): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      const now = await this.in_force();
      if (!now) return;
      const changes = changes_of(now);
      if (!changes) return this.say(not_listed, "bad");
      const outcome = await send_changes(this.name, changes, now.revision);
      if (outcome.kind === "done") await this.changed(done);
      else this.say(`Not done: ${fault_words(outcome)}`, "bad");
    } finally {
      this.busy = false;
    }
  }

  private async changed(text: string): Promise<void> {
    this.say(text, "good");
    await this.look_again();
  }

  private say(text: string, tone: string): void {
    set_text(this.note, text);
    this.note.dataset["tone"] = tone;
    set_hidden(this.note, false);
  }
}

// Before a slate that ends the list: behind it nothing would ever be shown.
function place_of_new(now: InputsInForce): number {
  const last = now.inputs[now.inputs.length - 1];
  return last?.["type"] === "slate" ? now.inputs.length - 1 : now.inputs.length;
}
