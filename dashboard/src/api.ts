// What the supervisor says, with the names of its API, and how to ask for it.
// Nothing here is trusted to be complete: an older or newer supervisor may leave fields out, so what is not certain to be
// there is optional and shown as "not measured".

export interface InputStatus {
  input_priority: number;
  type: string;
  name?: string;
  status: string;
  last_packet_at?: string | null;
  fps?: number | null;
  bitrate_kbps?: number | null;
  packet_loss?: number | null; // percent
  content?: string; // good, frozen, black, corrupt
  penalty?: number;
  suppressed?: boolean;
  failures?: number;
  errors?: { at: string; message: string }[];
}

export interface Monitor {
  name: string;
  width: number;
  height: number;
  captured: boolean;
  primary?: boolean;
  edid?: string;
}

export interface Switch {
  at: string;
  from: number | null;
  to: number | null;
  reason: string;
  detail: string;
}

export interface StreamStatus {
  name: string;
  state: string;
  reason: string;
  desired: "up" | "down";
  paused?: boolean;
  on_air: "nothing" | "picture" | "slate" | "bridge";
  state_seconds: number;
  since?: string;
  generation: number;
  worker_pid: number;
  standby?: string;
  standby_pid?: number;
  uptime_seconds: number;
  restart_count: number;
  exit_codes?: string[];
  recent_errors?: string[];
  last_activity_ago?: number | null;
  last_exit?: string;
  last_incident?: string | null;
  last_recovery_ms?: number | null;
  next_retry_ms?: number | null;
  encoder: string;
  encoder_fallback_reason?: string;
  width: number;
  height: number;
  fps: number;
  bitrate_kbps: number;
  frames_captured?: number;
  frames_encoded?: number;
  frames_dropped?: number;
  last_frame_age_ms?: number | null;
  last_part_age_ms?: number | null;
  part_late_ms?: number | null;
  part_late_max_ms?: number | null;
  media_sequence?: number;
  discontinuity_sequence?: number;
  segment_count?: number;
  window_mb?: number;
  parts?: number;
  parts_bridged?: number;
  parts_refused?: number;
  viewers?: number;
  worker?: { rss_mb: number | null; cpu_percent: number | null };
  standby_worker?: { rss_mb: number | null; cpu_percent: number | null } | null;
  output_dir_mb?: number | null;
  inputs?: InputStatus[];
  active_input?: number | null;
  override_input?: number | null;
  exhausted?: boolean;
  switches?: Switch[];
  monitors?: Monitor[];
  mirror_error?: string;
}

export interface SystemStatus {
  cpu_percent?: number | null;
  memory_percent?: number | null;
  disk_usage_percent?: number | null;
  memory_total_bytes?: number;
  disk_total_bytes?: number;
  memory_available_mb?: number | null;
  disk_free_mb?: number | null;
  network_in_kbps?: number | null;
  network_out_kbps?: number | null;
  load_average_1m?: number | null;
  supervisor?: { rss_mb: number; cpu_percent: number };
}

export interface Status {
  at: string;
  service: { version: string; uptime_seconds: number; config_error?: string };
  health?: { total_errors: number; recent_errors: number; last_error: string; current_state: string; stream_active: boolean };
  system: SystemStatus;
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
  stream?: string;
  class: string;
  generation?: number;
  reason: string;
  detected_at: string;
  closed_at: string | null;
  recovered: boolean;
  recovery_ms: number | null;
  action: string;
  has_picture: boolean;
}

export interface IncidentEvent extends Incident {
  change: "opened" | "closed";
}

export interface Alert {
  id: string;
  rule: string;
  severity: "info" | "warning" | "critical";
  stream: string; // "": the whole service
  state: "open" | "resolved";
  title: string;
  detail: string;
  opened_at: string;
  resolved_at: string | null;
  duration_seconds: number;
  notified?: number;
  held_back?: number;
}

export interface AlertEvent extends Alert {
  change: "opened" | "still_open" | "resolved";
}

export interface SwitchEvent extends Switch {
  stream: string;
}

export interface Session {
  auth_required: boolean;
  authenticated: boolean;
  username: string;
  role: "viewer" | "operator";
}

export type Numbers = (number | null)[];

export interface History {
  range: string;
  interval_seconds: number;
  at: number[]; // Unix time, seconds
  system?: Record<string, Numbers>;
  streams?: Record<string, Record<string, Numbers> & { on_air?: (string | null)[] }>;
}

export type Verb = "start" | "stop" | "restart" | "pause" | "resume";

