// What this supervisor offers at all, from its own description; asked once for each connection.
import { ask_json } from "./api";

let known: Promise<string[]> | null = null;

// Whether there is a route whose path ends so. Without a description (an older supervisor): no.
export async function offers(path_end: string): Promise<boolean> {
  known ??= ask_json<{ paths?: Record<string, unknown> }>("/openapi.json")
    .then((description) => Object.keys(description.paths ?? {}))
    .catch(() => {
      known = null;
      return [];
    });
  return (await known).some((path) => path.endsWith(path_end));
}

// The supervisor may have been replaced by another one.
export function forget_features(): void {
  known = null;
}
