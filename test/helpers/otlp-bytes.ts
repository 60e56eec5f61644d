/*
 * Protobuf by hand, from the encoding's specification: what the tests of OTLP send is not written by what reads it.
 */

/** A varint. */
export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

/** A field of wire type 0. */
export function int(no: number, value: number | bigint): Buffer {
  return Buffer.concat([varint(no << 3), varint(value)]);
}

/** A field of wire type 2: a message of fields, or text. */
export function field(no: number, ...parts: (Uint8Array | string)[]): Buffer {
  const content = Buffer.concat(parts.map(part => Buffer.from(part as Uint8Array)));
  return Buffer.concat([varint((no << 3) | 2), varint(content.length), content]);
}

/** A field of wire type 1 that is an integer. */
export function fixed64(no: number, value: bigint): Buffer {
  return Buffer.concat([varint((no << 3) | 1), eight(value)]);
}

/** A field of wire type 1 that is a double. */
export function double(no: number, value: number): Buffer {
  return Buffer.concat([varint((no << 3) | 1), doubleBytes(value)]);
}

/** A field of wire type 5. */
export function fixed32(no: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return Buffer.concat([varint((no << 3) | 5), bytes]);
}

export function eight(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes;
}

export function doubleBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

/** A KeyValue in the field `no`, with the fields of its AnyValue. */
export function attribute(no: number, key: string, ...value: Buffer[]): Buffer {
  return field(no, field(1, key), field(2, ...value));
}

/** A request of one resource and one scope: `outer` are fields of the resource, `records` whole fields of the scope. */
export function request(
  records: readonly Buffer[],
  resource: readonly Buffer[] = [],
  scope: readonly Buffer[] = [],
): Buffer {
  return field(1, field(1, ...resource), field(2, field(1, ...scope), ...records));
}
