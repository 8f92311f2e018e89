// The three buttons of a stream, and what became of the last press.
import { command, type Status, type StreamStatus, type Verb } from "./api";
import { announce, element, set_hidden, set_text } from "./dom";

const done: Record<Verb, string> = { start: "Start requested.", stop: "Stop requested.", restart: "Restart requested." };
const note_shown_ms = 6000;

export class Control {
  readonly node: HTMLElement;
  private readonly buttons: Record<Verb, HTMLButtonElement>;
  private readonly note = element("p", { class: "note", hidden: "" });
  private note_timer = 0;
  private busy = false;
  private stream: StreamStatus | null = null;

  constructor(private readonly name: string, private readonly on_status: (status: Status) => void) {
    this.buttons = { start: this.button("start", "Start"), stop: this.button("stop", "Stop"), restart: this.button("restart", "Restart") };
    const row = element("div", { class: "buttons", role: "group", "aria-label": `Control ${name}` }, ...Object.values(this.buttons));
    this.node = element("div", {}, row, this.note);
  }

  update(stream: StreamStatus): void {
    this.stream = stream;
    const waits = ["backoff", "hold", "blocked"].includes(stream.state);
    set_text(this.buttons.start, waits ? "Try now" : "Start");
    this.buttons.start.disabled = this.busy || (stream.desired === "up" && !waits);
    this.buttons.stop.disabled = this.busy || stream.desired === "down";
    this.buttons.restart.disabled = this.busy || stream.desired === "down" || waits;
  }

  private button(verb: Verb, text: string): HTMLButtonElement {
    const button = element("button", { type: "button", class: verb }, text);
    button.addEventListener("click", () => void this.press(verb));
    return button;
  }

  private async press(verb: Verb): Promise<void> {
    if (this.busy) return;
    this.set_busy(true);
    try {
      const status = await command(this.name, verb);
      if (status) this.on_status(status);
      this.say(done[verb], false);
    } catch (failure) {
      this.say(`Not done: ${failure instanceof Error ? failure.message : "unknown error"}`, true);
    } finally {
      this.set_busy(false);
    }
  }

  private set_busy(busy: boolean): void {
    this.busy = busy;
    if (this.stream) this.update(this.stream);
  }

  private say(text: string, failed: boolean): void {
    set_text(this.note, text);
    this.note.dataset["tone"] = failed ? "bad" : "good";
    set_hidden(this.note, false);
    announce(`${this.name}: ${text}`);
    clearTimeout(this.note_timer);
    this.note_timer = window.setTimeout(() => set_hidden(this.note, true), note_shown_ms);
  }
}
