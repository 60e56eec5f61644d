/*
 * Reads protobuf messages field by field, for remote write.
 */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** The NaN that marks the end of a series, in two halves (Prometheus, model/value, StaleNaN). */
const STALE_HIGH = 0x7ff00000;
const STALE_LOW = 2;

/** A reader that distinguishes the end-of-series marker from any other NaN. */
export class WriteReader extends BinaryReader {
  readonly #bits: DataView;

  constructor(bytes: Uint8Array) {
    super(bytes);
    this.#bits = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Reads a double; undefined for the marker. */
  sampleValue(): number | undefined {
    const value = this.double();
    if (!Number.isNaN(value)) return value;
    const at = this.pos - Float64Array.BYTES_PER_ELEMENT;
    const isStale = this.#bits.getUint32(at, true) === STALE_LOW && this.#bits.getUint32(at + 4, true) === STALE_HIGH;
    return isStale ? undefined : value;
  }
}

/** The values of a repeated field, packed or not (the encoding of protobuf, "Packed Repeated Fields"). */
export function readNumbers<T>(reader: BinaryReader, wireType: WireType, into: T[], read: () => T): void {
  if (wireType !== WireType.LengthDelimited) {
    into.push(read());
    return;
  }
  const end = reader.uint32() + reader.pos;
  if (end > reader.len) throw new RangeError('a field is cut off');
  while (reader.pos < end) into.push(read());
}

/** Reads the fields of a message within another one. */
export function readNested(reader: BinaryReader, read: FieldReader): void {
  const length = reader.uint32();
  readFields(reader, reader.pos + length, read);
}

/** Reads a field's value; returns false for a field to skip. */
export type FieldReader = (field: number, wireType: WireType) => boolean;

/** Reads the fields up to `end`. @throws RangeError when they end elsewhere */
export function readFields(reader: BinaryReader, end: number, read: FieldReader): void {
  if (end > reader.len) throw new RangeError('a message is cut off');
  while (reader.pos < end) {
    const [field, wireType] = reader.tag();
    if (!read(field, wireType)) reader.skip(wireType, field);
  }
  if (reader.pos > end) throw new RangeError('a field goes past its message');
}

/** A time in milliseconds since 1970. */
export function readMs(reader: BinaryReader): number {
  return Number(reader.int64());
}
