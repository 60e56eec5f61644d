/**
 * The scalar types that OTLP uses. `trace_id` and `span_id` are bytes, in hexadecimal in JSON; `enum` is an integer
 * with names.
 */
export type ScalarType =
  | 'string'
  | 'bytes'
  | 'trace_id'
  | 'span_id'
  | 'bool'
  | 'double'
  | 'int64'
  | 'uint64'
  | 'uint32'
  | 'sint32'
  | 'enum'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed64';

/** Wire types: https://protobuf.dev/programming-guides/encoding, section "Message structure". */
export const WIRE = { varint: 0, bit64: 1, length: 2, startGroup: 3, endGroup: 4, bit32: 5 } as const;

/** A field of a message. */
export interface Field {
  readonly no: number;
  readonly type: ScalarType | (() => MessageKind);
  readonly isRepeated: boolean;
  /** The prefix and the names of an enum's values, from 0. */
  readonly names?: readonly string[];
}

/** A message: its fields by name, as in the .proto files. */
export interface MessageKind<Name extends string = string> {
  readonly fields: Readonly<Record<Name, Field>>;
  /** Field numbers by name. */
  readonly no: Readonly<Record<Name, number>>;
  /** By field number, the wire type of a value; {@link NOT_A_FIELD} elsewhere. */
  readonly wire: Uint8Array;
  /** By field number, 1 when the field is repeated. */
  readonly repeated: Uint8Array;
}

const NOT_A_FIELD = 0xff;

/** A singular field; the last value sent counts. */
export function one(no: number, type: Field['type'], names?: readonly string[]): Field {
  return { no, type, isRepeated: false, ...(names && { names }) };
}

/** A repeated field. */
export function many(no: number, type: Field['type']): Field {
  return { no, type, isRepeated: true };
}

/** Describes a message by its fields. */
export function message<Name extends string>(fields: Readonly<Record<Name, Field>>): MessageKind<Name> {
  const entries = Object.entries<Field>(fields);
  const size = 1 + Math.max(...entries.map(([, { no }]) => no));
  const wire = new Uint8Array(size).fill(NOT_A_FIELD);
  const repeated = new Uint8Array(size);
  for (const [, { no, type, isRepeated }] of entries) {
    wire[no] = wireType(type);
    repeated[no] = isRepeated ? 1 : 0;
  }
  const no = Object.fromEntries(entries.map(([name, field]) => [name, field.no])) as Record<Name, number>;
  return { fields, no, wire, repeated };
}

/** The wire type of a type. */
export function wireType(type: Field['type']): number {
  switch (type) {
    case 'bool':
    case 'int64':
    case 'uint64':
    case 'uint32':
    case 'sint32':
    case 'enum':
      return WIRE.varint;
    case 'double':
    case 'fixed64':
    case 'sfixed64':
      return WIRE.bit64;
    case 'fixed32':
      return WIRE.bit32;
    default:
      return WIRE.length;
  }
}
