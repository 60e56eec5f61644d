import { wireType, type Field, type MessageKind } from './message-kind.js';
import { ANY_VALUE, KEY_VALUE } from './messages.js';

/** A field as JSON names it. */
export interface NamedField extends Field {
  readonly name: string;
  /** The name as it is sent. */
  readonly bytes: Uint8Array;
  /** As protobuf begins it. */
  readonly tag: number;
  /** Of a field that is a message. */
  readonly kind: JsonNames | undefined;
  /** Whether it is a message that most often has less than 128 bytes. */
  readonly isShort: boolean;
  /** The field that followed it last: an encoder has one order. */
  next: NamedField | undefined;
}

/** Finds the fields of a message by their keys in JSON. */
export interface JsonNames {
  /** The field whose key stands between the quotes, or undefined. */
  find(json: Uint8Array, start: number, end: number): NamedField | undefined;
}

const BUCKETS = 64;

const SHORT: ReadonlySet<MessageKind> = new Set<MessageKind>([ANY_VALUE, KEY_VALUE]);

/** The names of each message, made once. */
export function jsonNames(): (kind: MessageKind) => JsonNames {
  const made = new Map<MessageKind, JsonNames>();
  const namesOf = (kind: MessageKind): JsonNames => {
    let names = made.get(kind);
    if (!names) made.set(kind, (names = create(kind, namesOf)));
    return names;
  };
  return namesOf;
}

/**
 * Keys are lowerCamelCase (the OTLP specification, "JSON Protobuf Encoding"); the names of the .proto files are taken
 * too, as parsers of protobuf's JSON do.
 */
function create(kind: MessageKind, namesOf: (kind: MessageKind) => JsonNames): JsonNames {
  const buckets = Array.from({ length: BUCKETS }, (): { bytes: Uint8Array; field: NamedField }[] => []);
  for (const [name, field] of Object.entries(kind.fields)) {
    let ofKind: JsonNames | undefined;
    const type = typeof field.type === 'function' ? field.type : undefined;
    const named: NamedField = {
      ...field,
      name: camelCase(name),
      bytes: Buffer.from(camelCase(name)),
      tag: (field.no << 3) | wireType(field.type),
      // Kinds contain each other: they are looked up when they are needed.
      get kind() {
        return (ofKind ??= type && namesOf(type()));
      },
      isShort: type !== undefined && SHORT.has(type()),
      next: undefined,
    };
    for (const spelling of new Set([camelCase(name), name])) {
      const bytes = Buffer.from(spelling);
      buckets[bucketOf(bytes, 0, bytes.length)]!.push({ bytes, field: named });
    }
  }
  return {
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
