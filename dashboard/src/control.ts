// The buttons of a stream, and what became of the last press. A button that would change nothing stays where it is and
// says why: the focus is never lost.
import { command, type StreamStatus, type Verb } from "./api";
import { confirmed } from "./dialog";
import { announce, element, set_attribute, set_hidden, set_text } from "./dom";
import type { App } from "./view";
import "./control.css";

const done: Record<Verb, string> = {
  start: "Start requested.",
  stop: "Stop requested.",
  restart: "Restart requested.",
  pause: "Pause requested: viewers see the slate.",
  resume: "Resume requested.",
};
const note_shown_ms = 8000;

export class Control {
  readonly node: HTMLElement;
  private readonly start = this.button("primary", "Start", "start");
  private readonly restart = this.button("", "Restart", "restart");
  private readonly pause = this.button("", "Pause", "pause");
  private readonly stop = this.button("danger", "Stop", "stop");
  private readonly note = element("p", { class: "note", hidden: "" });
  private note_timer = 0;
  private busy = false;
  private stream: StreamStatus | null = null;

  constructor(private readonly name: string, private readonly app: App) {
    const row = element("div", { class: "buttons", role: "group", "aria-label": `Control ${name}` }, this.start, this.restart, this.pause, this.stop);
    this.node = element("div", { class: "control" }, row, this.note);
  }

  update(stream: StreamStatus): void {
    this.stream = stream;
    const up = stream.desired === "up";
    const paused = is_paused(stream);
    const waits = ["backoff", "hold", "blocked"].includes(stream.state);
    set_text(this.start, waits && up ? "Try now" : "Start");
    set_text(this.pause, paused ? "Resume" : "Pause");
    this.pause.title = paused ? "Show the picture again" : "Put the slate on air instead of the picture; players go on";
    this.able(this.start, !up || waits, "It is started");
    this.able(this.restart, up && !waits && !paused, up ? "Nothing runs that could be restarted" : "It is stopped");
    this.able(this.pause, up, "It is stopped");
    this.able(this.stop, up, "It is stopped");
  }

  private able(button: HTMLButtonElement, wanted: boolean, why_not: string): void {
    const allowed = this.app.may_operate();
    const can = wanted && allowed && !this.busy;
    set_attribute(button, "aria-disabled", String(!can));
    if (button !== this.pause || !can) button.title = can ? "" : !allowed ? "Your account may look only" : this.busy ? "" : why_not;
  }

  private button(kind: string, text: string, verb: Verb): HTMLButtonElement {
    const button = element("button", { type: "button", class: kind }, text);
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") === "true") return;
      void this.press(verb === "pause" && this.stream && is_paused(this.stream) ? "resume" : verb);
    });
    return button;
  }

  private async press(verb: Verb): Promise<void> {
    if (this.busy || (verb === "stop" && !(await this.is_stop_meant()))) return;
    this.set_busy(true);
    try {
      const status = await command(this.name, verb);
      if (status) this.app.take(status);
      this.say(done[verb], "good");
    } catch (failure) {
      this.say(`Not done: ${failure instanceof Error ? failure.message : "unknown error"}`, "bad");
    } finally {
      this.set_busy(false);
    }
  }

  private is_stop_meant(): Promise<boolean> {
    const viewers = this.stream?.viewers ?? 0;
    const who = viewers === 1 ? "One viewer is watching." : viewers > 1 ? `${viewers} viewers are watching.` : "Nobody is watching now.";
    const text = `${who} Their players will stop. Nothing starts it again by itself: it stays stopped until you start it, also when the service is restarted. To hide the picture only, use Pause.`;
    return confirmed({ title: `Stop ${this.name}?`, text, yes: "Stop the stream", no: "Keep it running" });
  }

  private set_busy(busy: boolean): void {
    this.busy = busy;
    if (this.stream) this.update(this.stream);
  }

  private say(text: string, tone: string): void {
    set_text(this.note, text);
    this.note.dataset["tone"] = tone;
    set_hidden(this.note, false);
    announce(`${this.name}: ${text}`);
    clearTimeout(this.note_timer);
    this.note_timer = window.setTimeout(() => set_hidden(this.note, true), note_shown_ms);
  }
}

// Also while a worker is being replaced: then the state says that.
function is_paused(stream: StreamStatus): boolean {
  return stream.paused ?? stream.state === "paused";
}
