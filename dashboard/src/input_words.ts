// The inputs of a stream in words: what one is, how it is, why another one was put on air.
import type { InputStatus, StreamStatus, Switch } from "./api";
import { bit_rate, number } from "./format";
import type { Tone } from "./state_words";

export const input_tones: Record<string, Tone> = { active: "good", idle: "rest", degraded: "bad", probing: "wait" };

const reasons: Record<string, string> = {
  error: "the one before failed",
  timeout: "the one before gave no picture worth showing",
  manual: "chosen by hand",
  failback: "the better one was stable again",
  recovery: "an input works again",
  input_added: "a better one was added",
  input_removed: "the one before was removed",
};

// What saving a change of the list does to the file.
export const file_words = "The configuration file is written anew: comments in it are lost; the file before it is kept beside it, with the ending .last_good.";

export function reason_words(reason: string): string {
  return reasons[reason] ?? reason;
}

// Chosen is not seen: a bridged stream shows no input at all.
export function is_on_air(input: InputStatus, stream: StreamStatus): boolean {
  const seen = stream.on_air === "picture" || (stream.on_air === "slate" && input.type === "slate");
  return seen && input.input_priority === stream.active_input;
}

export function input_title(priority: number | null, stream: StreamStatus): string {
  if (priority === null) return "no input";
  const input = (stream.inputs ?? []).find((one) => one.input_priority === priority);
  return input ? `input ${priority} (${input.name || input.type})` : `input ${priority}`;
}

export function switch_words(change: Switch): string {
  const name = (priority: number | null): string => (priority === null ? "none" : `input ${priority}`);
  return `${name(change.from)} to ${name(change.to)}: ${reason_words(change.reason)}${change.detail ? ` (${change.detail})` : ""}`;
}

const faults: Record<string, string> = { frozen: "its picture stands still", black: "its picture is black", corrupt: "its pictures are broken" };

// What is wrong with its pictures, where the configuration asks for it.
export function content_words(input: InputStatus): string {
  return faults[input.content ?? ""] ?? "";
}

// "30 fps · 2.1 Mbit/s · 0.4 % lost"; what nobody measures is left out.
export function input_figures(input: InputStatus): string {
  const parts = [];
  if (typeof input.fps === "number") parts.push(`${number(input.fps, input.fps < 10 ? 1 : 0)} fps`);
  if (typeof input.bitrate_kbps === "number" && input.bitrate_kbps > 0) parts.push(bit_rate(input.bitrate_kbps));
  if (typeof input.packet_loss === "number" && input.packet_loss > 0) parts.push(`${number(input.packet_loss, 1)} % lost`);
  return parts.join(" · ");
}

// Who is on air, and why that one.
export function choice_words(stream: StreamStatus): string {
  if (stream.exhausted) return "No input works: the slate is on air, and each is tested again and again.";
  const held = stream.override_input;
  if (held !== null && held !== undefined) return `Chosen by hand: ${input_title(held, stream)} stays until it fails, or inputs are chosen automatically again.`;
  if (stream.paused || stream.on_air === "nothing" || stream.active_input === null || stream.active_input === undefined) return "";
  const newest = stream.switches?.[0];
  if (newest && newest.to === stream.active_input) return `On air is ${input_title(newest.to, stream)}: ${reason_words(newest.reason)}.`;
  return stream.active_input === 0 ? "The first input is on air." : `On air is ${input_title(stream.active_input, stream)}.`;
}

// Why putting this one on air would show viewers something they hardly want; "" when there is nothing to ask.
export function switch_warning(input: InputStatus, stream: StreamStatus): string {
  const viewers = stream.viewers ?? 0;
  const who = viewers === 1 ? "One viewer is watching." : viewers > 1 ? `${viewers} viewers are watching.` : "Nobody is watching now.";
  if (input.type === "slate") return `${who} They see the slate instead of a picture until inputs are chosen automatically again.`;
  if (input.status !== "idle" && input.status !== "active") return `${who} This input does not work as far as is known: they may see the slate.`;
  return "";
}
