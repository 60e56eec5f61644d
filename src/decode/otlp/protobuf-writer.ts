/** Bytes of the length of a message that is not known before it is written: a varint of 28 bits with leading zeros. */
const LENGTH_BYTES = 4;

/** Writes protobuf, in a buffer that grows. */
export interface ProtobufWriter {
  tag(no: number, wireType: number): void;
  varint(value: number): void;
  /** 64 bits of an integer, in two's complement. */
  varint64(value: bigint): void;
  fixed32(value: number): void;
  fixed64(value: bigint): void;
  double(value: number): void;
  /** A length, then the bytes. */
  bytes(source: Uint8Array, start: number, end: number): void;
  /** Begins a value whose length comes later; returns what {@link close} takes. */
  open(): number;
  close(opened: number): void;
  /** What was written. */
  finish(): Uint8Array;
}

/** Creates a writer. */
export function protobufWriter(firstBytes: number): ProtobufWriter {
  let buffer = Buffer.allocUnsafeSlow(firstBytes);
  let pos = 0;

  function room(count: number): void {
    if (pos + count <= buffer.length) return;
    const wider = Buffer.allocUnsafeSlow(Math.max(pos + count, 2 * buffer.length));
    buffer.copy(wider, 0, 0, pos);
    buffer = wider;
  }

  function varint(value: number): void {
    room(10);
    let rest = value;
    while (rest > 0x7f) {
      buffer[pos++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    buffer[pos++] = rest;
  }

  return {
    tag: (no, wireType) => varint((no << 3) | wireType),
    varint,
    varint64(value) {
      let rest = BigInt.asUintN(64, value);
      room(10);
      while (rest > 0x7fn) {
        buffer[pos++] = Number(rest & 0x7fn) | 0x80;
        rest >>= 7n;
      }
      buffer[pos++] = Number(rest);
    },
    fixed32(value) {
      room(4);
      pos = buffer.writeUInt32LE(value, pos);
    },
    fixed64(value) {
      room(8);
      pos = buffer.writeBigUInt64LE(BigInt.asUintN(64, value), pos);
    },
    double(value) {
      room(8);
      pos = buffer.writeDoubleLE(value, pos);
    },
    bytes(source, start, end) {
      varint(end - start);
      room(end - start);
      if (end - start > 32) buffer.set(source.subarray(start, end), pos);
      else for (let i = start; i < end; i++) buffer[pos + i - start] = source[i]!;
      pos += end - start;
    },
    open() {
      room(LENGTH_BYTES);
      pos += LENGTH_BYTES;
      return pos;
    },
    close(opened) {
      const length = pos - opened;
      for (let i = 0; i < LENGTH_BYTES; i++) {
        const more = i < LENGTH_BYTES - 1 ? 0x80 : 0;
        buffer[opened - LENGTH_BYTES + i] = ((length >>> (7 * i)) & 0x7f) | more;
      }
    },
    finish: () => buffer.subarray(0, pos),
  };
}
