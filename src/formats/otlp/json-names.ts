import { wireType, type Field, type MessageKind } from './message-kind.js';
import {
  ANY_VALUE,
  EXPONENTIAL_HISTOGRAM_DATA_POINT,
  HISTOGRAM_DATA_POINT,
  KEY_VALUE,
  LOG_RECORD,
  METRIC,
  NUMBER_DATA_POINT,
  SPAN,
  SUMMARY_DATA_POINT,
} from './messages.js';

/**
 * The handling of a value that is not of its field's type: a `value` is kept as text, a `number` as a double, a `count`
 * is left out, and so is a `record`, which is then reported. Without a rule, the enclosing part is invalid.
 */
export type UnfitRule = 'value' | 'number' | 'count' | 'record' | undefined;

/** A field by its JSON name. */
export interface NamedField {
  readonly name: string;
  readonly type: Field['type'];
  readonly isRepeated: boolean;
  /** The names of an enum's values. */
  readonly names: readonly string[] | undefined;
  /** The name as sent. */
  readonly bytes: Uint8Array;
  /** The protobuf tag. */
  readonly tag: number;
  /** Of a field that is a message. */
  readonly kind: JsonNames | undefined;
  /** True for a message that usually has less than 128 bytes. */
  readonly isShort: boolean;
  readonly ifUnfit: UnfitRule;
  /** For a `number`: the protobuf tag of the corresponding field of doubles. */
  readonly asDouble: number;
  /** The field that last followed it: an encoder has one order. */
  next: NamedField | undefined;
}

/** Looks up the fields of a message by their JSON keys. */
export interface JsonNames {
  /** The field that was last the first. */
  next: NamedField | undefined;
  /** The field whose key is between the quotes, or undefined. */
  find(json: Uint8Array, start: number, end: number): NamedField | undefined;
}

const BUCKETS = 64;

const SHORT: ReadonlySet<MessageKind> = new Set<MessageKind>([ANY_VALUE, KEY_VALUE]);

const RECORDS: ReadonlySet<MessageKind> = new Set<MessageKind>([
  SPAN,
  LOG_RECORD,
  METRIC,
  NUMBER_DATA_POINT,
  HISTOGRAM_DATA_POINT,
  EXPONENTIAL_HISTOGRAM_DATA_POINT,
  SUMMARY_DATA_POINT,
]);

/** The names of each message, created once. */
export function jsonNames(): (kind: MessageKind) => JsonNames {
  const made = new Map<MessageKind, JsonNames>();
  return function namesOf(kind): JsonNames {
    const known = made.get(kind);
    if (known) return known;
    const buckets = Array.from({ length: BUCKETS }, (): Spelling[] => []);
    const names = createNames(buckets);
    // Kinds contain each other: this one is registered before its fields.
    made.set(kind, names);
    for (const name of Object.keys(kind.fields)) addField(buckets, name, kind, namesOf);
    return names;
  };
}

/** A key and its field. */
interface Spelling {
  readonly bytes: Uint8Array;
  readonly field: NamedField;
}

/**
 * Keys are lowerCamelCase (the OTLP specification, "JSON Protobuf Encoding"); the names of the .proto files are
 * accepted too, as by parsers of protobuf's JSON.
 */
function addField(
  buckets: readonly Spelling[][],
  protoName: string,
  { fields }: MessageKind,
  namesOf: (kind: MessageKind) => JsonNames,
): void {
  const { no, type, isRepeated, names } = fields[protoName]!;
  const asDouble = fields.as_double;
  const kind = typeof type === 'function' ? type() : undefined;
  const name = camelCase(protoName);
  const field: NamedField = {
    name,
    type,
    isRepeated,
    names,
    bytes: Buffer.from(name),
    tag: (no << 3) | wireType(type),
    kind: kind && namesOf(kind),
    isShort: kind !== undefined && SHORT.has(kind),
    ifUnfit: unfitRule(protoName, kind),
    asDouble: asDouble ? (asDouble.no << 3) | wireType(asDouble.type) : 0,
    next: undefined,
  };
  for (const spelling of new Set([name, protoName])) {
    const bytes = Buffer.from(spelling);
    buckets[bucketOf(bytes, 0, bytes.length)]!.push({ bytes, field });
  }
}

function unfitRule(protoName: string, kind: MessageKind | undefined): UnfitRule {
  if (kind === ANY_VALUE) return 'value';
  if (kind && RECORDS.has(kind)) return 'record';
  if (protoName === 'as_int') return 'number';
  return protoName.startsWith('dropped_') ? 'count' : undefined;
}

function createNames(buckets: readonly (readonly Spelling[])[]): JsonNames {
  return {
    next: undefined,
    find(json, start, end) {
      for (const { bytes, field } of buckets[bucketOf(json, start, end)]!) {
        if (bytes.length !== end - start) continue;
        let i = 0;
        while (i < bytes.length && bytes[i] === json[start + i]) i++;
        if (i === bytes.length) return field;
      }
      return undefined;
    },
  };
}

function bucketOf(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return 0;
  return (bytes[start]! * 7 + bytes[end - 1]! * 3 + (end - start)) & (BUCKETS - 1);
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
