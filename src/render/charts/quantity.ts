import { durationText } from '../../core/duration.js';

/** The digits of a quantity that is not asked for more. */
const USUAL_DIGITS = 3;

/** Milliseconds in a unit of time, by the ending of a column's name or the unit of a metric. */
const MS_IN: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** Bytes in a unit of data. UCUM writes `By`, `kBy`, `MiBy`; others `bytes`, `kb`. */
const BYTES_IN: ReadonlyMap<string, number> = new Map([
  ['bytes', 1],
  ['kBy', 1e3],
  ['MBy', 1e6],
  ['GBy', 1e9],
  ['KiBy', 1024],
  ['MiBy', 1024 ** 2],
  ['GiBy', 1024 ** 3],
]);

/** The units that other words mean. */
const SAME_UNIT: ReadonlyMap<string, string> = new Map([
  ['nanoseconds', 'ns'],
  ['microseconds', 'us'],
  ['milliseconds', 'ms'],
  ['millis', 'ms'],
  ['seconds', 's'],
  ['second', 's'],
  ['sec', 's'],
  ['minutes', 'min'],
  ['hours', 'h'],
  ['days', 'd'],
  ['byte', 'bytes'],
  ['By', 'bytes'],
  ['B', 'bytes'],
  ['b', 'bytes'],
  ['percent', '%'],
  ['pct', '%'],
  ['ratio', ''],
  ['1', ''],
]);

/** The endings of names that are units. Single letters are not units: `is_s` and `size_b` may mean anything. */
const ENDING =
  /[_.](ns|us|ms|nanoseconds|microseconds|milliseconds|millis|seconds|sec|minutes|hours|days|bytes|percent|pct)$/i;

/** The unit of a column by the ending of its name: `ms` for `duration_ms`, `bytes` for `body_bytes`; '' without one. */
export function unitOf(name: string): string {
  const ending = ENDING.exec(name)?.[1]?.toLowerCase() ?? '';
  return canonicalUnit(ending);
}

/** One spelling of a unit: `s` for `seconds`. The annotations of UCUM, such as `{request}`, lose their braces. */
export function canonicalUnit(unit: string): string {
  const bare = unit.trim().replace(/^\{(.*)\}$/, '$1');
  return SAME_UNIT.get(bare) ?? SAME_UNIT.get(bare.toLowerCase()) ?? bare;
}

/** The number of milliseconds in the unit; undefined when it is not one of time. */
export function msIn(unit: string): number | undefined {
  return MS_IN.get(canonicalUnit(unit));
}

/**
 * A value with its unit, rounded for people: `12.3ms`, `2m5s`, `1.5 kB`, `99.5%`, `12.3k`, `4.2 requests/s`.
 * @param unit as {@link unitOf} returns it or a metric has it (UCUM: `By`, `ms`, `{request}/s`); '' for a plain number.
 * @param digits the significant digits, 1 to 15
 */
export function formatQuantity(value: number, unit = '', digits = USUAL_DIGITS): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞';
  if (value < 0) return `-${formatQuantity(-value, unit, digits)}`;
  const [base = '', ...per] = unit.split('/');
  const known = canonicalUnit(base);
  const rate = per.length === 0 ? '' : `/${per.join('/')}`;
  const ms = MS_IN.get(known);
  if (ms !== undefined) return formatMs(times(value, ms), digits) + rate;
  const bytes = BYTES_IN.get(known);
  if (bytes !== undefined) return formatBytes(times(value, bytes), digits) + rate;
  if (known === '%') return `${rounded(value, digits)}%${rate}`;
  const text = formatCount(value, digits);
  return known === '' ? text + rate : `${text} ${known}${rate}`;
}

/** The product, finite. */
function times(value: number, factor: number): number {
  return Math.min(value * factor, Number.MAX_VALUE);
}

function formatMs(ms: number, digits: number): string {
  if (ms === 0) return '0ms';
  if (ms < 1e-3) return `${rounded(ms * 1e6, digits)}ns`;
  if (ms < 1) return `${rounded(ms * 1e3, digits)}µs`;
  if (ms < 1e3) return `${rounded(ms, digits)}ms`;
  if (ms < 60_000) return `${rounded(ms / 1e3, digits)}s`;
  if (ms > 1e15) return `${formatCount(ms / 86_400_000, digits)}d`;
  return durationText(Math.round(ms / 1e3) * 1e3);
}

/** pretty-bytes, which other reports use, cuts digits off instead of rounding. */
function formatBytes(bytes: number, digits: number): string {
  const [text, prefix] = scaled(bytes, digits);
  return `${text} ${prefix}B`;
}

/** Above this, a count is shortened. */
const LONGEST_COUNT = 9999;

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

function formatCount(value: number, digits: number): string {
  if (Number.isInteger(value) && value <= LONGEST_COUNT) return grouped.format(value);
  return scaled(value, digits).join('');
}

/** The prefixes of SI for thousands. */
const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'] as const;

/** The number between 1 and 1000, and its prefix. A larger one than has a prefix keeps its exponent. */
function scaled(value: number, digits: number): [text: string, prefix: string] {
  let rest = value;
  for (const prefix of PREFIXES) {
    const text = rounded(rest, digits);
    if (Number(text) < 1000) return [text, prefix];
    rest /= 1000;
  }
  return [value.toExponential(digits - 1).replace('e+', 'e'), ''];
}

/** The number with as many significant digits, without trailing zeros; the digits of a whole number stay. */
function rounded(value: number, digits: number): string {
  if (value !== 0 && (value < 1e-6 || value >= 1e15)) return value.toExponential(digits - 1).replace('e+', 'e');
  return value >= 10 ** digits ? String(Math.round(value)) : String(Number(value.toPrecision(digits)));
}
