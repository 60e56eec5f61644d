import { readMarkedText } from '../marked-text.js';
import { elementsOf, membersOf, textOf } from '../../json/members.js';

/*
 * AnyValue of common.proto as OTLP/JSON (opentelemetry-proto, docs/specification.md, "JSON Protobuf Encoding"): 64-bit
 * integers are decimal strings.
 */

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** Most digits of an integer that may fit 64 bits, with a sign. */
const INTEGER = /^-?(?:0|[1-9]\d{0,18})$/;

/** Converts a valid JSON value to AnyValue. Numbers that neither 64 bits nor a double hold become strings. */
export function anyValueJson(bytes: Uint8Array, start: number, end: number): string {
  switch (bytes[start]) {
    case 0x22:
      return stringValue(textOf(bytes, start, end));
    case 0x7b:
      return `{"kvlistValue":{"values":${keyValues(bytes, start)}}}`;
    case 0x5b: {
      const values = Array.from(elementsOf(bytes, start), slice => anyValueJson(bytes, slice.start, slice.end));
      return `{"arrayValue":{"values":[${values.join(',')}]}}`;
    }
    case 0x74:
    case 0x66:
      return `{"boolValue":${textOf(bytes, start, end)}}`;
    case 0x6e:
      return '{}';
    default:
      return numberValue(textOf(bytes, start, end));
  }
}

/** The members of a JSON object as a list of KeyValue. */
export function keyValues(bytes: Uint8Array, start: number): string {
  const values = membersOf(bytes, start).map(({ key, valueStart, end }) =>
    keyValue(key, anyValueJson(bytes, valueStart, end)),
  );
  return `[${values.join(',')}]`;
}

/** A KeyValue. @param value an AnyValue as JSON */
export function keyValue(key: string, value: string): string {
  return `{"key":${JSON.stringify(key)},"value":${value}}`;
}

function stringValue(json: string): string {
  const marked = json.startsWith('\\u', 1) ? readMarkedText(json) : undefined;
  if (!marked) return `{"stringValue":${json}}`;
  return marked.kind === 'bytes' ? `{"bytesValue":"${marked.text}"}` : `{"doubleValue":"${marked.text}"}`;
}

function numberValue(text: string): string {
  if (isInt64(text)) return `{"intValue":"${text}"}`;
  // A longer integer would lose digits.
  if (/^-?\d+$/.test(text) && text !== '-0') return `{"stringValue":"${text}"}`;
  return Number.isFinite(Number(text)) ? `{"doubleValue":${text}}` : `{"stringValue":"${text}"}`;
}

/** True for the text of an integer of 64 bits. */
export function isInt64(text: string): boolean {
  if (!INTEGER.test(text) || text === '-0') return false;
  const value = BigInt(text);
  return value >= INT64_MIN && value <= INT64_MAX;
}
