// What the supervisor says, with the names of its API, and how to ask for it.
// Nothing here is trusted to be complete: an older or newer supervisor may leave fields out.

export interface InputStatus {
  input_priority: number;
  type: string;
  status: string;
  last_packet_at: string | null;
  errors: { at: string; message: string }[];
}

export interface StreamStatus {
  name: string;
  state: string;
  reason: string;
  desired: "up" | "down";
  on_air: "nothing" | "picture" | "slate" | "bridge";
  state_seconds: number;
  since: string;
  generation: number;
  worker_pid: number;
  standby_pid: number;
  uptime_seconds: number;
  restart_count: number;
  exit_codes: string[];
  recent_errors: string[];
  last_activity_ago: number | null;
  last_exit: string;
  last_incident?: string | null;
  last_recovery_ms: number | null;
  next_retry_ms: number | null;
  encoder: string;
  encoder_fallback_reason: string;
  width: number;
  height: number;
  fps: number;
  bitrate_kbps: number;
  frames_captured: number;
  frames_encoded: number;
  frames_dropped: number;
  last_frame_age_ms: number | null;
  last_part_age_ms: number | null;
  media_sequence: number;
  discontinuity_sequence: number;
  segment_count: number;
  window_mb: number;
  parts_bridged: number;
  viewers: number;
  worker: { rss_mb: number; cpu_percent: number };
  inputs: InputStatus[];
  active_input: number | null;
  monitors: { name: string; width: number; height: number; captured: boolean }[];
  mirror_error: string;
}

export interface Status {
  at: string;
  service: { version: string; uptime_seconds: number; config_error: string };
  health: { total_errors: number; recent_errors: number; last_error: string; current_state: string; stream_active: boolean };
  system: {
    cpu_percent: number;
    memory_percent: number;
    disk_usage_percent: number;
    memory_total_bytes: number;
    disk_total_bytes: number;
    supervisor: { rss_mb: number; cpu_percent: number };
  };
  streams: StreamStatus[];
}

export interface LogLine {
  id?: number;
  at: string;
  level: string;
  stream: string;
  generation: number;
  text: string;
}

export interface Incident {
  id: string;
  class: string;
  reason: string;
  detected_at: string;
  closed_at: string | null;
  recovered: boolean;
  recovery_ms: number | null;
  action: string;
  has_picture: boolean;
}

export type Verb = "start" | "stop" | "restart";

const answer_timeout_ms = 8000;

// fetch() with an end: a supervisor that hangs must not hang the page.
async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), answer_timeout_ms);
  try {
    return await fetch(path, { ...init, signal: abort.signal, cache: "no-store", headers: { Accept: "application/json" } });
  } finally {
    clearTimeout(timer);
  }
}

export async function get_status(): Promise<Status> {
  const answer = await ask("/api/status");
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return (await answer.json()) as Status;
}

export async function get_logs(limit: number): Promise<LogLine[]> {
  const answer = await ask(`/api/logs?limit=${limit}`);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return ((await answer.json()) as { logs: LogLine[] }).logs;
}

export async function get_incidents(stream: string, limit: number): Promise<Incident[]> {
  const answer = await ask(`/api/streams/${encodeURIComponent(stream)}/incidents?limit=${limit}`);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return ((await answer.json()) as { incidents: Incident[] }).incidents;
}

export function incident_picture_address(stream: string, id: string): string {
  return `/api/streams/${encodeURIComponent(stream)}/incidents/${encodeURIComponent(id)}/picture.jpg`;
}

// The new status, when the answer holds one; an Error in words when the command was refused.
export async function command(stream: string, verb: Verb): Promise<Status | null> {
  const answer = await ask(`/api/streams/${encodeURIComponent(stream)}/${verb}`, { method: "POST" }).catch(() => {
    throw new Error("the supervisor did not answer");
  });
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok) return is_status(body) ? body : null;
  const problem = body as { detail?: string; title?: string } | null;
  throw new Error(problem?.detail ?? problem?.title ?? `the supervisor answered ${answer.status}`);
}

function is_status(body: unknown): body is Status {
  return typeof body === "object" && body !== null && Array.isArray((body as Status).streams);
}

export function stream_address(name: string): string {
  return new URL(`/hls/${encodeURIComponent(name)}/playlist.m3u8`, location.href).href;
}
