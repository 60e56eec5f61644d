/*
 * The function that converts is over 60 lines long. Its closures call each other for nested messages, run for each token,
 * and share the bytes, the depth and the output as local variables.
 */
import { isUtf8 } from 'node:buffer';
import { MAX_NESTING } from '../../core/limits.js';
import { DecodeError } from '../decoder.js';
import { jsonScanner } from '../json/scanner.js';
import { type JsonNames, type NamedField } from './json-names.js';
import { jsonScalars } from './json-scalars.js';
import { scalarEnd, stringEnd, valueEnd } from './json-tokens.js';
import type { ReadableRequest, Refused } from './encoding.js';
import type { MessageKind } from './message-kind.js';
import { REQUESTS, type Signal } from './messages.js';
import type { ProtobufWriter } from './protobuf-writer.js';
import { UnfitValue, unfitValues, type ReplaceUnfit } from './unfit-values.js';

/** Protobuf is shorter than JSON for all but the smallest requests. */
const MIN_ROOM = 1024;

const NONE: Refused = { count: 0, first: undefined };

/**
 * Converts an OTLP/JSON request to protobuf, so that there is one reader of records. Integers keep all digits, whether
 * sent as strings or as numbers; ids are hexadecimal; unknown keys are skipped, null is the default (the OTLP
 * specification, "JSON Protobuf Encoding", and protobuf's JSON mapping). An ordinary request takes one pass; any other
 * is first checked as a whole by the JSON scanner, which reports errors with their offset. Values that are not of their
 * field's type are handled by {@link UnfitRule}: a request with one is read again from its start.
 * @param namesOf the names of each message; they learn the order of fields
 * @param out owns the memory of the result
 * @throws DecodeError for invalid JSON or OTLP/JSON, with the offset in the request
 */
export function jsonToProtobuf(
  signal: Signal,
  json: Uint8Array,
  namesOf: (kind: MessageKind) => JsonNames,
  out: ProtobufWriter,
): Pick<ReadableRequest, 'bytes' | 'refused'> {
  if (!isUtf8(json)) throw new DecodeError('invalid_utf8', 'the request is not valid UTF-8');
  const names = namesOf(REQUESTS[signal]);
  try {
    return { bytes: convert(json, names, out, undefined), refused: NONE };
  } catch (error) {
    if (!(error instanceof UnfitValue)) throw error;
    const unfit = unfitValues(json, out);
    return { bytes: convert(json, names, out, unfit.replace), refused: unfit.refused };
  }
}

