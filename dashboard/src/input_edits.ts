// Changes of a stream's inputs: asked of the configuration in force, sent as a list of changes, applied while it runs.
import { stream_path } from "./api";
import { get_config, refused_or_done, type ConfigOutcome } from "./config_api";
import type { InputConfig } from "./input_fields";

export type InputChange =
  | { op: "add"; priority?: number; input: InputConfig }
  | { op: "update"; priority: number; input: InputConfig }
  | { op: "move"; priority: number; to: number }
  | { op: "remove"; priority: number };

export interface InputsInForce {
  inputs: InputConfig[]; // without the slate that is always there
  revision: string;
  writable: boolean;
}

export async function get_inputs(stream: string): Promise<InputsInForce> {
  const answer = await get_config();
  const streams = (answer.config as { streams?: { name?: string; inputs?: InputConfig[] }[] } | null)?.streams ?? [];
  const inputs = streams.find((one) => one.name === stream)?.inputs ?? [];
  return { inputs, revision: answer.revision, writable: answer.writable };
}

export function send_changes(stream: string, changes: InputChange[], revision: string): Promise<ConfigOutcome> {
  return refused_or_done(stream_path(stream, "inputs"), "PATCH", { changes }, revision);
}

// What is wrong, for people: each fault with its place, without the ones that `shown_elsewhere` takes.
export function fault_words(outcome: ConfigOutcome, shown_elsewhere: (pointer: string, text: string) => boolean = () => false): string {
  if (outcome.kind === "done") return "";
  if (outcome.kind === "changed_meanwhile") return "The configuration was changed meanwhile. Close this and try again.";
  if (outcome.kind !== "faults") return outcome.detail;
  const left = outcome.faults.filter((fault) => !shown_elsewhere(fault.pointer, fault.allowed ? `${fault.problem}; allowed: ${fault.allowed}` : fault.problem));
  return left.map((fault) => `${fault.pointer}: ${fault.problem}${fault.allowed ? `; allowed: ${fault.allowed}` : ""}`).join("\n");
}
