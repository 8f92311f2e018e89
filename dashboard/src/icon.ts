// Line drawings of 20 x 20, drawn in the colour of the text. Never the only sign of anything: text stands beside them.
const svg = "http://www.w3.org/2000/svg";

const paths: Record<string, string> = {
  overview: "M3 4h14v9H3zM7 17h6M10 13v4",
  logs: "M4 5h12M4 10h12M4 15h8",
  alerts: "M10 3a5 5 0 0 1 5 5v3l1.5 3h-13L5 11V8a5 5 0 0 1 5-5zM8.5 17h3",
  config: "M3 6h8M15 6h2M3 14h2M9 14h8M13 4v4M7 12v4",
  copy: "M7 7h9v9H7zM4 13V4h9",
  back: "M12 4l-6 6 6 6",
};

export function icon(name: string): SVGSVGElement {
  const node = document.createElementNS(svg, "svg");
  node.setAttribute("viewBox", "0 0 20 20");
  node.setAttribute("class", "icon");
  node.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(svg, "path");
  path.setAttribute("d", paths[name] ?? "");
  node.append(path);
  return node;
}
