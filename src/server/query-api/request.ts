import type { IncomingMessage } from 'node:http';
import { parseDuration } from '../../core/duration.js';
import { TelemetryError } from '../../core/errors.js';
import { MAX_SQL_LENGTH } from '../../core/limits.js';
import { membersOf, textOf } from '../../formats/json/members.js';

/** The longest body of a request, in bytes: the longest SQL, escaped, and its parameters. */
const MAX_BODY_BYTES = 4 * MAX_SQL_LENGTH;

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

/** The members of a query that are options of `telemetry query` of the same name. */
const OPTIONS = ['since', 'until', 'by', 'tz', 'limit'] as const;

const MEMBERS: ReadonlySet<string> = new Set(['sql', 'params', 'format', 'timeout', ...OPTIONS]);

/**
 * Reads the body of `POST /api/query`: `{sql, params, since, until, by, tz, timeout, limit, format}`.
 * @throws TelemetryError `usage` for a body that is not such an object.
 */
export function queryQuestion(body: Buffer): ApiQuestion {
  const given = parseObject(body);
  const unknown = Object.keys(given).find(name => !MEMBERS.has(name));
  if (unknown !== undefined) {
    throw usage(`the member "${unknown}" is not known`, `The members are ${[...MEMBERS].join(', ')}.`);
  }
  const { sql, format = 'ndjson' } = given;
  if (typeof sql !== 'string' || sql.trim() === '') throw usage('"sql" must be a text', 'Send {"sql": "select 1"}.');
  const api = apiFormat(format);
  const args = ['query', ...API_FORMATS[api].options];
  for (const name of OPTIONS) {
    const value = given[name] ?? (name === 'tz' ? 'UTC' : undefined);
    if (value === undefined) continue;
    if (typeof value !== 'string' && typeof value !== 'number') throw usage(`"${name}" must be a text or a number`);
    args.push(`--${name}=${value}`);
  }
  for (const [name, text] of parametersOf(body)) args.push(`--param=${name}=${text}`);
  return {
    args: [...args, '--', sql],
    contentType: API_FORMATS[api].contentType,
    timeoutMs: timeoutOf(given.timeout ?? undefined),
  };
}

/** The value of "timeout" in milliseconds. The server keeps the time, since a question may wait for a process. */
function timeoutOf(value: unknown): number {
  if (value === undefined) return DEFAULT_TIMEOUT_MS;
  if (typeof value !== 'string') throw usage('"timeout" must be a text', 'Write it like "30s", "10m" or "2h".');
  try {
    return parseDuration(value);
  } catch (error) {
    if (error instanceof TelemetryError) throw usage(`"timeout": ${error.message}`, error.remedy);
    throw error;
  }
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

/** Reads the body of a request. @throws TelemetryError `usage` when it is too long. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw usage('the body is too long', 'The limit of the SQL is 1 MiB.');
  }
  return Buffer.concat(chunks);
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
  const params = membersOf(body, body.indexOf('{')).find(({ key }) => key === 'params');
  if (params === undefined) return [];
  if (body[params.valueStart] !== 0x7b) throw usage('"params" must be an object', 'Send {"params": {"user": 7}}.');
  return membersOf(body, params.valueStart).map(({ key, valueStart, end }) => [key, textOf(body, valueStart, end)]);
}

function usage(message: string, remedy?: string): TelemetryError {
  return new TelemetryError('usage', message, remedy === undefined ? {} : { remedy });
}