// What went wrong, in words that can be shown. status 0: no answer at all.
export class Problem extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly body: unknown = null,
  ) {
    super(message);
  }
}

const answer_timeout_ms = 8000;

interface Question {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown; // sent as JSON; a text is sent as it is, as JSON
  headers?: Record<string, string>;
  timeout_ms?: number;
}

let when_unauthorized: () => void = () => undefined;

// Called when an answer is 401: the session has ended.
export function on_unauthorized(call: () => void): void {
  when_unauthorized = call;
}

// fetch() with an end: a supervisor that hangs must not hang the page. Throws Problem.
export async function ask(path: string, question: Question = {}): Promise<Response> {
  const { method = "GET", body, headers = {}, timeout_ms = answer_timeout_ms } = question;
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeout_ms);
  const init: RequestInit = { method, signal: abort.signal, cache: "no-store", headers: { Accept: "application/json", ...headers } };
  if (body !== undefined) {
    init.body = typeof body === "string" ? body : JSON.stringify(body);
    init.headers = { "Content-Type": "application/json", ...init.headers };
  }
  let answer: Response;
  try {
    answer = await fetch(path, init);
  } catch {
    throw new Problem(abort.signal.aborted ? "the supervisor took too long to answer" : "the supervisor did not answer", 0);
  } finally {
    clearTimeout(timer);
  }
  if (answer.ok) return answer;
  if (answer.status === 401) when_unauthorized();
  throw await problem_of(answer);
}

async function problem_of(answer: Response): Promise<Problem> {
  const body = (await answer.json().catch(() => null)) as { detail?: string; title?: string } | null;
  return new Problem(body?.detail ?? body?.title ?? `the supervisor answered ${answer.status}`, answer.status, body);
}

// The JSON of an answer; null where there is none (204).
export async function ask_json<T>(path: string, question: Question = {}): Promise<T> {
  const answer = await ask(path, question);
  if (answer.status === 204) return null as T;
  try {
    return (await answer.json()) as T;
  } catch {
    throw new Problem("the answer of the supervisor is not JSON", answer.status);
  }
}

export function stream_path(stream: string, rest: string): string {
  return `/api/streams/${encodeURIComponent(stream)}/${rest}`;
}

export function get_status(): Promise<Status> {
  return ask_json<Status>("/api/status");
}

export async function get_logs(limit: number, filter: Record<string, string> = {}): Promise<LogLine[]> {
  const query = new URLSearchParams({ limit: String(limit), ...filter });
  return (await ask_json<{ logs?: LogLine[] }>(`/api/logs?${query}`)).logs ?? [];
}

export async function get_incidents(stream: string, limit: number): Promise<Incident[]> {
  return (await ask_json<{ incidents?: Incident[] }>(stream_path(stream, `incidents?limit=${limit}`))).incidents ?? [];
}

export function get_history(range: string): Promise<History> {
  return ask_json<History>(`/api/history?range=${range}`);
}

// Where there are no credentials in force, or none are known yet, everybody is the operator.
export async function get_session(): Promise<Session> {
  const open: Session = { auth_required: false, authenticated: false, username: "", role: "operator" };
  try {
    return { ...open, ...(await ask_json<Partial<Session>>("/api/session")) };
  } catch (failure) {
    if (failure instanceof Problem && failure.status === 401) return { ...open, auth_required: true, role: "viewer" };
    return open;
  }
}

export function incident_picture_address(stream: string, id: string): string {
  return stream_path(stream, `incidents/${encodeURIComponent(id)}/picture.jpg`);
}

export function snapshot_address(stream: string): string {
  return stream_path(stream, "snapshot.jpg");
}

export function stream_address(name: string): string {
  return new URL(`/hls/${encodeURIComponent(name)}/playlist.m3u8`, location.href).href;
}

// The new status, when the answer holds one.
export async function command(stream: string, verb: Verb): Promise<Status | null> {
  return status_in(await ask_json<unknown>(stream_path(stream, verb), { method: "POST" }));
}

export async function switch_input(stream: string, priority: number | null): Promise<Status | null> {
  return status_in(await ask_json<unknown>(stream_path(stream, "inputs/switch"), { method: "POST", body: { priority } }));
}

export function clean_up(stream: string): Promise<{ removed_files: number; freed_bytes: number }> {
  return ask_json(stream_path(stream, "cleanup"), { method: "POST", timeout_ms: 30_000 });
}

function status_in(body: unknown): Status | null {
  return typeof body === "object" && body !== null && Array.isArray((body as Status).streams) ? (body as Status) : null;
}
