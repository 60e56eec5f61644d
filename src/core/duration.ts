import { TelemetryError } from './errors.js';
import { isBasicDate } from './iso-time.js';

const MS = {
  ms: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  year: 31_536_000_000,
} as const;

/** The units by their spellings; single letters are lower case only, since `M` is a month elsewhere. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', MS.ms],
  ...spellings(MS.ms, 'msec', 'millis', 'millisecond'),
  ['s', MS.second],
  ...spellings(MS.second, 'sec', 'second'),
  ['m', MS.minute],
  ...spellings(MS.minute, 'min', 'minute'),
  ['h', MS.hour],
  ...spellings(MS.hour, 'hr', 'hour'),
  ['d', MS.day],
  ...spellings(MS.day, 'day'),
  ['w', MS.week],
  ...spellings(MS.week, 'week'),
  ['y', MS.year],
  ...spellings(MS.year, 'yr', 'year'),
]);

function spellings(ms: number, ...words: readonly string[]): [string, number][] {
  return words.flatMap((word): [string, number][] => [
    [word, ms],
    [`${word}s`, ms],
  ]);
}

/** An amount and its unit, with separators before the next one. */
const PART = /(\d+(?:\.\d+)?)\s*([a-z]+)[\s,]*/giy;

/**
 * Parses a length of time such as `500ms`, `30s`, `10min`, `2h`, `14d`, `1w`, `2y`, `1h30m` or `5 minutes`, to
 * milliseconds. A year has 365 days.
 * @throws TelemetryError `usage` when the text is not one.
 */
export function parseDuration(text: string): number {
  const parts = [...text.trim().matchAll(PART)];
  const units = parts.map(([, , unit = '']) => UNITS.get(unit.length > 1 ? unit.toLowerCase() : unit));
  const isWhole = parts.map(([part]) => part).join('') === text.trim();
  if (parts.length === 0 || !isWhole || units.includes(undefined)) {
    throw new TelemetryError('usage', `"${text}" is not a duration`, {
      remedy: 'Write it like 30s, 10m, 2h, 14d or 1h30m.',
    });
  }
  return parts.reduce((sum, [, amount], i) => sum + Number(amount) * units[i]!, 0);
}

/** Formats a length of time for people and {@link parseDuration}: `1h30m`, `14d`, `1.5s`, `250ms`. */
export function durationText(ms: number): string {
  if (ms < MS.second) return ms === 0 ? '0s' : `${Number(ms.toFixed(3))}ms`;
  let rest = Math.round(ms);
  const parts = (['day', 'hour', 'minute'] as const).map(unit => {
    const count = Math.floor(rest / MS[unit]);
    rest -= count * MS[unit];
    return count > 0 ? `${count}${unit[0]}` : '';
  });
  return `${parts.join('')}${rest > 0 ? `${rest / MS.second}s` : ''}`;
}

/** A measured duration, rounded for people: `3 ms`, `1.2 s`, `2 min 5 s`. At least `1 ms`. @param ms not negative */
export function roundedDurationText(ms: number): string {
  const millis = Math.max(1, Math.round(ms));
  if (millis < MS.second) return `${millis} ms`;
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `${tenths / 10} s`;
  const seconds = Math.round(ms / MS.second);
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const parts = [hours > 0 && `${hours} h`, minutes > 0 && `${minutes} min`, rest > 0 && `${rest} s`];
  return parts.filter(part => part !== false).join(' ');
}

/** A measured duration to three digits: `250µs`, `12.3ms`, `1.25s`, `2m5s`. */
export function elapsedText(ms: number): string {
  const digits = (value: number): string => String(Number(value.toPrecision(3)));
  if (ms < 0) return `-${elapsedText(-ms)}`;
  if (ms < 1) return ms === 0 ? '0ms' : `${digits(ms * 1000)}µs`;
  if (ms < MS.second) return `${digits(ms)}ms`;
  return ms < MS.minute ? `${digits(ms / MS.second)}s` : durationText(Math.round(ms / MS.second) * MS.second);
}

