// What can be set of an input, for each type: the fields of the dialog, how an input of the configuration fills them, and
// what they make of it. The rules themselves are the supervisor's; it says what is wrong, at the field.

export type InputConfig = Record<string, unknown>;
export type FieldKind = "text" | "flag" | "number" | "choice" | "pairs" | "monitor";

export interface InputField {
  key: string;
  label: string;
  kind: FieldKind;
  hint?: string;
  choices?: string[];
  initial: unknown; // what a key that is not written means
}

const text = (key: string, label: string, hint = ""): InputField => ({ key, label, kind: "text", hint, initial: "" });
const flag = (key: string, label: string, initial: boolean, hint = ""): InputField => ({ key, label, kind: "flag", hint, initial });
const choice = (key: string, label: string, choices: string[]): InputField => ({ key, label, kind: "choice", choices, initial: choices[0] });
const timeout: InputField = { key: "timeout", label: "Time-out", kind: "number", hint: "Seconds without a picture until another input is shown; 0: as for the stream.", initial: 0 };
const bad_for = (key: string, label: string, hint: string): InputField => ({ key, label, kind: "number", hint, initial: 0 });
const content: InputField[] = [
  bad_for("frozen_after", "Frozen after", "Seconds of the same picture, then it counts as failed; longer than anything stands still. 0: never."),
  bad_for("black_after", "Black after", "Seconds of a black picture. 0: never."),
  bad_for("corrupt_after", "Broken after", "Seconds of pictures that were decoded with errors. 0: never."),
];
const options: InputField = { key: "options", label: "Options", kind: "pairs", hint: "Of libavformat, one a line: rtsp_transport=tcp", initial: {} };
const exclusive_hint = "A standby leaves it alone until the worker that has it is gone.";

export const input_types: Record<string, { label: string; fields: InputField[] }> = {
  x11: {
    label: "x11: a monitor of this machine",
    fields: [
      { key: "monitor", label: "Monitor", kind: "monitor", hint: "second, primary, all, a connector, a text of the EDID, an index from 0, or {\"x\", \"y\", \"width\", \"height\"}.", initial: "second" },
      text("display", "X display", "Such as :0; empty: that of the service."),
      flag("cursor", "Show the mouse pointer", true),
      choice("locked", "While the screen is locked", ["show", "slate", "wake"]),
      choice("asleep", "While the monitors sleep", ["show", "slate", "wake"]),
      choice("capture", "Captured by", ["xcb", "x11grab"]),
      text("xauthority", "Cookie file", "Empty: that of the service."),
    ],
  },
  url: {
    label: "url: a network stream",
    fields: [text("url", "Address", "RTSP, RTMP, SRT, HLS or another one. (secret) keeps the one in force."), timeout, options, ...content, flag("exclusive", "Only one may have it open", false, exclusive_hint)],
  },
  file: {
    label: "file: a media file",
    fields: [text("path", "Path", "Absolute, on the machine of the service."), flag("loop", "Begin again at its end", true), ...content],
  },
  device: {
    label: "device: a camera or capture card",
    fields: [text("format", "Format", "Such as v4l2."), text("device", "Device", "Such as /dev/video0."), timeout, options, ...content, flag("exclusive", "Only one may have it open", true, exclusive_hint)],
  },
  pattern: { label: "pattern: a moving test picture", fields: [] },
  slate: {
    label: "slate: a still text",
    fields: [text("text", "Words", "Empty: the slate's own."), text("image", "Picture", "Absolute path on the machine of the service; empty: none."), choice("background", "Background", ["dimmed", "plain"])],
  },
};

export function fields_of(type: string): InputField[] {
  return input_types[type]?.fields ?? [];
}

// The text of a field for a value of the configuration.
export function shown(field: InputField, value: unknown): string {
  const given = value === undefined ? field.initial : value;
  if (field.kind === "pairs") return Object.entries((given ?? {}) as Record<string, unknown>).map(([key, one]) => `${key}=${String(one)}`).join("\n");
  return typeof given === "object" ? JSON.stringify(given) : String(given);
}

// The way back. What makes no sense is passed on as it is: the supervisor says why.
export function meant(field: InputField, written: string): unknown {
  const trimmed = written.trim();
  switch (field.kind) {
    case "flag":
      return written === "true";
    case "number":
      return trimmed === "" ? field.initial : Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
    case "pairs":
      return pairs(written);
    case "monitor":
      return monitor(trimmed);
    default:
      return trimmed;
  }
}

function pairs(written: string): Record<string, string> {
  const all: Record<string, string> = {};
  for (const line of written.split("\n")) {
    const at = line.indexOf("=");
    if (line.trim() !== "") all[(at < 0 ? line : line.slice(0, at)).trim()] = at < 0 ? "" : line.slice(at + 1).trim();
  }
  return all;
}

function monitor(written: string): unknown {
  if (/^\d+$/.test(written)) return Number(written);
  if (!written.startsWith("{")) return written;
  try {
    return JSON.parse(written) as unknown;
  } catch {
    return written;
  }
}

// The input that the fields mean; a key that says what it would mean unwritten is left out.
export function input_of(type: string, written: (key: string) => string): InputConfig {
  const input: InputConfig = { type };
  for (const field of fields_of(type)) {
    const value = meant(field, written(field.key));
    if (JSON.stringify(value) !== JSON.stringify(field.initial)) input[field.key] = value;
  }
  return input;
}
