import { isUtf8 } from 'node:buffer';
import { DecodeError } from '../decoder.js';
import { jsonScanner } from '../json-scanner.js';
import { jsonNames, type JsonNames, type NamedField } from './json-names.js';
import { jsonScalars } from './json-scalars.js';
import { scalarEnd, stringEnd, valueEnd } from './json-tokens.js';
import { wireType, WIRE } from './message-kind.js';
import { REQUESTS, type Signal } from './messages.js';
import { protobufWriter } from './protobuf-writer.js';

const namesOf = jsonNames();

/**
 * Writes an OTLP/JSON request as protobuf, so that there is one reader of records. Integers keep all digits, sent as
 * strings or as numbers; ids are hexadecimal; unknown keys are skipped, null is the default (the OTLP specification,
 * "JSON Protobuf Encoding", and protobuf's own JSON mapping).
 * @throws DecodeError for what is not JSON, or not OTLP/JSON, with the offset in the request
 */
export function jsonToProtobuf(signal: Signal, json: Uint8Array): Uint8Array {
  const start = checkJson(json);
  const out = protobufWriter(Math.max(1024, json.length));
  const scalars = jsonScalars(json, out);
  /** Where the value that is read next begins. */
  let pos = start;

  function skipSpace(): number {
    let c = json[pos]!;
    while (c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09) c = json[++pos]!;
    return c;
  }

  /** The members of an object, from its opening brace on. */
  function message(names: JsonNames): void {
    pos++;
    while (skipSpace() !== 0x7d) {
      if (json[pos] === 0x2c) {
        pos++;
        continue;
      }
      const keyStart = pos + 1;
      pos = stringEnd(json, pos);
      const field = names.find(json, keyStart, pos - 1) ?? escapedKey(names, keyStart, pos - 1);
      skipSpace();
      pos++;
      const c = skipSpace();
      if (!field || c === 0x6e) pos = valueEnd(json, pos);
      else if (field.isRepeated) repeated(field);
      else single(field);
    }
    pos++;
  }

  function escapedKey(names: JsonNames, keyStart: number, keyEnd: number): NamedField | undefined {
    if (!json.subarray(keyStart, keyEnd).includes(0x5c)) return undefined;
    const key = Buffer.from(JSON.parse(Buffer.from(json.subarray(keyStart - 1, keyEnd + 1)).toString()) as string);
    return names.find(key, 0, key.length);
  }

  function repeated(field: NamedField): void {
    if (json[pos] !== 0x5b) throw unfit(field, 'an array');
    pos++;
    while (skipSpace() !== 0x5d) {
      if (json[pos] === 0x2c) pos++;
      else single(field);
    }
    pos++;
  }

  function single(field: NamedField): void {
    const { kind } = field;
    if (kind) {
      if (json[pos] !== 0x7b) throw unfit(field, 'an object');
      out.tag(field.no, WIRE.length);
      const opened = out.open();
      message(kind);
      out.close(opened);
      return;
    }
    const isString = json[pos] === 0x22;
    const end = isString ? stringEnd(json, pos) : scalarEnd(json, pos);
    out.tag(field.no, wireType(field.type));
    const wanted = isString ? scalars.string(field, pos + 1, end - 1) : scalars.other(field, pos, end);
    if (wanted !== undefined) throw unfit(field, wanted);
    pos = end;
  }

  function unfit(field: NamedField, wanted: string): DecodeError {
    const end = Math.min(valueEnd(json, pos), pos + 40);
    const shown = Buffer.from(json.subarray(pos, end)).toString();
    return new DecodeError('invalid_otlp', `"${field.name}" must be ${wanted}, not ${shown}`, { offset: pos });
  }

  message(namesOf(REQUESTS[signal]));
  return out.finish();
}

/** Checks that the request is one JSON object, and returns where it starts. */
function checkJson(json: Uint8Array): number {
  if (!isUtf8(json)) throw new DecodeError('invalid_utf8', 'the request is not valid UTF-8');
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
