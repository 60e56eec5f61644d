import { DecodeError } from '../decoder.js';
import type { Refused } from './encoding.js';
import type { NamedField } from './json-names.js';
import { valueEnd } from './json-tokens.js';
import { WIRE } from './message-kind.js';
import { ANY_VALUE } from './messages.js';
import type { ProtobufWriter } from './protobuf-writer.js';

/** A value that is not of its field's type, in a JSON request. */
export class UnfitValue extends DecodeError {
  constructor(
    readonly at: number,
    name: string,
    message: string,
  ) {
    super('invalid_otlp', message, { offset: at, field: name });
  }
}

/**
 * Writes the replacement of a value that is not of its field's type, by the field's rule; returns false when the
 * enclosing part is invalid.
 */
export type ReplaceUnfit = (field: NamedField, at: number, error: UnfitValue) => boolean;

/** The kinds of AnyValue that are a string, number or boolean in JSON. */
const SCALAR_VALUES: ReadonlySet<string | undefined> = new Set([
  'stringValue',
  'boolValue',
  'intValue',
  'doubleValue',
  'bytesValue',
]);

/** A number with a fraction or an exponent. */
const DECIMAL = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const DIGITS = /^-?\d+$/;

const STRING_VALUE = (ANY_VALUE.no.string_value << 3) | WIRE.length;
const DOUBLE_VALUE = (ANY_VALUE.no.double_value << 3) | WIRE.bit64;

/** Writes the replacements for unfit values of a request, and counts the records left out because of them. */
export function unfitValues(
  json: Uint8Array,
  out: ProtobufWriter,
): { readonly replace: ReplaceUnfit; readonly refused: Refused } {
  let count = 0;
  let first: DecodeError | undefined;
  const raw = (at: number): string => Buffer.from(json.subarray(at, valueEnd(json, at))).toString();

  /** The text of a value; for a string, without its quotes. */
  function textAt(at: number): string {
    return json[at] === 0x22 ? (JSON.parse(raw(at)) as string).toWellFormed() : raw(at);
  }

  function writeValue(field: NamedField, at: number, { at: unfitAt, field: name }: UnfitValue): void {
    const isScalar = unfitAt === at || SCALAR_VALUES.has(name);
    const text = isScalar ? textAt(unfitAt) : raw(at);
    const number = name === 'intValue' && DECIMAL.test(text) && !DIGITS.test(text) ? Number(text) : NaN;
    out.tag(field.tag);
    const opened = out.open(field.isShort);
    if (Number.isFinite(number)) {
      out.tag(DOUBLE_VALUE);
      out.double(number);
    } else {
      const utf8 = Buffer.from(text);
      out.tag(STRING_VALUE);
      out.bytes(utf8, 0, utf8.length);
    }
    out.close(opened, field.isShort);
  }

  function writeNumber({ asDouble }: NamedField, at: number): boolean {
    const text = textAt(at);
    if (!DECIMAL.test(text) || !Number.isFinite(Number(text))) return false;
    out.tag(asDouble);
    out.double(Number(text));
    return true;
  }

  return {
    replace(field, at, error) {
      switch (field.ifUnfit) {
        case 'value':
          writeValue(field, at, error);
          return true;
        case 'number':
          return writeNumber(field, at);
        case 'record':
          count += field.name === 'metrics' ? pointsIn(raw(at)) : 1;
          first ??= error;
          return true;
        default:
          return true;
      }
    },
    get refused() {
      return { count, first };
    },
  };
}

/** The number of data points of a JSON metric; at least 1, since one item is left out. */
function pointsIn(metric: string): number {
  const parsed = JSON.parse(metric) as unknown;
  if (typeof parsed !== 'object' || parsed === null) return 1;
  const points = Object.values(parsed).map((data: unknown) => {
    const list = data === null ? undefined : (data as { dataPoints?: unknown }).dataPoints;
    return Array.isArray(list) ? list.length : 0;
  });
  return Math.max(1, ...points);
}
