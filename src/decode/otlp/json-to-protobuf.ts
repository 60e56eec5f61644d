import { isUtf8 } from 'node:buffer';
import { MAX_NESTING } from '../../core/limits.js';
import { DecodeError } from '../decoder.js';
import { jsonScanner } from '../json-scanner.js';
import { jsonNames, type JsonNames, type NamedField } from './json-names.js';
import { jsonScalars } from './json-scalars.js';
import { scalarEnd, stringEnd, valueEnd } from './json-tokens.js';
import { REQUESTS, type Signal } from './messages.js';
import { protobufWriter } from './protobuf-writer.js';

const namesOf = jsonNames();

/**
 * Writes an OTLP/JSON request as protobuf, so that there is one reader of records. Integers keep all digits, sent as
 * strings or as numbers; ids are hexadecimal; unknown keys are skipped, null is the default (the OTLP specification,
 * "JSON Protobuf Encoding", and protobuf's own JSON mapping). One pass over a request that is as usual; the scanner of
 * JSON checks the whole of any other, once, before more of it is read: it says what is wrong with JSON, and where.
 * @throws DecodeError for what is not JSON, or not OTLP/JSON, with the offset in the request
 */
export function jsonToProtobuf(signal: Signal, json: Uint8Array): Uint8Array {
  if (!isUtf8(json)) throw new DecodeError('invalid_utf8', 'the request is not valid UTF-8');
  const out = protobufWriter(Math.max(1024, json.length));
  const scalars = jsonScalars(json, out, check);
  /** Where the value that is read next begins. */
  let pos = 0;
  let depth = 0;
  let isChecked = false;

  /** Whatever is not as usual comes through here: afterwards it is valid JSON. */
  function check(): void {
    if (!isChecked) checkJson(json);
    isChecked = true;
  }

  function skipSpace(): number {
    let c = json[pos]!;
    while (c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09) c = json[++pos]!;
    return c;
  }

  /** Passes over a byte of JSON's grammar. */
  function expect(byte: number): void {
    if (skipSpace() !== byte) check();
    pos++;
  }

  function deeper(): void {
    if (++depth > MAX_NESTING) check();
  }

  /** The members of an object, from its opening brace on. */
  function message(names: JsonNames): void {
    deeper();
    expect(0x7b);
    let before: NamedField | undefined;
    if (skipSpace() !== 0x7d) {
      for (;;) {
        before = member(names, before);
        if (skipSpace() !== 0x2c) break;
        pos++;
      }
    }
    expect(0x7d);
    depth--;
  }

  function member(names: JsonNames, before: NamedField | undefined): NamedField | undefined {
    const field = key(names, before);
    expect(0x3a);
    const c = skipSpace();
    if (!field) {
      check();
      pos = valueEnd(json, pos);
    } else if (c === 0x6e) {
      if (json[pos + 1] !== 0x75 || json[pos + 2] !== 0x6c || json[pos + 3] !== 0x6c) check();
      pos += 4;
    } else if (field.isRepeated) repeated(field);
    else single(field);
    return field;
  }

  function key(names: JsonNames, before: NamedField | undefined): NamedField | undefined {
    if (skipSpace() !== 0x22) check();
    const start = pos + 1;
    const expected = before?.next;
    if (expected && isAt(expected.bytes, start)) {
      pos = start + expected.bytes.length + 1;
      return expected;
    }
    let end = start;
    for (let c = json[end]!; c !== 0x22; c = json[++end]!) {
      if (!(c >= 0x20) || c === 0x5c) {
        check();
        return escapedKey(names, start);
      }
    }
    pos = end + 1;
    const field = names.find(json, start, end);
    if (before && field) before.next = field;
    return field;
  }

  function isAt(bytes: Uint8Array, start: number): boolean {
    for (let i = 0; i < bytes.length; i++) if (bytes[i] !== json[start + i]) return false;
    return json[start + bytes.length] === 0x22;
  }

  function escapedKey(names: JsonNames, start: number): NamedField | undefined {
    pos = stringEnd(json, start - 1);
    const text = Buffer.from(json.subarray(start - 1, pos)).toString();
    const unescaped = Buffer.from(JSON.parse(text) as string);
    return names.find(unescaped, 0, unescaped.length);
  }

  function repeated(field: NamedField): void {
    if (json[pos] !== 0x5b) throw unfit(field, 'an array');
    deeper();
    pos++;
    if (skipSpace() !== 0x5d) {
      for (;;) {
        skipSpace();
        single(field);
        if (skipSpace() !== 0x2c) break;
        pos++;
      }
    }
    expect(0x5d);
    depth--;
  }

  function single(field: NamedField): void {
    const { kind } = field;
    if (kind) {
      if (json[pos] !== 0x7b) throw unfit(field, 'an object');
      out.tag(field.tag);
      const opened = out.open(field.isShort);
      message(kind);
      out.close(opened, field.isShort);
      return;
    }
    out.tag(field.tag);
    if (json[pos] !== 0x22) {
      const end = scalarEnd(json, pos);
      const wanted = scalars.other(field, pos, end);
      if (wanted !== undefined) throw unfit(field, wanted);
      pos = end;
      return;
    }
    if (field.type === 'string') {
      const end = out.string(json, pos + 1);
      if (end >= 0) {
        pos = end + 1;
        return;
      }
    }
    let end = pos + 1;
    for (let c = json[end]!; c !== 0x22; c = json[++end]!) {
      if (!(c >= 0x20) || c === 0x5c) {
        check();
        end = stringEnd(json, pos) - 1;
        break;
      }
    }
    const wanted = scalars.string(field, pos + 1, end);
    if (wanted !== undefined) throw unfit(field, wanted);
    pos = end + 1;
  }

  function unfit(field: NamedField, wanted: string): DecodeError {
    check();
    const end = Math.min(valueEnd(json, pos), pos + 40);
    const shown = Buffer.from(json.subarray(pos, end)).toString();
    return new DecodeError('invalid_otlp', `"${field.name}" must be ${wanted}, not ${shown}`, { offset: pos });
  }

  if (skipSpace() !== 0x7b) pos = checkJson(json);
  message(namesOf(REQUESTS[signal]));
  skipSpace();
  if (pos !== json.length) check();
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
