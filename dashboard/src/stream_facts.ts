// What a status says about the workers, the encoder and the published media of a stream, in words.
import type { StreamStatus } from "./api";
import { FactList } from "./fact_list";
import { bit_rate, duration, measured, mebibytes, milliseconds, number } from "./format";

const standby_names: Record<string, string> = { off: "off", starting: "warming up", ready: "ready", taking_over: "taking over" };

export class WorkerFacts {
  private readonly facts = new FactList();
  readonly node = this.facts.node;

  update(s: StreamStatus): void {
    const alive = s.worker_pid > 0;
    const ago = (seconds: number): string => `${milliseconds(seconds * 1000)} ago`;
    this.facts.set("Worker", alive ? `pid ${s.worker_pid}, up ${duration(s.uptime_seconds)}` : "none");
    this.facts.set("Generation", measured(s.generation, number), "Number of this worker life");
    this.facts.set("Takes", alive ? measured(s.worker, taken) : "");
    this.facts.set("Heartbeat", alive ? measured(s.last_activity_ago, ago) : "");
    this.facts.set("Standby", standby_words(s), "A second, warm worker that takes over within a few hundredths of a second");
    this.facts.set("Standby takes", s.standby_worker && (s.standby_pid ?? 0) > 0 ? taken(s.standby_worker) : "");
    this.facts.set("Restarts", measured(s.restart_count, number));
    this.facts.set("Last exit", s.last_exit ?? "");
    this.facts.set("Last recovery", s.last_recovery_ms === null ? "" : measured(s.last_recovery_ms, milliseconds), "From the failure to the first new part");
    this.facts.set("Exits", (s.exit_codes ?? []).join(", "), "How the last workers ended");
  }
}

function taken(process: { rss_mb: number | null; cpu_percent: number | null }): string {
  return `${number(process.cpu_percent)} % of a core · ${measured(process.rss_mb, mebibytes) ?? "–"}`;
}

export function standby_words(s: StreamStatus): string | null {
  if (s.standby === undefined && s.standby_pid === undefined) return null;
  const words = standby_names[s.standby ?? ""] ?? s.standby ?? "";
  const pid = (s.standby_pid ?? 0) > 0 ? `pid ${s.standby_pid}` : "";
  return [words, pid].filter(Boolean).join(", ") || "none";
}

export class EncoderFacts {
  private readonly facts = new FactList();
  readonly node = this.facts.node;

  update(s: StreamStatus): void {
    this.facts.set("In use", s.encoder || "none");
    this.facts.set("Better one not used", s.encoder_fallback_reason ?? "", "Why the first choice of encoder is not used", "warn");
    this.facts.set("Picture", s.width > 0 ? `${s.width} × ${s.height}` : null);
    this.facts.set("Captured", s.worker_pid > 0 ? measured(s.fps, (fps) => `${number(fps, 1)} pictures a second`) : "");
    this.facts.set("Sent", s.worker_pid > 0 ? measured(s.bitrate_kbps, bit_rate) : "");
    this.facts.set("Pictures dropped", measured(s.frames_dropped, number));
  }
}

export class MediaFacts {
  private readonly facts = new FactList();
  readonly node = this.facts.node;

  update(s: StreamStatus): void {
    const ago = (ms: number): string => `${milliseconds(ms)} ago`;
    this.facts.set("Viewers", measured(s.viewers, number), "Players that asked for media in the last ten seconds");
    this.facts.set("Window", measured(s.segment_count, (count) => `${number(count)} segments · ${mebibytes(s.window_mb ?? 0)}`));
    this.facts.set("Last part", measured(s.last_part_age_ms, ago));
    this.facts.set("Latest part ever", measured(s.part_late_max_ms, (ms) => `${milliseconds(ms)} late`), "The longest that a part was published after its end");
    this.facts.set("Media sequence", measured(s.media_sequence, number));
    this.facts.set("Discontinuities", measured(s.discontinuity_sequence, number));
    this.facts.set("Bridged parts", measured(s.parts_bridged, number), "Parts of repeated pictures, while a worker was late or replaced");
    this.facts.set("Refused parts", measured(s.parts_refused, number), "Came late or did not fit");
    this.facts.set("Files", (s.output_dir_mb ?? 0) > 0 ? measured(s.output_dir_mb, mebibytes) : "", "What lies in output_dir");
    this.facts.set("Files not written", s.mirror_error ?? "", "output_dir is not being written", "warn");
  }
}
