// The address after '#': which view, with which params. Unknown addresses are the overview.
import type { Params } from "./view";

export type RouteName = "overview" | "stream" | "incident" | "drill" | "logs" | "alerts" | "config" | "login";

export interface Place {
  route: RouteName;
  params: Params;
}

const patterns: [RegExp, RouteName][] = [
  [/^stream\/([^/]+)$/, "stream"],
  [/^stream\/([^/]+)\/incidents$/, "incident"],
  [/^stream\/([^/]+)\/incidents\/([^/]+)$/, "incident"],
  [/^stream\/([^/]+)\/drill$/, "drill"],
  [/^logs$/, "logs"],
  [/^alerts$/, "alerts"],
  [/^config$/, "config"],
  [/^login$/, "login"],
];

export function place_of(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  for (const [pattern, route] of patterns) {
    const found = pattern.exec(path);
    if (!found) continue;
    return { route, params: { stream: decoded(found[1]), incident: decoded(found[2]), query: new URLSearchParams(query) } };
  }
  return { route: "overview", params: { stream: "", incident: "", query: new URLSearchParams(query) } };
}

export function stream_hash(stream: string): string {
  return `#/stream/${encodeURIComponent(stream)}`;
}

export function incident_hash(stream: string, id: string): string {
  return `${stream_hash(stream)}/incidents/${encodeURIComponent(id)}`;
}

export function drill_hash(stream: string): string {
  return `${stream_hash(stream)}/drill`;
}

function decoded(part: string | undefined): string {
  try {
    return decodeURIComponent(part ?? "");
  } catch {
    return part ?? "";
  }
}
