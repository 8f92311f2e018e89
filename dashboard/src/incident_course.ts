// The steps of an incident on a line drawn to scale, with numbers that lead to the words below it.
import { element } from "./dom";
import { milliseconds } from "./format";
import { step_words } from "./incident_words";

export interface Step {
  step: string;
  at_ms: number;
  generation: number;
  text: string;
}

const lanes_max = 4;
const number_width_percent = 7; // of a telephone's width
const ticks_wanted = 5;
const last_label_percent = 84; // further right there is no room beside the tick

// A span that shows all steps; at least a millisecond.
function span_of(steps: Step[]): number {
  return Math.max(1, ...steps.map((step) => step.at_ms)) * 1.04;
}

// 1, 2 or 5 times a power of ten: the distance of ticks.
export function tick_distance(span: number): number {
  const raw = span / ticks_wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  return ([1, 2, 5].find((factor) => factor * power >= raw) ?? 10) * power;
}

// Which of several lines above each other a number stands in, so that no two overlap; null: there is no room for it.
export function lanes_of(places: number[], width: number, lanes: number): (number | null)[] {
  const taken = new Array<number>(lanes).fill(-Infinity);
  return places.map((place) => {
    const lane = taken.findIndex((end) => place >= end);
    if (lane < 0) return null;
    taken[lane] = place + width;
    return lane;
  });
}

export function time_line(steps: Step[], left_out: number): HTMLElement {
  return element("div", { class: "time_line" }, drawing(steps), list_of(steps, left_out));
}

// For the eye; the list says the same.
function drawing(steps: Step[]): HTMLElement {
  const span = span_of(steps);
  const place = (at_ms: number): number => (Math.max(0, at_ms) / span) * 100;
  const node = element("div", { class: "time_drawing", "aria-hidden": "true" });
  const distance = tick_distance(span);
  for (let at = 0; at <= span; at += distance) node.append(at_place(place(at) > last_label_percent ? "time_tick time_tick_last" : "time_tick", place(at), milliseconds(at)));
  const back = steps.find((step) => step.step === "first_part");
  const bar = at_place("time_bar", 0, "");
  bar.style.width = `${place(back?.at_ms ?? span)}%`;
  if (!back) bar.classList.add("time_bar_open");
  node.append(bar);
  const lanes = lanes_of(steps.map((step) => place(step.at_ms)), number_width_percent, lanes_max);
  node.dataset["lanes"] = String(Math.max(0, ...lanes.map((lane) => lane ?? 0)) + 1);
  steps.forEach((step, i) => {
    const lane = lanes[i];
    const mark = at_place("time_mark", place(step.at_ms), lane === null || lane === undefined ? "" : String(i + 1));
    mark.dataset["step"] = step.step;
    mark.dataset["lane"] = String(lane ?? "none");
    node.append(mark);
  });
  return node;
}

function at_place(name: string, percent: number, text: string): HTMLElement {
  const node = element("span", { class: name }, text ? element("span", {}, text) : null);
  node.style.left = `${percent}%`;
  return node;
}

function list_of(steps: Step[], left_out: number): HTMLElement {
  const rows = steps.map((step, i) => {
    const worker = step.generation > 0 ? `worker ${step.generation}` : "";
    return element(
      "li",
      { "data-step": step.step },
      element("span", { class: "step_number", "aria-hidden": "true" }, String(i + 1)),
      element("span", { class: "step_at" }, `+${milliseconds(step.at_ms)}`),
      element("span", {}, element("strong", {}, step_words(step.step)), [worker, step.text].filter(Boolean).map((text) => ` · ${text}`).join("")),
    );
  });
  if (left_out > 0) rows.push(element("li", { class: "empty" }, `${left_out} further steps in between are not kept.`));
  return element("ol", { class: "steps" }, ...rows);
}
