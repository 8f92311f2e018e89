// The last failures of a stream: when, of what kind, why, how long viewers waited, and what they last saw.
import { get_incidents, incident_picture_address, type Incident, type StreamStatus } from "./api";
import { element, set_hidden } from "./dom";
import { clock, milliseconds } from "./format";

const shown_max = 8;

export class IncidentView {
  readonly node = element("section", { class: "group", hidden: "" });
  private readonly list = element("ul", { class: "incidents" });
  private shown = "";
  private asking = false;

  constructor(private readonly stream: string) {
    this.node.append(element("h3", {}, "Incidents"), this.list);
  }

  // Asks only when the status says that there is something new: one that opened, closed, or took a step.
  update(stream: StreamStatus): void {
    const key = [stream.last_incident, stream.last_recovery_ms, stream.state, stream.on_air].join(" ");
    set_hidden(this.node, !stream.last_incident);
    if (!stream.last_incident || key === this.shown || this.asking) return;
    this.asking = true;
    get_incidents(this.stream, shown_max)
      .then((incidents) => {
        this.shown = key;
        this.list.replaceChildren(...incidents.map((incident) => this.row(incident)));
      })
      .catch(() => undefined) // the next status asks again
      .finally(() => (this.asking = false));
  }

  private row(incident: Incident): HTMLElement {
    const open = incident.closed_at === null;
    const tone = open ? "bad" : incident.recovered ? "good" : "rest";
    const took = open ? "open" : incident.recovered ? milliseconds(incident.recovery_ms) : "ended";
    const picture = incident.has_picture
      ? element("img", { src: incident_picture_address(this.stream, incident.id), alt: "What was on air before it", loading: "lazy" })
      : null;
    return element(
      "li",
      {},
      picture,
      element("p", {}, element("time", { datetime: incident.detected_at }, clock(incident.detected_at)), ` ${incident.class}`),
      element("span", { class: "pill", "data-tone": tone }, took),
      element("p", { class: "incident_text" }, [incident.reason, incident.action].filter(Boolean).join(" · ")),
    );
  }
}
