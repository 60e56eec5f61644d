/** A short text of JSON in UTF-8 that is looked for in many events, ready to be compared eight bytes at a time. */
export interface LiteralText {
  readonly bytes: Buffer;
  readonly length: number;
  /** The same as doubles, 8 bytes each, without the bytes after the last that is whole. */
  readonly doubles: Float64Array;
  /** The last 8 bytes as a double. */
  readonly last: number;
}

const WORD = Float64Array.BYTES_PER_ELEMENT;

/** Alternatives at one place of a tree of literals. What matches none is scanned, which a longer list would delay. */
export const MAX_ALTERNATIVES = 16;

/** Memory of the literals of a tree, in bytes. */
export const MAX_LITERALS_BYTES = 4 * 1024 * 1024;

/** Events that may be looked for in a tree in vain before as many others have to be found. */
export const MAX_VAIN_SEARCHES = 1024;

/** A longer text is not worth keeping: keys are data, or most values are null. */
export const MAX_LITERAL_BYTES = 4096;

/** The memory of a literal besides its text, in bytes, roughly. */
const LITERAL_OVERHEAD_BYTES = 256;

/** The memory that a literal of this length takes: its text twice. */
export function literalMemory(bytes: number): number {
  return 2 * bytes + LITERAL_OVERHEAD_BYTES;
}

/** @param text is copied. */
export function literalText(text: Uint8Array): LiteralText {
  const bytes = Buffer.from(text);
  const doubles = Float64Array.from({ length: Math.floor(bytes.length / WORD) }, (_, i) =>
    bytes.readDoubleLE(WORD * i),
  );
  const last = bytes.length < WORD ? 0 : bytes.readDoubleLE(bytes.length - WORD);
  return { bytes, length: bytes.length, doubles, last };
}

/**
 * True when the literal is at an offset, and ends at another. No double of JSON's bytes is NaN or zero in UTF-8, so
 * doubles are equal when their bytes are.
 * @param view of `bytes`
 */
export function isLiteralAt(literal: LiteralText, bytes: Uint8Array, view: DataView, at: number, end: number): boolean {
  const { bytes: own, length, doubles, last } = literal;
  if (length < WORD) {
    for (let i = 0; i < length; i++) if (bytes[at + i] !== own[i]) return false;
    return true;
  }
  if (view.getFloat64(end - WORD, true) !== last) return false;
  for (let i = 0; i < doubles.length; i++) if (view.getFloat64(at + WORD * i, true) !== doubles[i]) return false;
  return true;
}
