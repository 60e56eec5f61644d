/*
 * The function with the writers is over 60 lines long: closures that run for each field of a message, and share the buffer
 * and the offset as local variables.
 */
/** Bytes of a message length that is written afterwards: a varint of 28 bits with leading zeros. */
const LENGTH_BYTES = 4;

/** The value of a hexadecimal digit, by ASCII byte; more than a byte for any other. */
const NIBBLES = new Uint16Array(256).fill(0x100);
for (let i = 0; i < 16; i++) {
  const digit = i.toString(16);
  NIBBLES[digit.charCodeAt(0)] = NIBBLES[digit.toUpperCase().charCodeAt(0)] = i;
}

/** Writes protobuf into a growing buffer. */
export interface ProtobufWriter {
  /** Starts over with room for `firstBytes` bytes and discards the previous content. */
  begin(firstBytes: number): void;
  /** The offset of the next byte. */
  readonly pos: number;
  /** Returns to an offset. */
  rewind(to: number): void;
  /** Writes a field's number and wire type. */
  tag(tag: number): void;
  varint(value: number): void;
  /** Writes 64 bits of an integer, in two's complement. */
  varint64(value: bigint): void;
  fixed32(value: number): void;
  fixed64(value: bigint): void;
  /** Writes 64 bits given as two halves. */
  halves(low: number, high: number): void;
  double(value: number): void;
  /** Writes a length and the bytes. */
  bytes(source: Uint8Array, start: number, end: number): void;
  /**
   * Writes a JSON string from the byte after its opening quote; returns its end, or -1, having written nothing, when it
   * has escapes or is invalid.
   */
  string(json: Uint8Array, start: number): number;
  /** Writes pairs of hexadecimal digits; returns false, having written nothing, for other bytes. */
  hex(json: Uint8Array, start: number, end: number): boolean;
  /**
   * Begins a value whose length is written by {@link close}; returns its argument.
   * @param isShort true when the value probably has less than 128 bytes
   */
  open(isShort: boolean): number;
  close(opened: number, isShort: boolean): void;
  /** The bytes written; valid until the next `begin`. */
  finish(): Uint8Array;
  /** The size of the buffer, in bytes. */
  readonly size: number;
}

/** Creates a writer. */
// eslint-disable-next-line max-lines-per-function -- closures over one buffer and offset, called for each field
export function protobufWriter(): ProtobufWriter {
  let buffer = Buffer.alloc(0);
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

  /** Writes the length of a value into the four bytes before it. */
  function putLength(opened: number, length: number): void {
    for (let i = 0; i < LENGTH_BYTES; i++) {
      const more = i < LENGTH_BYTES - 1 ? 0x80 : 0;
      buffer[opened - LENGTH_BYTES + i] = ((length >>> (7 * i)) & 0x7f) | more;
    }
  }

  /** Writes the length of a value into the one byte before it, moving the value when it does not fit. */
  function closeShort(opened: number): void {
    const length = pos - opened;
    if (length < 0x80) {
      buffer[opened - 1] = length;
      return;
    }
    room(LENGTH_BYTES - 1);
    buffer.copyWithin(opened + LENGTH_BYTES - 1, opened, pos);
    pos += LENGTH_BYTES - 1;
    putLength(opened + LENGTH_BYTES - 1, length);
  }

  return {
    begin(firstBytes) {
      pos = 0;
      if (buffer.length < firstBytes) buffer = Buffer.allocUnsafeSlow(firstBytes);
    },
    get pos() {
      return pos;
    },
    rewind: to => void (pos = to),
    tag: varint,
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
    halves(low, high) {
      room(8);
      let at = pos;
      for (let i = 0; i < 32; i += 8) buffer[at++] = low >>> i;
      for (let i = 0; i < 32; i += 8) buffer[at++] = high >>> i;
      pos = at;
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
    string(json, start) {
      let end = start;
      room(LENGTH_BYTES + 32);
      const first = pos + 1;
      let at = first;
      for (let c = json[end]!; c !== 0x22; c = json[++end]!) {
        if (!(c >= 0x20) || c === 0x5c) return -1;
        if (at === buffer.length) {
          pos = at;
          room(1);
          pos = first - 1;
        }
        buffer[at++] = c;
      }
      pos = at;
      closeShort(first);
      return end;
    },
    hex(json, start, end) {
      const length = (end - start) >> 1;
      if ((end - start) & 1 || length > 0x7f) return false;
      room(length + 1);
      let at = pos;
      buffer[at++] = length;
      for (let i = start; i < end; i += 2) {
        const byte = (NIBBLES[json[i]!]! << 4) | NIBBLES[json[i + 1]!]!;
        if (byte > 0xff) return false;
        buffer[at++] = byte;
      }
      pos = at;
      return true;
    },
    open(isShort) {
      room(LENGTH_BYTES);
      pos += isShort ? 1 : LENGTH_BYTES;
      return pos;
    },
    close(opened, isShort) {
      if (isShort) {
        closeShort(opened);
        return;
      }
      putLength(opened, pos - opened);
    },
    finish: () => buffer.subarray(0, pos),
    get size() {
      return buffer.length;
    },
  };
}
