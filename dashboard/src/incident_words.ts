// What an incident was, in words: its class, its steps, how it ended.
import type { Incident } from "./api";
import { milliseconds } from "./format";

const classes: Record<string, string> = {
  clean_exit: "The worker ended by itself, without being asked",
  crash: "The worker crashed",
  oom: "The worker ran out of memory",
  hang: "The worker gave no sign of life",
  stall: "The worker lived, but delivered no media",
  startup_timeout: "The worker did not start in time",
  exec_fatal: "The worker's program cannot be run",
  exec_transient: "The machine could not start the worker",
  version: "The worker's program is of another version",
  config: "The worker refused its configuration",
  encoder: "The encoder failed",
  input: "No input could be used",
  disk: "A disk failed the worker",
  resource_limit: "The worker took more memory or CPU than it may",
  error_storm: "Too many errors in a short time",
  protocol: "The worker said what no worker says",
  unkillable: "The worker could not be killed",
};

const steps: Record<string, string> = {
  detected: "Failure detected",
  killed: "Worker killed",
  reaped: "Worker gone",
  spawned: "New worker started",
  promoted: "Standby took over",
  delayed: "Waiting before the next try",
  quarantined: "Left behind: it cannot be killed",
  first_part: "First new picture on air",
  stopped: "Stream stopped by the operator",
  supervisor_ended: "The supervisor itself ended",
};

export function class_words(failure_class: string): string {
  return classes[failure_class] ?? failure_class;
}

export function step_words(step: string): string {
  return steps[step] ?? step;
}

export interface Ending {
  tone: "good" | "bad" | "rest";
  text: string;
}

export function ending_of(incident: Incident): Ending {
  if (incident.closed_at === null) return { tone: "bad", text: "open" };
  if (incident.recovered) return { tone: "good", text: `recovered in ${milliseconds(incident.recovery_ms)}` };
  return { tone: "rest", text: "not recovered" };
}
