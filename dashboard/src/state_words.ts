// One stream's state as a tone (colour and sign), a word and a sentence. The only place where the page interprets.
import type { StreamStatus } from "./api";
import { milliseconds } from "./format";

export type Tone = "good" | "warn" | "bad" | "wait" | "rest";

export interface Words {
  tone: Tone;
  word: string;
  sentence: string;
  on_air: string; // the sign on the picture
}

const words_of_state: Record<string, [Tone, string, string]> = {
  healthy: ["good", "Live", "The wanted picture is on air."],
  degraded: ["warn", "Live, degraded", "The picture is on air, but not as good as it should be."],
  starting: ["wait", "Starting", "A worker is starting."],
  stopping: ["wait", "Stopping", "The worker is being asked to end."],
  backoff: ["bad", "Waiting to retry", "The worker failed; the next one starts soon."],
  blocked: ["bad", "Blocked", "Something outside is missing; it is checked again and again."],
  hold: ["bad", "On hold", "Too many failures in a row; tried again at longer intervals, never given up."],
  stopped: ["rest", "Stopped", "Stopped by the operator."],
  idle: ["rest", "Idle", "Starts when somebody watches."],
  paused: ["rest", "Paused", "Paused by the operator: viewers see the slate."],
};

const on_air_signs: Record<string, string> = {
  picture: "On air",
  slate: "Slate, not the desktop",
  bridge: "Last picture, repeated",
  nothing: "Off air",
};

export function words(stream: StreamStatus): Words {
  const [tone, word, sentence] = words_of_state[stream.state] ?? (["wait", stream.state, ""] as const);
  const on_air = on_air_signs[stream.on_air] ?? stream.on_air;
  const runs = stream.state === "healthy" || stream.state === "degraded";
  if (runs && stream.on_air === "slate" && stream.exhausted) {
    return { tone: "bad", word: "No input works", sentence: "Viewers see the slate; every input is tested again and again.", on_air };
  }
  if (runs && stream.on_air === "slate") {
    return { tone: "warn", word: "Slate on air", sentence: "No input shows a picture: viewers see the slate.", on_air };
  }
  if (runs && stream.on_air !== "picture") {
    return { tone: "warn", word: "Recovering", sentence: "Viewers see the last picture, repeated.", on_air };
  }
  return { tone, word, sentence, on_air };
}

// What viewers see, short.
export function on_air_words(stream: StreamStatus): string {
  if (stream.on_air === "picture" && (stream.active_input ?? 0) > 0) return `Input ${stream.active_input}`;
  return { picture: "Picture", slate: "Slate", bridge: "Repeated", nothing: "Nothing" }[stream.on_air] ?? stream.on_air ?? "–";
}

// Why, and what comes next.
export function reason(stream: StreamStatus): string {
  return stream.reason || words(stream).sentence;
}

export function next_step(stream: StreamStatus, milliseconds_passed: number): string {
  if (stream.next_retry_ms === null || stream.next_retry_ms === undefined) return "";
  const left = stream.next_retry_ms - milliseconds_passed;
  return left > 0 ? `Next try in ${milliseconds(left)}` : "Trying now";
}
