import { zoneMinutes } from './time-zones.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * `Mmm dd hh:mm:ss` (RFC 3164, section 4.1.2), with common additions: a year before or after the day (NX-OS, ASA), a
 * fraction, AM and PM (Cisco's Unified Communications Manager), and IOS' mark of an unsynchronized clock.
 */
const BSD = new RegExp(
  String.raw`([*.]?)(?:(\d{4}) )?(${MONTHS.join('|')}) {1,2}(\d{1,2})(?: (\d{4}))? (\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?: ([AP]M)(?:\.(\d+))?)?`,
  'y',
);

/** RFC 3339, also without an offset, or with one without a colon. */
const ISO = /([*.]?)(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}(?::?\d{2})?)?/y;

/** A zone after a time. */
const ZONE = / ?([A-Z]{1,5}|[+-]\d{2}(?::?\d{2})?)(?=:| |$)/y;

/** The end of a timestamp: blanks, preceded by a colon in Cisco's messages. */
const END = /(?: ?:)? +/y;

/** An unknown abbreviation after a time is a zone before a Cisco message code; elsewhere it is a host or a tag. */
const CISCO_CODE = / ?: +%/y;

/** The maximum lead of a sender's clock or zone: a day. */
const AHEAD_MS = 86_400_000;

/** The range for the year of a time without one: February 29 recurs after at most eight years. */
const YEARS_BACK = 8;

/** A timestamp. */
export interface LegacyTime {
  /** ISO 8601, with an offset or in UTC. */
  readonly time: string;
  /** The name of its zone, as sent; undefined for UTC and for a numeric offset. */
  readonly zone: string | undefined;
  /** False when the sender reports an unsynchronized clock; undefined otherwise. */
  readonly isSynchronized: false | undefined;
  /** The offset of the text after it. */
  readonly end: number;
}

/**
 * Reads the timestamp at an offset of a message of RFC 3164. Without a zone it is local; without a year it is in the
 * last year that puts it at most a day after `now`, in milliseconds since 1970. Undefined without a timestamp.
 */
export function legacyTime(text: string, start: number, now: number): LegacyTime | undefined {
  return isoTime(text, start) ?? bsdTime(text, start, now);
}

/**
 * Normalizes a time close to RFC 3339: an offset without a colon, a fraction after a comma, or without an offset in the
 * local zone. Undefined when it is not a time.
 */
export function isoText(text: string): string | undefined {
  ISO.lastIndex = 0;
  const found = ISO.exec(text);
  return found?.[0].length === text.length && found[1] === '' ? isoOf(found, found[4]) : undefined;
}

function isoTime(text: string, start: number): LegacyTime | undefined {
  ISO.lastIndex = start;
  const found = ISO.exec(text);
  if (!found) return undefined;
  const [all, mark] = found;
  const zone = found[4] === undefined ? zoneAt(text, start + all.length) : undefined;
  const end = endOf(text, zone?.end ?? start + all.length);
  const time = isoOf(found, found[4] ?? zone?.name);
  if (end === undefined || time === undefined) return undefined;
  return { time, zone: shown(zone), isSynchronized: synchronized(mark), end };
}

/** @param zone its offset or the name of its zone; undefined for the local one */
function isoOf([, , seconds = '', fraction]: RegExpExecArray, zone: string | undefined): string | undefined {
  const after = fraction === undefined ? '' : `.${fraction}`;
  const date = new Date(`${seconds}Z`);
  // A date that rolls over, such as February 30, is invalid.
  if (Number.isNaN(date.getTime()) || date.getUTCDate() !== Number(seconds.slice(8, 10))) return undefined;
  if (zone === 'Z') return `${seconds}${after}Z`;
  if (zone !== undefined && /^[+-]/.test(zone)) {
    return `${seconds}${after}${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`;
  }
  const minutes = zone === undefined ? undefined : zoneMinutes(zone);
  const instant = minutes === undefined ? new Date(seconds) : new Date(date.getTime() - minutes * 60_000);
  return `${instant.toISOString().slice(0, -5)}${after}Z`;
}

/** A time of day and a day without a year. */
interface YearlyTime {
  readonly month: number;
  readonly day: number;
  readonly seconds: number;
  /** Undefined: the local zone. */
  readonly zoneMinutes: number | undefined;
}

function bsdTime(text: string, start: number, now: number): LegacyTime | undefined {
  BSD.lastIndex = start;
  const found = BSD.exec(text);
  if (!found) return undefined;
  const [all, mark, yearBefore, month, day, yearBehind, hour, minute, second, fraction, half, halfFraction] = found;
  const zone = zoneAt(text, start + all.length);
  const end = endOf(text, zone?.end ?? start + all.length);
  const seconds = secondsOf(Number(hour), Number(minute), Number(second), half);
  if (end === undefined || seconds === undefined) return undefined;
  const yearly: YearlyTime = {
    month: MONTHS.indexOf(month!),
    day: Number(day),
    seconds,
    zoneMinutes: zone && zoneMinutes(zone.name),
  };
  const year = yearBefore ?? yearBehind;
  const date = year === undefined ? lastBefore(now + AHEAD_MS, yearly) : inYear(Number(year), yearly);
  if (!date) return undefined;
  const digits = (fraction ?? halfFraction ?? '').padEnd(3, '0');
  const time = `${date.toISOString().slice(0, -4)}${digits}Z`;
  return { time, zone: shown(zone), isSynchronized: synchronized(mark), end };
}

/** Seconds since midnight; undefined for an invalid time of day. 60 is a leap second. */
function secondsOf(hour: number, minute: number, second: number, half: string | undefined): number | undefined {
  if (hour > 23 || minute > 59 || second > 60 || (half !== undefined && (hour === 0 || hour > 12))) return undefined;
  const hours = half === undefined ? hour : (hour % 12) + (half === 'PM' ? 12 : 0);
  return hours * 3600 + minute * 60 + second;
}

function lastBefore(limit: number, yearly: YearlyTime): Date | undefined {
  const latest = new Date(limit).getFullYear();
  for (let year = latest; year >= latest - YEARS_BACK; year--) {
    const date = inYear(year, yearly);
    if (date && date.getTime() <= limit) return date;
  }
  return undefined;
}

/** Undefined when that year lacks the day. */
function inYear(year: number, { month, day, seconds, zoneMinutes: east }: YearlyTime): Date | undefined {
  if (day === 0 || new Date(Date.UTC(year, month, day)).getUTCDate() !== day) return undefined;
  if (east !== undefined) return new Date(Date.UTC(year, month, day) + (seconds - east * 60) * 1000);
  return new Date(year, month, day, 0, 0, seconds);
}

function zoneAt(text: string, at: number): { readonly name: string; readonly end: number } | undefined {
  ZONE.lastIndex = at;
  const [all, name] = ZONE.exec(text) ?? [];
  if (all === undefined || name === undefined) return undefined;
  const end = at + all.length;
  CISCO_CODE.lastIndex = end;
  return zoneMinutes(name) !== undefined || CISCO_CODE.test(text) ? { name, end } : undefined;
}

function endOf(text: string, at: number): number | undefined {
  END.lastIndex = at;
  return END.test(text) ? END.lastIndex : undefined;
}

function shown(zone: { readonly name: string } | undefined): string | undefined {
  return zone && /^[A-Z]/.test(zone.name) && zoneMinutes(zone.name) !== 0 ? zone.name : undefined;
}

function synchronized(mark: string | undefined): false | undefined {
  return mark === '' ? undefined : false;
}
