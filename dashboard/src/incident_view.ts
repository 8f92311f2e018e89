// One failure of a stream: what happened, when to the millisecond, what the worker said last, what viewers saw before.
// Without an id: all failures of the stream that are kept.
import { ask_json, incident_picture_address, Problem, stream_path, type Incident, type Status } from "./api";
import { element, Keyed, set_hidden, set_text, type Child } from "./dom";
import { FactList } from "./fact_list";
import { moment } from "./format";
import { icon } from "./icon";
import { IncidentList } from "./incident_list";
import { class_words, ending_of } from "./incident_words";
import { drill_hash, incident_hash, stream_hash } from "./router";
import { time_line, type Step } from "./incident_course";
import type { App, Params, View } from "./view";
import "./incident_view.css";

interface Detail extends Incident {
  evidence: string;
  timeline: Step[];
  steps_left_out?: number;
  log: string[];
}

const listed_max = 200; // as many as the supervisor keeps

export class IncidentView implements View {
  readonly element = element("div", { class: "incident_view" });
  private readonly heading = element("h1", { tabindex: "-1" });
  private readonly back = element("a", { class: "back" });
  private readonly around = element("nav", { class: "incident_around", "aria-label": "Other incidents of this stream" });
  private readonly failure = element("p", { class: "note", "data-tone": "bad", role: "status" });
  private readonly body = element("div", { class: "incident_body" });
  private readonly content = new Keyed(this.body);
  private readonly links = new Keyed(this.around);
  private readonly others = element("section", { class: "card section", "aria-labelledby": "others_title" });
  private list: IncidentList | null = null;
  private known: Incident[] = [];
  private stream = "";
  private id = "";
  private is_open = false;
  private asking = false;
  private end: () => void = () => undefined;

  constructor(private readonly app: App) {
    this.element.append(element("div", { class: "view_head" }, this.back, this.heading, this.around), this.failure, this.body, this.others);
  }

  show(params: Params): void {
    if (params.stream !== this.stream) this.list = null;
    this.stream = params.stream;
    this.id = params.incident;
    this.is_open = false;
    set_text(this.failure, "");
    this.content.set("", () => []);
    set_text(this.heading, this.id ? "Incident" : `Incidents of ${this.stream}`);
    this.back.replaceChildren(icon("back"), this.stream);
    this.back.setAttribute("href", stream_hash(this.stream));
    this.make_list();
    this.show_around();
    this.end();
    this.end = this.app.feed.on("incident", (event) => event.id === this.id && void this.load());
    if (this.id) void this.load();
  }

  hide(): void {
    this.end();
    this.end = () => undefined;
  }

  update(status: Status): void {
    const stream = status.streams.find((one) => one.name === this.stream);
    if (!stream) return set_text(this.failure, `There is no stream named ${this.stream} now.`);
    this.list?.update(stream);
    if (this.id && this.is_open) void this.load();
  }

  private make_list(): void {
    if (this.list) return;
    this.known = [];
    this.list = new IncidentList(this.stream, listed_max, (incidents) => {
      this.known = incidents;
      this.show_around();
    });
    const rehearse = element("a", { href: drill_hash(this.stream) }, "Rehearse a failure");
    this.others.replaceChildren(element("div", { class: "section_head" }, element("h2", { id: "others_title" }, "All incidents"), rehearse), this.list.node);
    const stream = this.app.status?.streams.find((one) => one.name === this.stream);
    if (stream) this.list.update(stream);
  }

  // Newer and older of the list, so that one can be read after the other.
  private show_around(): void {
    const at = this.known.findIndex((incident) => incident.id === this.id);
    const newer = at > 0 ? this.known[at - 1] : undefined;
    const older = at >= 0 ? this.known[at + 1] : undefined;
    set_hidden(this.around, this.id === "" || (!newer && !older));
    for (const row of this.others.querySelectorAll("a.incident")) {
      if (row.getAttribute("data-id") === this.id) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
    this.links.set(`${newer?.id} ${older?.id}`, () => [this.link("Newer", newer), this.link("Older", older)]);
  }

  private link(text: string, incident: Incident | undefined): Child {
    return incident ? element("a", { class: "button small", href: incident_hash(this.stream, incident.id) }, text) : null;
  }

  private async load(): Promise<void> {
    if (this.asking) return;
    const { stream, id } = this;
    this.asking = true;
    try {
      const detail = await ask_json<Detail>(stream_path(stream, `incidents/${encodeURIComponent(id)}`));
      if (stream === this.stream && id === this.id) this.fill(detail);
    } catch (failure) {
      if (stream === this.stream && id === this.id) this.say_failure(failure);
    } finally {
      this.asking = false;
    }
    if (id !== this.id && this.id) await this.load();
  }

  private say_failure(failure: unknown): void {
    const gone = failure instanceof Problem && failure.status === 404;
    const why = failure instanceof Problem ? failure.message : "the answer makes no sense";
    set_text(this.failure, gone ? "This incident is not kept any more: only the newest are. Choose another one below." : `The incident could not be read: ${why}.`);
  }

  private fill(detail: Detail): void {
    this.is_open = detail.closed_at === null;
    set_text(this.failure, "");
    set_text(this.heading, class_words(detail.class));
    this.content.set(JSON.stringify(detail), () => [this.what(detail), this.course(detail), this.words(detail)]);
  }

  private what(detail: Detail): HTMLElement {
    const ending = ending_of(detail);
    const facts = new FactList();
    facts.set("Detected", moment(detail.detected_at));
    facts.set("Worker", detail.generation ? `generation ${detail.generation}` : "");
    facts.set("Class", detail.class);
    facts.set("What was done", detail.action);
    facts.set("Evidence", detail.evidence ?? "");
    const summary = element(
      "div",
      { class: "incident_summary" },
      element("span", { class: "pill", "data-tone": ending.tone }, element("span", { class: "shape", "aria-hidden": "true" }), ending.text),
      element("p", {}, detail.reason),
      facts.node,
    );
    return element("section", { class: "card section incident_what_card", "aria-label": "What happened" }, summary, this.picture(detail));
  }

  private picture(detail: Detail): HTMLElement {
    if (!detail.has_picture) return element("p", { class: "empty incident_picture" }, "No picture of before was kept.");
    const image = element("img", { src: incident_picture_address(this.stream, detail.id), alt: "The last picture before the failure" });
    return element("figure", { class: "incident_picture" }, image, element("figcaption", {}, "On air before it"));
  }

  private course(detail: Detail): HTMLElement {
    const steps = detail.timeline ?? [];
    return element(
      "section",
      { class: "card section", "aria-labelledby": "course_title" },
      element("h2", { id: "course_title" }, "What happened when"),
      steps.length > 0 ? time_line(steps, detail.steps_left_out ?? 0) : element("p", { class: "empty" }, "No steps were recorded."),
    );
  }

  private words(detail: Detail): HTMLElement {
    const lines = detail.log ?? [];
    return element(
      "section",
      { class: "card section", "aria-labelledby": "words_title" },
      element("h2", { id: "words_title" }, "Last words of the worker"),
      lines.length > 0
        ? element("pre", { class: "last_words", tabindex: "0", "aria-labelledby": "words_title" }, lines.join("\n"))
        : element("p", { class: "empty" }, "It said nothing."),
    );
  }
}
