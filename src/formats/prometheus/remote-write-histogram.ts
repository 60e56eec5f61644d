import type { WireType } from '@bufbuild/protobuf/wire';
import { readMs, readNested, readNumbers, type WriteReader } from './remote-write-wire.js';

/** The populated buckets of one side of a native histogram. */
export interface WrittenSide {
  /** Each with the gap to the previous one, the first with its index. */
  readonly spans: readonly { readonly offset: number; readonly length: number }[];
  /** As decimal texts: exact for a histogram of integers. */
  readonly counts: readonly string[];
}

/** A native histogram at a time. */
export interface WrittenHistogram {
  /** Milliseconds since 1970. */
  readonly ms: number;
  /** Start of counting, in milliseconds since 1970. */
  readonly startMs: number | undefined;
  readonly schema: number;
  /** Decimal texts. */
  readonly count: string;
  readonly zeroCount: string;
  /** Undefined when the series has ended. */
  readonly sum: number | undefined;
  readonly zeroThreshold: number;
  readonly positive: WrittenSide;
  readonly negative: WrittenSide;
  /** The upper bounds of custom buckets (schema -53). */
  readonly customBounds: readonly number[];
}

/** Reads a Histogram of either version. Counts are integers, encoded as differences, or floats, encoded directly. */
export function readHistogram(reader: WriteReader): WrittenHistogram {
  const sides = { positive: newSide(), negative: newSide() };
  const customBounds: number[] = [];
  let [count, zeroCount, schema, zeroThreshold, ms] = ['0', '0', 0, 0, 0];
  let sum: number | undefined = 0;
  let startMs: number | undefined;
  readNested(reader, (field, wireType) => {
    if (field === 1) count = String(reader.uint64());
    else if (field === 2) count = String(reader.double());
    else if (field === 3) sum = reader.sampleValue();
    else if (field === 4) schema = reader.sint32();
    else if (field === 5) zeroThreshold = reader.double();
    else if (field === 6) zeroCount = String(reader.uint64());
    else if (field === 7) zeroCount = String(reader.double());
    else if (field >= 8 && field <= 10) readSide(reader, field - 8, wireType, sides.negative);
    else if (field >= 11 && field <= 13) readSide(reader, field - 11, wireType, sides.positive);
    else if (field === 15) ms = readMs(reader);
    else if (field === 16) readNumbers(reader, wireType, customBounds, () => reader.double());
    else if (field === 17) startMs = readMs(reader) || undefined;
    else return false;
    return true;
  });
  const [positive, negative] = [sideOf(sides.positive), sideOf(sides.negative)];
  return { count, zeroCount, sum, schema, zeroThreshold, ms, startMs, positive, negative, customBounds };
}

interface RawSide {
  readonly spans: { offset: number; length: number }[];
  readonly deltas: bigint[];
  readonly counts: number[];
}

function newSide(): RawSide {
  return { spans: [], deltas: [], counts: [] };
}

/** @param part 0 for the spans, 1 for deltas, 2 for counts: their field numbers are consecutive. */
function readSide(reader: WriteReader, part: number, wireType: WireType, { spans, deltas, counts }: RawSide): void {
  if (part === 0) spans.push(readSpan(reader));
  else if (part === 1) readNumbers(reader, wireType, deltas, () => BigInt(reader.sint64()));
  else readNumbers(reader, wireType, counts, () => reader.double());
}

function readSpan(reader: WriteReader): { offset: number; length: number } {
  const span = { offset: 0, length: 0 };
  readNested(reader, field => {
    if (field === 1) span.offset = reader.sint32();
    else if (field === 2) span.length = reader.uint32();
    else return false;
    return true;
  });
  return span;
}

function sideOf({ spans, deltas, counts }: RawSide): WrittenSide {
  let absolute = 0n;
  const exact = deltas.map(delta => String((absolute += delta)));
  return { spans, counts: exact.length > 0 ? exact : counts.map(String) };
}