/** @param replaceUnfit undefined: the first value that is not of its field's type is an error */
// eslint-disable-next-line max-lines-per-function -- closures that call each other, for each token
function convert(
  json: Uint8Array,
  root: JsonNames,
  out: ProtobufWriter,
  replaceUnfit: ReplaceUnfit | undefined,
): Uint8Array {
  out.begin(Math.max(MIN_ROOM, json.length));
  const scalars = jsonScalars(json, out, check);
  let depth = 0;
  // After the check, values are examined once more.
  let isChecked = replaceUnfit !== undefined;

  /** Called before anything unusual: afterwards the request is known to be valid JSON. */
  function check(): void {
    if (!isChecked) checkJson(json);
    isChecked = true;
  }

  /** The offset of the next token. */
  function skipSpace(from: number): number {
    let at = from;
    for (let c = json[at]!; c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09; c = json[++at]!);
    return at;
  }

  /** The offset of the token after a given single-byte token. */
  function after(byte: number, at: number): number {
    if (json[at] !== byte) check();
    return json[at + 1]! > 0x20 ? at + 1 : skipSpace(at + 1);
  }

  function deeper(): void {
    if (++depth > MAX_NESTING) check();
  }

  /** Reads the members of an object from its opening brace. Like all readers here, it returns the offset after it. */
  function message(names: JsonNames, from: number): number {
    deeper();
    let at = after(0x7b, from);
    let before: NamedField | JsonNames | undefined = names;
    if (json[at] !== 0x7d) {
      for (;;) {
        if (json[at] !== 0x22) check();
        const expected: NamedField | undefined = before?.next;
        let field: NamedField | undefined = expected;
        if (expected && isAt(expected.bytes, at + 1)) at += expected.bytes.length + 2;
        else {
          const end: number = quotedEnd(at);
          field = fieldOf(names, at, end);
          if (before && field) before.next = field;
          at = end;
        }
        before = field;
        at = value(field, after(0x3a, json[at] === 0x3a ? at : skipSpace(at)));
        if (json[at] !== 0x2c) {
          at = skipSpace(at);
          if (json[at] !== 0x2c) break;
        }
        at = after(0x2c, at);
      }
    }
    if (json[at] !== 0x7d) check();
    depth--;
    return at + 1;
  }

  function value(field: NamedField | undefined, at: number): number {
    if (!field) {
      check();
      return valueEnd(json, at);
    }
    if (json[at] === 0x6e) {
      if (json[at + 1] !== 0x75 || json[at + 2] !== 0x6c || json[at + 3] !== 0x6c) check();
      return at + 4;
    }
    return field.isRepeated ? repeated(field, at) : single(field, at);
  }

  function isAt(bytes: Uint8Array, start: number): boolean {
    for (let i = 0; i < bytes.length; i++) if (bytes[i] !== json[start + i]) return false;
    return json[start + bytes.length] === 0x22;
  }

  /** The offset after the string at `at`. */
  function quotedEnd(at: number): number {
    let end = at + 1;
    for (let c = json[end]!; c !== 0x22; c = json[++end]!) {
      if (c >= 0x20 && c !== 0x5c) continue;
      check();
      return stringEnd(json, at);
    }
    return end + 1;
  }

  function fieldOf(names: JsonNames, at: number, end: number): NamedField | undefined {
    const field = names.find(json, at + 1, end - 1);
    if (field || !json.subarray(at, end).includes(0x5c)) return field;
    const unescaped = Buffer.from(JSON.parse(Buffer.from(json.subarray(at, end)).toString()) as string);
    return names.find(unescaped, 0, unescaped.length);
  }

  function repeated(field: NamedField, from: number): number {
    if (json[from] !== 0x5b) throw unfit(field, 'an array', from);
    deeper();
    let at = after(0x5b, from);
    if (json[at] !== 0x5d) {
      for (;;) {
        at = skipSpace(single(field, at));
        if (json[at] !== 0x2c) break;
        at = after(0x2c, at);
      }
    }
    if (json[at] !== 0x5d) check();
    depth--;
    return at + 1;
  }

  const single = replaceUnfit ? tolerated : exact;

  function tolerated(field: NamedField, at: number): number {
    if (!field.ifUnfit) return exact(field, at);
    const start = out.pos;
    const level = depth;
    try {
      return exact(field, at);
    } catch (error) {
      if (!(error instanceof UnfitValue)) throw error;
      out.rewind(start);
      depth = level;
      if (!replaceUnfit?.(field, at, error)) throw error;
      return valueEnd(json, at);
    }
  }

  function exact(field: NamedField, at: number): number {
    const { kind, isShort } = field;
    out.tag(field.tag);
    if (kind) {
      if (json[at] !== 0x7b) throw unfit(field, 'an object', at);
      const opened = out.open(isShort);
      const end = message(kind, at);
      out.close(opened, isShort);
      return end;
    }
    if (json[at] !== 0x22) {
      const end = scalarEnd(json, at);
      const wanted = scalars.other(field, at, end);
      if (wanted !== undefined) throw unfit(field, wanted, at);
      return end;
    }
    if (field.type === 'string') {
      const end = out.string(json, at + 1);
      if (end >= 0) return end + 1;
    }
    const end = quotedEnd(at);
    const wanted = scalars.string(field, at + 1, end - 1);
    if (wanted !== undefined) throw unfit(field, wanted, at);
    return end;
  }

  function unfit(field: NamedField, wanted: string, at: number): UnfitValue {
    check();
    const shown = Buffer.from(json.subarray(at, Math.min(valueEnd(json, at), at + 40))).toString();
    return new UnfitValue(at, field.name, `"${field.name}" must be ${wanted}, not ${shown}`);
  }

  const first = skipSpace(0);
  const end = message(root, json[first] === 0x7b ? first : checkJson(json));
  if (skipSpace(end) !== json.length) check();
  return out.finish();
}

/** Checks that the request is one JSON object, and returns where it starts. */
function checkJson(json: Uint8Array): number {
  const starts: number[] = [];
  const scanner = jsonScanner((_, start) => void starts.push(start), {
    maxEventBytes: Infinity,
    elements: false,
    passed: { bytes: 0, lines: 0 },
  });
  scanner.scan(json, json.length);
  scanner.finish(json, json.length);
  const [start] = starts;
  if (start !== undefined && starts.length === 1 && json[start] === 0x7b) return start;
  const what =
    starts.length === 0
      ? 'it is empty'
      : starts.length > 1
        ? 'it has more than one JSON value'
        : 'it is not a JSON object';
  throw new DecodeError('invalid_otlp', `the request is not OTLP/JSON: ${what}`, { offset: starts[1] ?? 0 });
}
