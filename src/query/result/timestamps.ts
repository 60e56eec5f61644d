/**
 * The format of points in time: `iso` (`2024-07-03T05:16:55.563839Z`, with the time zone's offset) for programs,
 * `readable` (`2024-07-03 05:16:55.563839`) for people. Both print 0, 3, 6 or 9 fraction digits, as many as the value
 * has.
 */
export type TimeStyle = 'iso' | 'readable';

const DAY_MS = 86_400_000;

/**
 * Since 1973 offsets have changed only at multiples of this, in milliseconds; before, those of Liberia and of local
 * mean times did not.
 */
const OFFSET_STEP_MS = 900_000;
const STEPS_START_MS = Date.UTC(1973, 0);

/** The last time that JavaScript's Date holds. Dates of later years are computed here. */
const MAX_DATE_MS = 8.64e15;

/** DuckDB's infinities: the ends of 64 bits, in every unit. */
const INFINITY = 2n ** 63n - 1n;

/**
 * Returns a function that prints a point in time without a zone, given in units of 1/`perSecond` seconds since 1970.
 */
export function timestampPrinter(perSecond: bigint, style: TimeStyle): (units: bigint) => string {
  const local = localPrinter(perSecond, style);
  return units => infinite(units) ?? local(units);
}

/** Returns a function that prints microseconds since 1970 in a time zone. */
export function zonedPrinter(timezone: string, style: TimeStyle): (micros: bigint) => string {
  const local = localPrinter(1_000_000n, style);
  const utcSuffix = style === 'iso' ? 'Z' : '';
  if (timezone === 'UTC') return micros => infinite(micros) ?? local(micros) + utcSuffix;
  const offsetAt = offsets(timezone);
  return micros => {
    const special = infinite(micros);
    if (special !== undefined) return special;
    const offset = offsetAt(Math.floor(Number(micros) / 1000));
    const text = local(offset === 0 ? micros : micros + BigInt(offset) * 1000n);
    return style === 'iso' ? text + printOffset(offset) : text;
  };
}

function infinite(units: bigint): string | undefined {
  if (units === INFINITY) return 'infinity';
  return units === -INFINITY ? '-infinity' : undefined;
}

/** Remembers the last printed date: the times of a result are mostly of one day. */
function localPrinter(perSecond: bigint, style: TimeStyle): (units: bigint) => string {
  const digits = String(perSecond).length - 1;
  const separator = style === 'iso' ? 'T' : ' ';
  let lastDay = NaN;
  let lastDate = '';
  return units => {
    const { seconds, fraction } = split(units, perSecond);
    const day = Math.floor(seconds / 86_400);
    if (day !== lastDay) {
      lastDay = day;
      lastDate = printDate(day) + separator;
    }
    return lastDate + printClock(seconds - day * 86_400) + printFraction(fraction, digits);
  };
}

/** Whole seconds, rounded down, and the remaining units. Numbers where they are exact, which is faster than bigint. */
function split(units: bigint, perSecond: bigint): { seconds: number; fraction: number } {
  const number = Number(units);
  if (!Number.isSafeInteger(number)) {
    const seconds = floorDivide(units, perSecond);
    return { seconds: Number(seconds), fraction: Number(units - seconds * perSecond) };
  }
  const per = Number(perSecond);
  const fraction = ((number % per) + per) % per;
  return { seconds: (number - fraction) / per, fraction };
}

/** Days since 1970 as DuckDB prints a DATE. */
export function printDate(days: number): string {
  const { year, month, day } = civil(days);
  const date = `${pad(year > 0 ? year : 1 - year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  return year > 0 ? date : `${date} (BC)`;
}

function printClock(second: number): string {
  return `${TWO_DIGITS[Math.floor(second / 3600)]!}:${TWO_DIGITS[Math.floor(second / 60) % 60]!}:${TWO_DIGITS[second % 60]!}`;
}

const TWO_DIGITS = Array.from({ length: 60 }, (_, i) => pad(i, 2));

function printFraction(fraction: number, digits: number): string {
  if (fraction === 0) return '';
  let text = pad(fraction, digits);
  while (text.endsWith('000')) text = text.slice(0, -3);
  return `.${text}`;
}

/** The date in the proleptic Gregorian calendar: Howard Hinnant's `civil_from_days`. */
function civil(daysSince1970: number): { year: number; month: number; day: number } {
  const days = daysSince1970 + 719_468;
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  };
}

/** Returns a function for the zone's offset from UTC in milliseconds at a time. It caches each quarter of an hour. */
function offsets(timezone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    era: 'short',
  });
  const known = new Map<number, number>();
  return ms => {
    if (ms < STEPS_START_MS) return offsetOf(format, Math.floor(ms / 1000) * 1000);
    const step = Math.floor(ms / OFFSET_STEP_MS);
    let offset = known.get(step);
    if (offset === undefined) {
      if (known.size >= MAX_KNOWN_OFFSETS) known.clear();
      offset = offsetOf(format, step * OFFSET_STEP_MS);
      known.set(step, offset);
    }
    return offset;
  };
}

/** A year of quarters of an hour: some megabytes of cache. */
const MAX_KNOWN_OFFSETS = 35_040;

function offsetOf(format: Intl.DateTimeFormat, ms: number): number {
  if (Math.abs(ms) > MAX_DATE_MS - DAY_MS) return 0;
  const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  const year = part.era === 'BC' ? 1 - Number(part.year) : Number(part.year);
  const local = new Date(0);
  local.setUTCFullYear(year, Number(part.month) - 1, Number(part.day));
  local.setUTCHours(Number(part.hour), Number(part.minute), Number(part.second));
  return local.getTime() - ms;
}

function printOffset(ms: number): string {
  const seconds = Math.abs(ms) / 1000;
  const rest = seconds % 60;
  const sign = ms < 0 ? '-' : '+';
  return `${sign}${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}${rest === 0 ? '' : `:${pad(rest, 2)}`}`;
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
