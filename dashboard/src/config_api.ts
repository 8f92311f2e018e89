// The configuration as the supervisor hands it out, checks it and applies it.
import { ask_json, Problem } from "./api";

export interface ConfigAnswer {
  path: string;
  revision: string;
  error: string;
  warnings: string[];
  writable: boolean;
  config: unknown;
}

export interface ConfigApplied {
  revision: string;
  applied: string[];
  needs_restart: string[];
  warnings: string[];
}

export interface ConfigFault {
  place: string; // "line 3"
  pointer: string; // "/streams/0/video/fps"
  problem: string;
  allowed: string;
}

// What came of a check, a save or a reload.
export type ConfigOutcome =
  | { kind: "done"; answer: ConfigApplied }
  | { kind: "faults"; detail: string; faults: ConfigFault[] }
  | { kind: "changed_meanwhile"; detail: string }
  | { kind: "failed"; detail: string };

const apply_timeout_ms = 30_000;

export function get_config(): Promise<ConfigAnswer> {
  return ask_json<ConfigAnswer>("/api/config");
}

export function check_config(text: string): Promise<ConfigOutcome> {
  return outcome_of(ask_json("/api/config?dry_run=true", { method: "PUT", body: text, timeout_ms: apply_timeout_ms }));
}

export function save_config(text: string, revision: string): Promise<ConfigOutcome> {
  return refused_or_done("/api/config", "PUT", text, revision);
}

// A change that is made only while the configuration is still the one of this revision.
export function refused_or_done(path: string, method: "PUT" | "PATCH", body: unknown, revision: string): Promise<ConfigOutcome> {
  const headers = { "If-Match": `"${revision}"` };
  return outcome_of(ask_json(path, { method, body, headers, timeout_ms: apply_timeout_ms }));
}

export function reload_config(): Promise<ConfigOutcome> {
  return outcome_of(ask_json("/api/config/reload", { method: "POST", timeout_ms: apply_timeout_ms }));
}

export function line_of(fault: ConfigFault): number {
  return Number(/\d+/.exec(fault.place ?? "")?.[0] ?? 0);
}

async function outcome_of(question: Promise<unknown>): Promise<ConfigOutcome> {
  try {
    const answer = ((await question) ?? {}) as Partial<ConfigApplied>;
    const { revision = "", applied = [], needs_restart = [], warnings = [] } = answer;
    return { kind: "done", answer: { revision, applied, needs_restart, warnings } };
  } catch (failure) {
    return refusal_of(failure);
  }
}

function refusal_of(failure: unknown): ConfigOutcome {
  if (!(failure instanceof Problem)) return { kind: "failed", detail: "the answer makes no sense" };
  const detail = failure.message;
  if (failure.status === 412) return { kind: "changed_meanwhile", detail };
  const faults = (failure.body as { errors?: ConfigFault[] } | null)?.errors;
  return Array.isArray(faults) && faults.length > 0 ? { kind: "faults", detail, faults } : { kind: "failed", detail };
}
