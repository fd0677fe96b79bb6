/** Times of the export. @module */

/** No time in seconds is this large, but every one in milliseconds since 1973 is. */
const LEAST_MILLISECONDS = 1e11;

/** Seconds since 1970 from seconds, milliseconds, or an ISO date; null where it is none of these. */
export function readTime(value: unknown): number | null {
  const time = typeof value === "string" ? fromText(value) : value;
  if (typeof time !== "number" || !Number.isFinite(time)) return null;
  const seconds = Math.abs(time) > LEAST_MILLISECONDS ? time / 1000 : time;
  // Beyond the range of Date nobody could print it.
  if (Math.abs(seconds) > 8.64e12) return null;
  // The export has microseconds; this keeps each of them exactly and no other noise.
  return Math.round(seconds * 1e6) / 1e6 + 0;
}

function fromText(text: string): number {
  const trimmed = text.trim();
  if (/^-?\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed);
  // Without a zone a date would mean another time on each machine.
  const zoned = /[Zz]$|[+-]\d\d:?\d\d$/.test(trimmed) ||
    !/^\d{4}-\d\d-\d\d[T ]/.test(trimmed);
  return Date.parse(zoned ? trimmed : `${trimmed.replace(" ", "T")}Z`) / 1000;
}