/** A time in microseconds since 1970-01-01T00:00:00Z, as the store keeps it; or a duration in microseconds. */
export type Micros = number;

/** The latest time that fits 53 bits of microseconds: in the year 2255. */
const MAX_MICROS = Number.MAX_SAFE_INTEGER;

const RFC_3339 = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/i;

/** `2026`, which as an epoch would be in the first hours of 1970, or `2026-11`. */
const YEAR_OR_MONTH = /^[12]\d{3}(?:-(?:0[1-9]|1[0-2]))?$/;

/** The name of a day, a time of day, or both. */
const DAY_AND_CLOCK = /^(?:(today|yesterday|tomorrow)(?:\s+|$))?(?:(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/i;

const DAYS: Readonly<Record<string, number>> = { yesterday: -1, today: 0, tomorrow: 1 };

/**
 * Parses a point in time: a distance to now (`10m`, `-1h`, `5 minutes ago`; `+1h` is in the future), a day or a time of
 * day in the local time zone (`yesterday`, `12:30`, `yesterday 12:30`), RFC 3339 (`2026-11-22T10:00:00Z`; a date alone
 * or a time without an offset is UTC), `20261122`, a year or a month (`2026`, `2026-11`), `now`, or an epoch in
 * seconds, milliseconds, microseconds or nanoseconds (distinguished by size).
 * @param now the present, in milliseconds since 1970.
 * @throws TelemetryError `usage` for any other text.
 */
export function parseInstant(text: string, now: number): Micros {
  const trimmed = text.trim();
  if (/^now$/i.test(trimmed)) return now * 1000;
  if (YEAR_OR_MONTH.test(trimmed)) return bounded(Date.parse(trimmed) * 1000, text);
  if (isBasicDate(trimmed)) return Date.parse(trimmed.replace(/^(....)(..)/, '$1-$2-')) * 1000;
  if (/^\d+(\.\d+)?$/.test(trimmed)) return bounded(epochMicros(Number(trimmed)), text);
  const instant = dayOrClock(trimmed, now) ?? rfc3339(trimmed);
  if (instant !== undefined) return bounded(instant, text);
  const [, sign, length = ''] = /^([+-]?)\s*(.*?)(?:\s+ago)?$/i.exec(trimmed) ?? [];
  try {
    const ms = parseDuration(length);
    return bounded(Math.round((sign === '+' ? now + ms : now - ms) * 1000), text);
  } catch (error) {
    throw new TelemetryError('usage', `"${text}" is not a point in time`, {
      remedy: 'Write how long ago (10m, 2d), a time (12:30, yesterday, 2026-11-22T10:00:00Z), or an epoch.',
      cause: error,
    });
  }
}

/** Parses the local calendar; a day alone is its start. */
function dayOrClock(text: string, now: number): Micros | undefined {
  const [, day, hour = '0', minute = '0', second = '0'] = DAY_AND_CLOCK.exec(text) ?? [];
  const clock = [hour, minute, second].map(Number) as [number, number, number];
  if (text === '' || !DAY_AND_CLOCK.test(text) || clock[0] > 23 || clock[1] > 59 || clock[2] > 59) return undefined;
  const date = new Date(now);
  date.setDate(date.getDate() + DAYS[(day ?? 'today').toLowerCase()]!);
  date.setHours(...clock, 0);
  return date.getTime() * 1000;
}

function rfc3339(text: string): Micros | undefined {
  if (!RFC_3339.test(text)) return undefined;
  const hasOffset = /(Z|[+-]\d{2}:?\d{2})$/i.test(text) && text.length > 10;
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  const isLeap = /:\d{2}:60/.test(text);
  const whole = isLeap ? text.replace(/(:\d{2}):60/, '$1:59') : text;
  const ms = Date.parse(whole.replace(' ', 'T').replace(/\.\d+/, '') + (hasOffset || text.length <= 10 ? '' : 'Z'));
  return Number.isNaN(ms) ? undefined : (isLeap ? ms + 1000 : ms) * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}

/** Distinguishes epochs by size: seconds reach 1e11 in the year 5138, milliseconds 1e14, microseconds 1e17. */
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
