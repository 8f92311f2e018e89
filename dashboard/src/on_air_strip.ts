// What viewers saw over time, as one strip: each kind has a height and a colour of its own, so that it can be told apart
// without colours too. Nothing is drawn where nothing is known.
import { element } from "./dom";

const svg = "http://www.w3.org/2000/svg";
const heights: Record<string, number> = { picture: 1, bridge: 0.75, slate: 0.5, nothing: 0.2, rest: 0.2 };

export const on_air_kinds: [string, string][] = [
  ["picture", "Picture"],
  ["bridge", "Last picture, repeated"],
  ["slate", "Slate"],
  ["nothing", "Off air"],
];

export interface Run {
  kind: string;
  from: number; // Unix seconds
  to: number;
}

// Neighbouring moments of one kind are one run; what is unknown ends it.
export function runs_of(at: number[], kinds: (string | null)[], interval: number): Run[] {
  const runs: Run[] = [];
  let last: Run | null = null;
  at.forEach((from, i) => {
    const kind = kinds[i];
    if (!kind) return void (last = null);
    if (last?.kind === kind && from - last.to < interval) return void (last.to = from + interval);
    runs.push((last = { kind, from, to: from + interval }));
  });
  return runs;
}

export class OnAirStrip {
  readonly node = document.createElementNS(svg, "svg");
  private shown = "";

  constructor() {
    this.node.setAttribute("viewBox", "0 0 1000 100");
    this.node.setAttribute("preserveAspectRatio", "none");
    this.node.setAttribute("role", "img");
    this.node.setAttribute("aria-label", "Nothing is known yet");
  }

  set(runs: Run[], from: number, to: number, label: string): void {
    const path: Record<string, string> = {};
    for (const run of runs) {
      const x = Math.max(0, ((run.from - from) / (to - from)) * 1000);
      // Short runs are what one looks for: at least two thousandths wide.
      const width = Math.max(2, Math.min(1000, ((run.to - from) / (to - from)) * 1000) - x);
      const height = 100 * (heights[run.kind] ?? 1);
      path[run.kind] = `${path[run.kind] ?? ""}M${x.toFixed(1)} 100v-${height}h${width.toFixed(1)}v${height}z`;
    }
    const key = JSON.stringify(path);
    if (key === this.shown) return;
    this.shown = key;
    this.node.setAttribute("aria-label", label);
    this.node.replaceChildren(...["picture", ...Object.keys(path).filter((kind) => kind !== "picture")].map((kind) => drawn(kind, path[kind] ?? "")));
  }
}

function drawn(kind: string, d: string): SVGPathElement {
  const path = document.createElementNS(svg, "path");
  path.setAttribute("class", `run_${kind}`);
  path.setAttribute("d", d);
  return path;
}

// What the kinds look like, in words.
export function on_air_keys(): HTMLElement {
  const key = ([kind, text]: [string, string]): HTMLElement => {
    const strip = document.createElementNS(svg, "svg");
    strip.setAttribute("viewBox", "0 0 16 100");
    strip.setAttribute("preserveAspectRatio", "none");
    strip.setAttribute("aria-hidden", "true");
    const height = 100 * (heights[kind] ?? 1);
    strip.append(drawn(kind, `M0 100v-${height}h16v${height}z`));
    return element("li", {}, strip, text);
  };
  return element("ul", { class: "keys", "aria-label": "What the heights and colours mean" }, ...on_air_kinds.map(key));
}
