/*
 * The compact protocol of Thrift (apache/thrift, doc/specs/thrift-compact-protocol.md), as far as the footer of a
 * Parquet file needs it: into values that can be changed, and back. No library: those for Parquet read rows, and none
 * writes a footer that it did not make.
 */

/** Value types, numbered as in the Thrift compact protocol. */
export const THRIFT = {
  true: 1,
  false: 2,
  i8: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
} as const;

/** A value with its type: that of a field or of a list's element. */
export interface ThriftValue {
  readonly type: number;
  readonly value: boolean | bigint | Buffer | ThriftList | ThriftMap | ThriftStruct;
}

/** Values of one type. */
export interface ThriftList {
  readonly elementType: number;
  readonly elements: readonly ThriftValue['value'][];
}

/** Key-value pairs, kept as bytes. */
export interface ThriftMap {
  readonly bytes: Buffer;
}

/** Fields by id. */
export type ThriftStruct = Map<number, ThriftValue>;

/** Reads a struct. @throws RangeError when the bytes end within it, Error for an unknown type. */
export function readStruct(bytes: Buffer): ThriftStruct {
  return new Reader(bytes).struct();
}

/** Writes a struct. */
export function writeStruct(struct: ThriftStruct): Buffer {
  const writer = new Writer();
  writer.struct(struct);
  return writer.bytes();
}

/** Deepest nesting accepted. Footers are shallow; deeper data is not a footer. */
const MAX_DEPTH = 64;

class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  #depth = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  struct(): ThriftStruct {
    if (++this.#depth > MAX_DEPTH) throw new RangeError('nested too deep');
    const fields: ThriftStruct = new Map();
    for (let id = 0; ;) {
      const header = this.#byte();
      if (header === 0) break;
      const delta = header >> 4;
      id = delta === 0 ? Number(this.#zigzag()) : id + delta;
      const type = header & 0x0f;
      fields.set(id, { type, value: this.#value(type, true) });
    }
    this.#depth--;
    return fields;
  }

  /** @param isField true for the field of a struct, which stores a boolean in its type. */
  #value(type: number, isField: boolean): ThriftValue['value'] {
    switch (type) {
      case THRIFT.true:
      case THRIFT.false:
        return isField ? type === THRIFT.true : this.#byte() === THRIFT.true;
      case THRIFT.i8:
        return BigInt(this.#byte());
      case THRIFT.i16:
      case THRIFT.i32:
      case THRIFT.i64:
        return this.#zigzag();
      case THRIFT.double:
        return this.#take(8);
      case THRIFT.binary:
        return this.#take(Number(this.#varint()));
      case THRIFT.list:
      case THRIFT.set:
        return this.#list();
      case THRIFT.map:
        return this.#map();
      case THRIFT.struct:
        return this.struct();
      default:
        throw new Error(`Thrift has no type ${type}`);
    }
  }

  #list(): ThriftList {
    const header = this.#byte();
    const size = header >> 4 === 0x0f ? Number(this.#varint()) : header >> 4;
    const elementType = header & 0x0f;
    const elements: ThriftValue['value'][] = [];
    for (let i = 0; i < size; i++) elements.push(this.#value(elementType, false));
    return { elementType, elements };
  }

  #map(): ThriftMap {
    const start = this.#at;
    const size = Number(this.#varint());
    if (size > 0) {
      const types = this.#byte();
      for (let i = 0; i < size; i++) {
        this.#value(types >> 4, false);
        this.#value(types & 0x0f, false);
      }
    }
    return { bytes: this.#bytes.subarray(start, this.#at) };
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError('the bytes end within a value');
    return byte;
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('the bytes end within a value');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  #zigzag(): bigint {
    const value = this.#varint();
    return (value >> 1n) ^ -(value & 1n);
  }
}

class Writer {
  #bytes = Buffer.allocUnsafe(4096);
  #length = 0;

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  struct(fields: ThriftStruct): void {
    let last = 0;
    for (const [id, { type, value }] of [...fields].sort(([a], [b]) => a - b)) {
      const own = type === THRIFT.true || type === THRIFT.false ? (value === true ? THRIFT.true : THRIFT.false) : type;
      const delta = id - last;
      if (delta > 0 && delta <= 15) this.#byte((delta << 4) | own);
      else {
        this.#byte(own);
        this.#zigzag(BigInt(id));
      }
      last = id;
      if (typeof value !== 'boolean') this.#value(type, value);
    }
    this.#byte(0);
  }

  #value(type: number, value: ThriftValue['value']): void {
    if (typeof value === 'boolean') this.#byte(value ? THRIFT.true : THRIFT.false);
    else if (typeof value === 'bigint') {
      if (type === THRIFT.i8) this.#byte(Number(value));
      else this.#zigzag(value);
    } else if (Buffer.isBuffer(value)) {
      if (type === THRIFT.binary) this.#varint(BigInt(value.length));
      this.#raw(value);
    } else if (value instanceof Map) this.struct(value);
    else if ('bytes' in value) this.#raw(value.bytes);
    else {
      const { elementType, elements } = value;
      if (elements.length < 15) this.#byte((elements.length << 4) | elementType);
      else {
        this.#byte(0xf0 | elementType);
        this.#varint(BigInt(elements.length));
      }
      for (const element of elements) this.#value(elementType, element);
    }
  }

  #room(length: number): number {
    const at = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes.subarray(0, at)], 2 * this.#length);
    return at;
  }

  #byte(byte: number): void {
    const at = this.#room(1);
    this.#bytes[at] = byte;
  }

  #raw(bytes: Buffer): void {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }

  #varint(value: bigint): void {
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) this.#byte(Number(rest & 0x7fn) | 0x80);
    this.#byte(Number(rest));
  }

  #zigzag(value: bigint): void {
    this.#varint(value >= 0n ? value << 1n : (-value << 1n) - 1n);
  }
}
