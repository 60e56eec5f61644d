import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { parseDuration } from '../../core/duration.js';
import { TelemetryError } from '../../core/errors.js';
import { MAX_INTERVAL_MS, MIN_INTERVAL_MS } from '../../core/every.js';
import { MAX_MAX_EVENT_BYTES } from '../../core/limits.js';
import { splitList } from '../../core/name-list.js';
import { typeNamed } from '../../core/type-words.js';

/** Parses the text of a setting. @param base the directory of relative paths. @throws TelemetryError `usage` */
export type Parser<T> = (text: string, base: string) => T;

const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  kib: 1024,
  m: 1024 ** 2,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gib: 1024 ** 3,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
};

/** Runs a parser and prefixes its error with the source of the text. */
export function placed<T>(place: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof TelemetryError)) throw error;
    throw new TelemetryError(error.kind, `${place}: ${error.message}`, {
      ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
      cause: error,
    });
  }
}

export function text(value: string): string {
  return value;
}

/** Parses words separated by commas. */
export function words(value: string): string[] {
  const found = value.split(',').map(word => word.trim());
  if (!found.includes('')) return found;
  throw unfit(value, 'a list', 'Write it like a,b,c.');
}

/** Parses types of events separated by commas. */
export function eventTypes(value: string): string[] {
  const types = splitList(value).map(typeNamed);
  if (!types.includes('')) return types;
  throw unfit(value, 'a list', 'Write it like a,b,c.');
}

/** Headers that carry credentials. No setting stores them. */
const CREDENTIAL_HEADERS = ['authorization', 'cookie', 'proxy-authorization', 'x-api-key'];

/** Parses header names (RFC 9110, section 5.1) separated by commas. Returns them in lower case. */
export function headerNames(value: string): string[] {
  const names = words(value).map(name => name.toLowerCase());
  for (const name of names) {
    if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name)) throw unfit(name, 'the name of a header', 'Write it like X-Tenant.');
    if (CREDENTIAL_HEADERS.includes(name)) {
      throw unfit(name, 'a header that may be stored', 'It carries credentials and is always stored as ***.');
    }
  }
  return names;
}

/** Parses an origin as browsers send it (RFC 6454, section 6.2): `*` is any, `null` is that of pages without one. */
export function origin(value: string): string {
  if (value === '*' || value === 'null') return value;
  // The class URL knows no origin for the schemes of browser extensions.
  if (/^(?!https?:)[a-z][a-z0-9+.-]*:\/\/[^/?#@]+$/.test(value)) return value;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isOrigin = url && url.origin !== 'null' && url.href === `${url.origin}/`;
  if (isOrigin) return url.origin;
  throw unfit(value, 'the origin of web pages', 'Write it like https://app.example, or * for all pages.');
}

/** Parses the path of a file or directory, resolved against `base`. */
export function path(value: string, base: string): string {
  return value.startsWith('~/') ? resolve(homedir(), value.slice(2)) : resolve(base, value);
}

/** Parses a size in bytes, such as `1048576`, `64MiB` or `1.5GB`. `K`, `M` and `G` alone are binary. */
export function bytes(value: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(value) ?? [];
  const factor = UNIT_BYTES[(unit ?? '').toLowerCase()];
  const size = Math.floor(Number(amount) * (factor ?? NaN));
  if (size > 0 && Number.isSafeInteger(size)) return size;
  throw unfit(value, 'a size', 'Write it like 1048576, 512KiB or 64MiB.');
}

export function eventSize(value: string): number {
  const size = bytes(value);
  if (size <= MAX_MAX_EVENT_BYTES) return size;
  throw new TelemetryError('usage', `"${value}" is too large for one event`, { remedy: 'Write 64MiB or less.' });
}

export function port(value: string): number {
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  throw unfit(value, 'a port', 'Write a number from 0 (any free port) to 65535.');
}

export function duration(value: string): number {
  return parseDuration(value);
}

const RATE_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** Parses an event rate: `500/s`, `10k/s`, `1M/h`. `k` is a thousand, `M` a million. */
export function rate(value: string): { readonly events: number; readonly perMs: number } {
  const [, amount, unit = '', per = ''] = /^(\d+(?:\.\d+)?)([kM]?)\/([smh])$/.exec(value) ?? [];
  const events = Math.floor(Number(amount) * ({ k: 1000, M: 1_000_000 }[unit] ?? 1));
  if (events >= 1 && Number.isSafeInteger(events)) return { events, perMs: RATE_MS[per]! };
  throw unfit(value, 'a rate', 'Write it like 500/s, 10k/s or 1M/h.');
}

/** Formats a rate as {@link rate} parses it: `10000/s`. */
export function rateText({ events, perMs }: { readonly events: number; readonly perMs: number }): string {
  return `${events}/${Object.keys(RATE_MS).find(unit => RATE_MS[unit] === perMs) ?? `${perMs}ms`}`;
}

/** Parses an interval. Returns milliseconds. */
export function interval(value: string): number {
  const ms = parseDuration(value);
  if (ms >= MIN_INTERVAL_MS && ms <= MAX_INTERVAL_MS) return ms;
  throw unfit(value, 'an interval', 'Write one between 100ms and 24h.');
}

export function yesOrNo(value: string): boolean {
  if (/^(true|1|yes|on)$/i.test(value)) return true;
  if (/^(false|0|no|off)$/i.test(value)) return false;
  throw unfit(value, 'yes or no', 'Write true or false.');
}

export function timeZone(value: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return value;
  } catch (cause) {
    throw unfit(value, 'a time zone', 'Write it like UTC or Australia/Sydney.', cause);
  }
}

export function url(value: string): string {
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value;
  throw unfit(value, "a server's URL", 'Write it like http://127.0.0.1:4318.');
}

export function oneOf<T extends string>(choices: readonly T[]): Parser<T> {
  return value => {
    const choice = choices.find(known => known === value);
    if (choice !== undefined) return choice;
    throw unfit(value, `one of ${choices.join(', ')}`, `Choose one of ${choices.join(', ')}.`);
  };
}

/** A parser of integers that are at least `least`. */
export function wholeNumber(least: number): Parser<number> {
  return value => {
    const number = Number(value);
    if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number >= least) return number;
    throw unfit(value, `a whole number of at least ${least}`, `Write a whole number of at least ${least}.`);
  };
}

function unfit(value: string, wanted: string, remedy: string, cause?: unknown): TelemetryError {
  return new TelemetryError('usage', `"${value}" is not ${wanted}`, { remedy, cause });
}
