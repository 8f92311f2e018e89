// A rehearsal: a chosen fault is caused on purpose, and its recovery measured.
import { ActionButton } from "./action_button";
import { ask_json, Problem, stream_path, type Status } from "./api";
import { confirmed } from "./dialog";
import { announce, element, set_attribute, set_hidden, set_text } from "./dom";
import { drill_faults, type DrillFault } from "./drill_faults";
import { FactList } from "./fact_list";
import { duration, milliseconds, number } from "./format";
import { icon } from "./icon";
import { class_words } from "./incident_words";
import { incident_hash, stream_hash } from "./router";
import type { App, Params, View } from "./view";
import "./drill_view.css";

interface Report {
  fault: string;
  failure_class: string | null;
  detected_ms: number | null;
  recovery_ms: number | null;
  part_gap_ms: number;
  hole_ms: number;
  parts_bridged: number;
  incident: string | null;
  verdict: "recovered" | "not_recovered" | "not_detected";
}

const answer_timeout_ms = 60_000; // a drill takes up to 30 s
const verdicts: Record<Report["verdict"], [string, string]> = {
  recovered: ["good", "Recovered"],
  not_recovered: ["bad", "Not recovered within 30 s"],
  not_detected: ["bad", "Not detected within 30 s"],
};

export class DrillView implements View {
  readonly element = element("div", { class: "drill_view" });
  private readonly heading = element("h1", { tabindex: "-1" });
  private readonly back = element("a", { class: "back" });
  private readonly off = element("div", { class: "report", "data-tone": "warn", role: "status", hidden: "" });
  private readonly run = new ActionButton("Run the drill", () => void this.start(), "danger primary");
  private readonly progress = element("p", { class: "drill_progress", role: "status" });
  private readonly result = element("section", { class: "card section drill_result", tabindex: "-1", "aria-labelledby": "drill_result_title", hidden: "" });
  private readonly choices: HTMLInputElement[] = [];
  private stream = "";
  private seen = false; // the stream shows its picture
  private started_at: number | null = null;

  constructor(private readonly app: App) {
    this.off.append(
      element("h2", {}, "Drills are switched off"),
      element("p", {}, "They disturb the picture, so they are only possible where the configuration says so. Set ", element("code", {}, "“drill”: true"), " under ", element("code", {}, "“server”"), " in the ", element("a", { href: "#/config" }, "configuration"), ", save it, and restart the service if the answer says so."),
    );
    const legend = element("legend", {}, "Which failure");
    this.element.append(
      element("div", { class: "view_head" }, this.back, this.heading),
      element("p", { class: "hint" }, "Causes a real failure of this stream and measures how it recovers."),
      this.off,
      element("fieldset", { class: "card section faults_to_choose" }, legend, ...drill_faults.map((fault, i) => this.choice(fault, i === 0))),
      element("div", { class: "drill_start" }, this.run.node, this.progress),
      this.result,
    );
  }

  show(params: Params): void {
    if (params.stream !== this.stream) set_hidden(this.result, true);
    this.stream = params.stream;
    set_text(this.heading, `Drill of ${this.stream}`);
    this.back.replaceChildren(icon("back"), this.stream);
    this.back.setAttribute("href", stream_hash(this.stream));
    this.show_run();
    void this.ask_whether_allowed();
  }

  hide(): void {}

  update(status: Status): void {
    const stream = status.streams.find((one) => one.name === this.stream);
    this.seen = stream?.on_air === "picture";
    this.show_run();
  }

  tick(): void {
    if (this.started_at === null) return;
    set_text(this.progress, `Under way for ${duration((performance.now() - this.started_at) / 1000)}. The answer comes when the picture is back, after 30 s at the latest.`);
  }

