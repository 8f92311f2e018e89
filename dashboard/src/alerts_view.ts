// Alerts: what is open now, where notices are sent and whether they arrive, what was before.
import { ActionButton } from "./action_button";
import { AlertList, severity_words } from "./alert_list";
import { ask_json, Problem, type Alert, type AlertEvent, type Status } from "./api";
import { announce, element, set_hidden, set_text } from "./dom";
import { number } from "./format";
import { SinkList, type Sink, type TestResult } from "./sink_list";
import type { App, View } from "./view";
import "./alerts_view.css";

interface AlertsAnswer {
  active: Alert[];
  history: Alert[];
  held_back: number;
  sinks: Sink[];
}

const refresh_ms = 5000; // the states of the receivers have no event
const test_timeout_ms = 90_000;
const change_words: Record<AlertEvent["change"], string> = { opened: "New alert", still_open: "Still open", resolved: "Resolved" };

export class AlertsView implements View {
  readonly element = element("div", { class: "alerts_view" });
  private readonly summary = element("p", { class: "alert_summary" });
  private readonly open = new AlertList();
  private readonly none_open = element("p", { class: "all_well", "data-tone": "good" }, element("span", { class: "shape", "aria-hidden": "true" }), "Nothing is wrong now.");
  private readonly history = new AlertList();
  private readonly none_before = element("p", { class: "empty" }, "No alert was resolved since the records begin.");
  private readonly sinks = new SinkList();
  private readonly no_sinks = element("p", { class: "empty" });
  private readonly held_back = element("p", { class: "held_back" });
  private readonly test = new ActionButton("Send a test", () => void this.send_test());
  private readonly note = element("p", { class: "note", role: "status" });
  private readonly failure = element("p", { class: "note", "data-tone": "bad", role: "status" });
  private results: TestResult[] = [];
  private asked_at = -Infinity;
  private asking = false;
  private again = false;
  private testing = false;
  private has_sinks = false;
  private end: () => void = () => undefined;

  constructor(private readonly app: App) {
    this.no_sinks.append("No receiver is switched on: nobody is told. Add e-mail or a webhook under “alerts” in the ", element("a", { href: "#/config" }, "configuration"), ".");
    const sinks_title = element("div", { class: "section_head" }, element("h2", { id: "sinks_title" }, "Receivers"), this.test.node);
    this.element.append(
      element("div", { class: "view_head" }, element("h1", { tabindex: "-1" }, "Alerts"), this.summary),
      this.failure,
      element("section", { class: "card section", "aria-labelledby": "open_title" }, element("h2", { id: "open_title" }, "Open now"), this.none_open, this.open.node),
      element("section", { class: "card section", "aria-labelledby": "sinks_title" }, sinks_title, this.note, this.no_sinks, this.sinks.node, this.held_back),
      element("section", { class: "card section", "aria-labelledby": "before_title" }, element("h2", { id: "before_title" }, "Before"), this.none_before, this.history.node),
    );
  }

  show(): void {
    this.end();
    const ends = [this.app.feed.on("alert", (event) => this.on_event(event)), this.app.feed.on("open", () => void this.load())];
    this.end = () => ends.forEach((end) => end());
    this.show_test();
    void this.load();
  }

  hide(): void {
    this.end();
    this.end = () => undefined;
  }

  update(_status: Status): void {
    this.show_test();
    if (performance.now() - this.asked_at > refresh_ms) void this.load();
  }

  tick(): void {
    this.open.tick();
  }

  private on_event(event: AlertEvent): void {
    announce(`${change_words[event.change] ?? event.change}: ${severity_words[event.severity] ?? event.severity}. ${event.title}`);
    void this.load();
  }

  private async load(): Promise<void> {
    this.again = this.asking; // what is under way may not know the newest
    if (this.asking) return;
    this.asking = true;
    this.asked_at = performance.now();
    try {
      this.fill(await ask_json<AlertsAnswer>("/api/alerts"));
      set_text(this.failure, "");
    } catch (failure) {
      set_text(this.failure, `The alerts could not be read: ${failure instanceof Problem ? failure.message : "the answer makes no sense"}.`);
    } finally {
      this.asking = false;
    }
    if (this.again) await this.load();
  }

  private fill(answer: AlertsAnswer): void {
    const { active = [], history = [], sinks = [], held_back = 0 } = answer;
    this.open.update(active);
    this.history.update(history);
    this.sinks.update(sinks, this.results);
    this.has_sinks = sinks.some((sink) => sink.enabled);
    set_hidden(this.none_open, active.length > 0);
    set_hidden(this.none_before, history.length > 0);
    set_hidden(this.no_sinks, this.has_sinks);
    set_text(this.held_back, held_back > 0 ? held_back_words(held_back) : "");
    set_text(this.summary, active.length === 0 ? "none open" : `${number(active.length)} open`);
    this.show_test();
  }

  private show_test(): void {
    const why_not = !this.app.may_operate() ? "Your account may look only" : !this.has_sinks ? "No receiver is switched on" : this.testing ? "Under way" : "";
    this.test.set_reason(why_not);
    set_text(this.test.node, this.testing ? "Sending…" : "Send a test");
  }

  private async send_test(): Promise<void> {
    this.testing = true;
    this.show_test();
    try {
      const { results } = await ask_json<{ results: TestResult[] }>("/api/alerts/test", { method: "POST", timeout_ms: test_timeout_ms });
      this.results = results;
      const failed = results.filter((result) => !result.ok).length;
      this.say(failed === 0 ? `Every receiver accepted the test.` : `${failed} of ${results.length} receivers did not accept the test; the reasons are below.`, failed > 0);
    } catch (failure) {
      this.say(`No test was sent: ${failure instanceof Problem ? failure.message : "the answer makes no sense"}`, true);
    } finally {
      this.testing = false;
      this.show_test();
    }
    await this.load();
  }

  private say(text: string, failed: boolean): void {
    set_text(this.note, text);
    this.note.dataset["tone"] = failed ? "bad" : "good";
  }
}

function held_back_words(count: number): string {
  const what = count === 1 ? "One notice is" : `${number(count)} notices are`;
  return `${what} held back by the limits and told by one digest later.`;
}
