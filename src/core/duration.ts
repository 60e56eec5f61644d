import { TelemetryError } from './errors.js';

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * A length of time such as `500ms`, `30s`, `10m`, `2h`, `14d`, `1w` or `1h30m`, in milliseconds.
 * @throws TelemetryError `usage` when the text is not one.
 */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/gy)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    throw new TelemetryError('usage', `"${text}" is not a duration`, {
      remedy: 'Write it like 30s, 10m, 2h, 14d or 1h30m.',
    });
  }
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNIT_MS[unit!]!, 0);
}

/** A point in time as the store keeps it: microseconds since 1970-01-01T00:00:00Z. */
export type Micros = number;

/** The dates that a store can hold fit 53 bits of microseconds: to the year 2255. */
const MAX_MICROS = Number.MAX_SAFE_INTEGER;

const RFC_3339 = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * A point in time: how long ago (`10m`, `2d`), RFC 3339 (`2026-11-22T10:00:00Z`; a date alone or a time without
 * an offset is UTC), `now`, or an epoch in seconds, milliseconds, microseconds or nanoseconds (told apart by size).
 * @param now the present, in milliseconds since 1970.
 * @throws TelemetryError `usage` when the text is none of these.
 */
export function parseInstant(text: string, now: number): Micros {
  if (text === 'now') return now * 1000;
  if (/^\d+(\.\d+)?$/.test(text)) return bounded(epochMicros(Number(text)), text);
  if (RFC_3339.test(text)) {
    const hasOffset = /(Z|[+-]\d{2}:?\d{2})$/i.test(text) && text.length > 10;
    const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
    const seconds = Date.parse(
      text.replace(' ', 'T').replace(/\.\d+/, '') + (hasOffset || text.length <= 10 ? '' : 'Z'),
    );
    if (!Number.isNaN(seconds)) return bounded(seconds * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0')), text);
  }
  try {
    return bounded(Math.round((now - parseDuration(text)) * 1000), text);
  } catch (error) {
    throw new TelemetryError('usage', `"${text}" is not a point in time`, {
      remedy: 'Write how long ago (10m, 2d), a date in RFC 3339 (2026-11-22T10:00:00Z), or an epoch.',
      cause: error,
    });
  }
}

/** Epochs are told apart by size: seconds reach 1e11 in the year 5138, milliseconds 1e14, microseconds 1e17. */
function epochMicros(epoch: number): Micros {
  if (epoch < 1e11) return Math.round(epoch * 1e6);
  if (epoch < 1e14) return Math.round(epoch * 1e3);
  return Math.round(epoch < 1e17 ? epoch : epoch / 1e3);
}

function bounded(micros: Micros, text: string): Micros {
  if (micros >= 0 && micros <= MAX_MICROS) return micros;
  throw new TelemetryError('usage', `"${text}" is outside the years 1970 to 2255`, {
    remedy: 'Name a later or earlier time.',
  });
}
