// The last two minutes of one number, as a line.

const points_max = 120;
const width = 120;
const height = 28;
const svg = "http://www.w3.org/2000/svg";

export class Sparkline {
  readonly node = document.createElementNS(svg, "svg");
  private readonly line = document.createElementNS(svg, "path");
  private readonly area = document.createElementNS(svg, "path");
  private readonly values: number[] = [];

  constructor() {
    this.node.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.node.setAttribute("preserveAspectRatio", "none");
    this.node.setAttribute("class", "spark");
    this.node.setAttribute("aria-hidden", "true");
    this.area.setAttribute("class", "spark_area");
    this.line.setAttribute("class", "spark_line");
    this.node.append(this.area, this.line);
  }

  // `top`: the least value at the upper edge, so that noise around a small number stays small.
  add(value: number, top: number): void {
    this.values.push(Number.isFinite(value) ? value : 0);
    if (this.values.length > points_max) this.values.shift();
    const scale = Math.max(top, ...this.values) || 1;
    const step = width / (points_max - 1);
    const start = width - (this.values.length - 1) * step;
    const place = (v: number, i: number): string =>
      `${(start + i * step).toFixed(1)} ${(height - 2 - (v / scale) * (height - 4)).toFixed(1)}`;
    const path = `M${this.values.map(place).join("L")}`;
    this.line.setAttribute("d", path);
    this.area.setAttribute("d", `${path}L${width} ${height}L${start.toFixed(1)} ${height}Z`);
  }
}
