// Numbers as people read them.

export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function milliseconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(value < 10_000 ? 1 : 0)} s`;
}

export function number(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function bit_rate(kbps: number): string {
  return kbps >= 1000 ? `${number(kbps / 1000, 1)} Mbit/s` : `${number(kbps)} kbit/s`;
}

export function mebibytes(value: number): string {
  return value >= 1024 ? `${number(value / 1024, 1)} GiB` : `${number(value, value < 10 ? 1 : 0)} MiB`;
}

export function bytes(value: number): string {
  return mebibytes(value / 1048576);
}

export function clock(rfc3339: string): string {
  const time = new Date(rfc3339);
  return Number.isNaN(time.getTime()) ? rfc3339 : time.toLocaleTimeString("en-GB");
}

// For FactList: null stays null ("not measured").
export function measured<T>(value: T | null | undefined, words: (value: T) => string): string | null {
  return value === null || value === undefined ? null : words(value);
}

// "14:05:09", with the day where that is not today.
export function moment(rfc3339: string): string {
  const time = new Date(rfc3339);
  if (Number.isNaN(time.getTime())) return rfc3339;
  const today = new Date().toDateString() === time.toDateString();
  return today ? clock(rfc3339) : `${time.toLocaleDateString("en-GB", { day: "numeric", month: "short" })} ${clock(rfc3339)}`;
}
