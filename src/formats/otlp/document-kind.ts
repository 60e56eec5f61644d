import type { Signal } from './messages.js';

/** An OTLP document: a request in JSON, or the part of one resource of it. */
export interface DocumentKind {
  readonly signal: Signal;
  /** True for ResourceSpans and the like, which Java's logging exporters write without an enclosing request. */
  readonly isBare: boolean;
}

/** The keys of requests, in JSON and .proto spelling. */
const REQUEST_KEYS: ReadonlyMap<string, Signal> = new Map([
  ['resourceSpans', 'traces'],
  ['resource_spans', 'traces'],
  ['resourceLogs', 'logs'],
  ['resource_logs', 'logs'],
  ['resourceMetrics', 'metrics'],
  ['resource_metrics', 'metrics'],
]);

/** The keys of the parts of one resource. */
const SCOPE_KEYS: ReadonlyMap<string, Signal> = new Map([
  ['scopeSpans', 'traces'],
  ['scope_spans', 'traces'],
  ['scopeLogs', 'logs'],
  ['scope_logs', 'logs'],
  ['scopeMetrics', 'metrics'],
  ['scope_metrics', 'metrics'],
]);

const RESOURCE_KEY = 'resource';

/** `resource_metrics` */
const MAX_KEY = 16;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
const SPACE = 0x20;

/**
 * Detects an OTLP document by its first keys. Called for every event: for most, two bytes decide.
 * @param start the start of a JSON value
 * @param end the end of the bytes, within the value or after it
 */
export function documentKind(bytes: Uint8Array, start: number, end: number): DocumentKind | undefined {
  if (bytes[start] !== OPEN_OBJECT) return undefined;
  let quote = start + 1;
  while (bytes[quote]! <= SPACE) quote++;
  const first = bytes[quote + 1];
  // `resource...` and `scope...`
  if (first !== 0x72 && first !== 0x73) return undefined;
  const second = bytes[quote + 2];
  if (second !== (first === 0x72 ? 0x65 : 0x63)) return undefined;
  return kindAt(bytes, quote, end);
}

function kindAt(bytes: Uint8Array, quote: number, end: number): DocumentKind | undefined {
  const member = memberAt(bytes, quote, end);
  if (!member) return undefined;
  const isList = bytes[member.value] === OPEN_ARRAY;
  const ofRequest = REQUEST_KEYS.get(member.key);
  if (ofRequest) return isList ? { signal: ofRequest, isBare: false } : undefined;
  const ofScopes = SCOPE_KEYS.get(member.key);
  if (ofScopes) return isList ? { signal: ofScopes, isBare: true } : undefined;
  if (member.key !== RESOURCE_KEY || bytes[member.value] !== OPEN_OBJECT) return undefined;
  const comma = skipSpace(bytes, containerEnd(bytes, member.value, end), end);
  const next = bytes[comma] === COMMA ? memberAt(bytes, skipSpace(bytes, comma + 1, end), end) : undefined;
  const signal = next && bytes[next.value] === OPEN_ARRAY ? SCOPE_KEYS.get(next.key) : undefined;
  return signal && { signal, isBare: true };
}

/** A member whose key is short enough, with the start of its value. */
function memberAt(bytes: Uint8Array, quote: number, end: number): { key: string; value: number } | undefined {
  if (bytes[quote] !== QUOTE) return undefined;
  const from = quote + 1;
  let to = from;
  while (to < end && to - from <= MAX_KEY && bytes[to] !== QUOTE) to++;
  if (bytes[to] !== QUOTE) return undefined;
  const colon = skipSpace(bytes, to + 1, end);
  if (bytes[colon] !== COLON) return undefined;
  const key = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
  return { key, value: skipSpace(bytes, colon + 1, end) };
}

function skipSpace(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at]! <= SPACE) at++;
  return at;
}

/** The offset after an object or array; the end of the bytes for an incomplete one. */
function containerEnd(bytes: Uint8Array, open: number, end: number): number {
  let depth = 0;
  let at = open;
  while (at < end) {
    const c = bytes[at++]!;
    if (c === QUOTE) {
      while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
      at++;
    } else if (c === OPEN_OBJECT || c === OPEN_ARRAY) depth++;
    else if ((c === CLOSE_OBJECT || c === CLOSE_ARRAY) && --depth === 0) return at;
  }
  return end;
}
