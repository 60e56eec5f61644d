import { parseDuration, parseInstant } from '../../core/duration.js';
import { TelemetryError } from '../../core/errors.js';
import { MAX_SQL_LENGTH } from '../../core/limits.js';
import { membersOf, textOf } from '../../formats/json/members.js';

/** Default timeout of a query, in milliseconds. */
const DEFAULT_TIMEOUT_MS = 5 * 60_000;

/** The formats of rows over HTTP, each with its options of `telemetry query` and its content type. */
export const API_FORMATS = {
  ndjson: { options: ['--format=ndjson'], contentType: 'application/x-ndjson' },
  json: { options: ['--format=json-columns', '--one-statement'], contentType: 'application/json' },
  csv: { options: ['--format=csv', '--one-statement'], contentType: 'text/csv; charset=utf-8' },
} as const;

export type ApiFormat = keyof typeof API_FORMATS;

/** A question over HTTP as a command line, and the content type of its answer. */
export interface ApiQuestion {
  readonly args: readonly string[];
  readonly contentType: string;
  /** The time for the answer, waiting for a query process included; undefined for any time. */
  readonly timeoutMs?: number;
}

/** The members of a query that are options of `telemetry query` of the same name, each with a check of its text. */
const OPTIONS: Readonly<Record<string, (text: string) => unknown>> = {
  since: text => parseInstant(text, Date.now()),
  until: text => parseInstant(text, Date.now()),
  by: oneOf('time', 'received'),
  tz: timeZone,
  limit: wholeNumber,
};

const MEMBERS: readonly string[] = ['sql', 'params', 'format', 'timeout', ...Object.keys(OPTIONS)];

/**
 * Reads the body of `POST /api/query`: `{sql, params, since, until, by, tz, timeout, limit, format}`.
 * @throws TelemetryError `usage` for a body that is not such an object, in terms of its members.
 */
export function queryQuestion(body: Buffer): ApiQuestion {
  const given = parseObject(body);
  const unknown = Object.keys(given).find(name => !MEMBERS.includes(name));
  if (unknown !== undefined) {
    throw usage(`the member "${unknown}" is not known`, `The members are ${MEMBERS.join(', ')}.`);
  }
  const sql = sqlOf(given.sql);
  const { options, contentType } = API_FORMATS[apiFormat(given.format ?? 'ndjson')];
  const args = ['query', ...options];
  for (const [name, check] of Object.entries(OPTIONS)) {
    const value = given[name] ?? (name === 'tz' ? 'UTC' : undefined);
    if (value !== undefined) args.push(`--${name}=${checkedText(name, value, check)}`);
  }
  for (const [name, text] of parametersOf(body)) args.push(`--param=${name}=${text}`);
  return { args: [...args, '--', sql], contentType, timeoutMs: timeoutOf(given.timeout) };
}

/** The value of "sql". `-` alone would read the stdin of the command. */
function sqlOf(value: unknown): string {
  const remedy = 'Send {"sql": "select 1"}.';
  if (value === undefined) throw usage('"sql" is missing', remedy);
  if (typeof value !== 'string') throw usage('"sql" must be a text', remedy);
  if (value.trim() === '') throw usage('"sql" is empty', remedy);
  if (value.length <= MAX_SQL_LENGTH) return value === '-' ? ' -' : value;
  throw new TelemetryError('sql', `"sql" has ${value.length} characters: the limit is ${MAX_SQL_LENGTH}`, {
    remedy: `Send long lists of values as a parameter: where id in (select unnest(string_split($ids, ','))).`,
  });
}

/** The value of "timeout" in milliseconds. The server keeps the time, since a question may wait for a process. */
function timeoutOf(value: unknown): number {
  if (value === undefined || value === null) return DEFAULT_TIMEOUT_MS;
  return parseDuration(checkedText('timeout', value, parseDuration));
}

/** The text of a member. @throws TelemetryError `usage` with the name of the member. */
function checkedText(name: string, value: unknown, check: (text: string) => unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number')
    throw usage(`"${name}" must be a text or a number`, `Leave it out, or send {"${name}": "..."}.`);
  const text = String(value);
  try {
    check(text);
    return text;
  } catch (error) {
    if (error instanceof TelemetryError) throw usage(`"${name}": ${error.message}`, error.remedy);
    throw error;
  }
}

function oneOf(...choices: readonly string[]): (text: string) => void {
  return text => {
    if (!choices.includes(text)) {
      throw usage(`"${text}" is not one of ${choices.join(', ')}`, `Choose one of ${choices.join(', ')}.`);
    }
  };
}

function timeZone(text: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
  } catch {
    throw usage(`"${text}" is not a time zone`, 'Write it like UTC or Australia/Sydney.');
  }
}

function wholeNumber(text: string): void {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return;
  throw usage(`"${text}" is not a whole number of at least 0`, 'Write a whole number of at least 0.');
}

/** Reads the parameters of a `GET` in its URL as options of a command; a name may occur several times. */
export function readQuestion(command: readonly string[], url: string, allowed: readonly string[]): ApiQuestion {
  const args = [...command, '--format=json'];
  const [, query = ''] = url.split('?', 2);
  for (const [name, value] of new URLSearchParams(query)) {
    if (!allowed.includes(name)) {
      throw usage(`the parameter "${name}" is not known`, `The parameters are ${allowed.join(', ')}.`);
    }
    args.push(`--${name.replaceAll('_', '-')}=${value}`);
  }
  return { args, contentType: 'application/json' };
}

/**
 * The command line of a tail that continues after an event.
 * @param lastId the header `Last-Event-ID`; undefined or empty for a tail that starts as its options say.
 * @throws TelemetryError `usage` for one that is not the id of an event.
 */
export function resumedAt(args: readonly string[], lastId: string | string[] | undefined): readonly string[] {
  if (lastId === undefined || lastId === '') return args;
  const id = Number(lastId);
  if (!/^\d+$/.test(String(lastId)) || !Number.isSafeInteger(id + 1)) {
    throw usage(`"Last-Event-ID" is "${String(lastId)}", which is not the id of an event`, 'Send an id of the stream.');
  }
  return [...args.filter(arg => !/^--(?:since|lines|from-id)=/.test(arg)), `--from-id=${id + 1}`];
}

function apiFormat(format: unknown): ApiFormat {
  const found = Object.keys(API_FORMATS).find(name => name === format);
  if (found !== undefined) return found as ApiFormat;
  throw usage(`"format" is ${JSON.stringify(format)}`, `Choose one of ${Object.keys(API_FORMATS).join(', ')}.`);
}

function parseObject(body: Buffer): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    throw usage('the body is not JSON', 'Send {"sql": "select 1"}.');
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
  throw usage('the body is not a JSON object', 'Send {"sql": "select 1"}.');
}

/**
 * The members of `params` with their values as JSON, as `telemetry query --param` takes them: numbers keep all digits.
 */
function parametersOf(body: Buffer): [name: string, text: string][] {
  const params = membersOf(body, body.indexOf('{')).findLast(({ key }) => key === 'params');
  if (params === undefined) return [];
  if (body[params.valueStart] !== 0x7b) throw usage('"params" must be an object', 'Send {"params": {"user": 7}}.');
  return membersOf(body, params.valueStart).map(({ key, valueStart, end }) => {
    if (!/^\w+$/.test(key)) throw usage(`"params" has the name "${key}"`, 'SQL takes names of letters, digits and _.');
    return [key, textOf(body, valueStart, end)];
  });
}

function usage(message: string, remedy?: string): TelemetryError {
  return new TelemetryError('usage', message, remedy === undefined ? {} : { remedy });
}
