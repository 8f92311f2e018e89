// The failures of a stream, newest first: when, of what kind, why, how long it took, and what was seen before. Each opens
// its page. Shared by the page of a stream and the page of an incident; its styles are in incident_view.css.
import { get_incidents, incident_picture_address, type Incident, type StreamStatus } from "./api";
import { element, Keyed, set_hidden, set_text } from "./dom";
import { moment } from "./format";
import { class_words, ending_of } from "./incident_words";
import { incident_hash } from "./router";

export class IncidentList {
  readonly node = element("div");
  private readonly list = element("ul", { class: "incidents" });
  private readonly rows = new Keyed(this.list);
  private readonly more = element("button", { type: "button", class: "small", hidden: "" });
  private incidents: Incident[] = [];
  private all = false;
  private asked_for = "";
  private asking = false;

  // `on_list`: called with all of them whenever they changed. `shown_first`: more are shown on demand.
  constructor(
    private readonly stream: string,
    private readonly asked_max: number,
    private readonly on_list: (incidents: Incident[]) => void = () => undefined,
    private readonly shown_first = asked_max,
  ) {
    this.more.addEventListener("click", () => {
      this.all = !this.all;
      this.draw();
    });
    this.node.append(this.list, this.more);
  }

  // Asks only when the status says that there is something new: one that opened, closed, or took a step.
  update(stream: StreamStatus): void {
    const key = [stream.last_incident, stream.last_recovery_ms, stream.state, stream.on_air].join(" ");
    if (key === this.asked_for || this.asking) return;
    this.asking = true;
    this.asked_for = key; // forget() meanwhile counts: the answer may be of before
    get_incidents(this.stream, this.asked_max)
      .then((incidents) => {
        this.incidents = incidents;
        this.draw();
        this.on_list(incidents);
      })
      .catch((failure: Error) => {
        // The next status asks again; what is shown stays.
        this.asked_for = "";
        if (this.incidents.length === 0) this.rows.set("failed", () => [element("li", { class: "empty" }, `They could not be read: ${failure.message}.`)]);
      })
      .finally(() => (this.asking = false));
  }

  // The next update asks, whatever the status says: the supervisor may be another one.
  forget(): void {
    this.asked_for = "";
  }

  private draw(): void {
    const seen = this.all ? this.incidents : this.incidents.slice(0, this.shown_first);
    set_hidden(this.more, this.incidents.length <= this.shown_first);
    set_text(this.more, this.all ? "Show fewer" : `Show all ${this.incidents.length}`);
    const key = seen.map((incident) => [incident.id, incident.closed_at, incident.action, incident.has_picture].join(" ")).join("\n");
    this.rows.set(key || "none", () => (seen.length > 0 ? seen.map((incident) => this.row(incident)) : [element("li", { class: "empty" }, "None is kept.")]));
  }

  private row(incident: Incident): HTMLElement {
    const ending = ending_of(incident);
    const picture = incident.has_picture
      ? element("img", { src: incident_picture_address(this.stream, incident.id), alt: "", loading: "lazy" })
      : element("span", { class: "no_picture", "aria-hidden": "true" });
    const pill = element("span", { class: "pill", "data-tone": ending.tone }, element("span", { class: "shape", "aria-hidden": "true" }), ending.text);
    const end = element("span", { class: "incident_end" }, element("time", { datetime: incident.detected_at }, moment(incident.detected_at)), pill);
    const why = element("span", { class: "incident_why" }, [incident.reason, incident.action].filter(Boolean).join(" · "));
    const what = element("span", { class: "incident_what" }, class_words(incident.class));
    return element("li", {}, element("a", { class: "incident", href: incident_hash(this.stream, incident.id), "data-id": incident.id }, picture, what, end, why));
  }
}