  private choice(fault: DrillFault, checked: boolean): HTMLElement {
    const input = element("input", { type: "radio", name: "drill_fault", value: fault.name, ...(checked ? { checked: "" } : {}) });
    this.choices.push(input);
    return element(
      "label",
      { class: "fault_choice" },
      input,
      element("span", {}, element("strong", {}, fault.title), element("span", { class: "fault_done" }, fault.done), element("span", { class: "fault_expected" }, fault.expected)),
    );
  }

  private chosen(): DrillFault {
    const name = this.choices.find((choice) => choice.checked)?.value;
    return drill_faults.find((fault) => fault.name === name) ?? (drill_faults[0] as DrillFault);
  }

  private show_run(): void {
    const why_not = !this.app.may_operate()
      ? "Your account may look only"
      : this.started_at !== null
        ? "A drill is under way"
        : !this.seen
          ? "The stream does not show its picture now, so no recovery could be measured"
          : "";
    this.run.set_reason(why_not);
    if (this.started_at === null) set_text(this.progress, this.seen || !this.stream ? "" : "Wait until the stream shows its picture.");
  }

  // Said before somebody presses; the answer to a drill says it too.
  private async ask_whether_allowed(): Promise<void> {
    const answer = await ask_json<{ config?: { server?: { drill?: boolean } } }>("/api/config").catch(() => null);
    if (answer?.config) set_hidden(this.off, answer.config.server?.drill === true);
  }

  private async start(): Promise<void> {
    const fault = this.chosen();
    const text = `${fault.done} ${fault.expected}`;
    if (!(await confirmed({ title: `${fault.title} of ${this.stream} now?`, text, yes: "Run the drill", no: "Cancel" }))) return;
    this.started_at = performance.now();
    set_hidden(this.result, true);
    this.show_run();
    this.tick();
    try {
      const body = { fault: fault.name };
      const report = await ask_json<Report>(stream_path(this.stream, "drill"), { method: "POST", body, timeout_ms: answer_timeout_ms });
      this.show_report(fault, report);
    } catch (failure) {
      this.show_refusal(failure);
    } finally {
      this.started_at = null;
      this.show_run();
    }
  }

  private show_refusal(failure: unknown): void {
    const why = failure instanceof Problem ? failure.message : "the answer makes no sense";
    const switched_off = failure instanceof Problem && failure.status === 409 && why.includes("server.drill");
    if (switched_off) set_hidden(this.off, false);
    this.show_result("bad", "The drill did not take place", element("p", {}, why));
  }

  private show_report(fault: DrillFault, report: Report): void {
    const [tone, word] = verdicts[report.verdict] ?? ["bad", report.verdict];
    const facts = new FactList();
    facts.set("Detected", report.detected_ms === null ? "not detected" : `after ${milliseconds(report.detected_ms)}`, "Since the fault");
    facts.set("First new picture", report.recovery_ms === null ? "did not come" : `after ${milliseconds(report.recovery_ms)}`, "Since the fault");
    facts.set("Longest time without a part", milliseconds(report.part_gap_ms), "Repeated pictures count as parts");
    facts.set("Hole for players", report.hole_ms === 0 ? "none" : milliseconds(report.hole_ms), "What exceeds the three parts that players hold", report.hole_ms > 0 ? "bad" : "");
    facts.set("Parts of repeated pictures", number(report.parts_bridged));
    facts.set("Recognised as", report.failure_class ? class_words(report.failure_class) : "no incident was needed");
    const link = report.incident ? element("a", { href: incident_hash(this.stream, report.incident) }, "Its course, step by step") : null;
    this.show_result(tone, `${fault.title}: ${word}`, facts.node, link);
  }

  private show_result(tone: string, title: string, ...content: (HTMLElement | null)[]): void {
    const head = element("h2", { id: "drill_result_title", "data-tone": tone }, element("span", { class: "shape", "aria-hidden": "true" }), title);
    set_attribute(this.result, "data-tone", tone);
    this.result.replaceChildren(head, ...content.filter((child) => child !== null));
    set_hidden(this.result, false);
    announce(title);
    this.result.focus();
    this.result.scrollIntoView({ block: "nearest" });
  }
}
