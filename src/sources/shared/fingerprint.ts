import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** Size of the samples that identify a file, at its head and before an offset. */
export const SAMPLE_BYTES = 4096;

/** A fingerprint of the beginning of a file: shows later that it still begins with the same bytes. */
export interface Fingerprint {
  /** Number of bytes covered. */
  readonly bytes: number;
  /** Hashes of the first and the last of these bytes. */
  readonly head: string;
  readonly tail: string;
}

/**
 * The fingerprint of the first `bytes` of a file; of its head for 0 bytes, since an empty fingerprint matches every
 * file.
 */
export async function fingerprintOf(file: FileHandle, bytes: number): Promise<Fingerprint> {
  const { size } = await file.stat();
  const about = bytes > 0 ? Math.min(bytes, size) : Math.min(size, SAMPLE_BYTES);
  return {
    bytes: about,
    head: await hashOf(file, 0, Math.min(about, SAMPLE_BYTES)),
    tail: await hashOf(file, Math.max(0, about - SAMPLE_BYTES), about),
  };
}

/** True when the file is the one fingerprinted, and has at most grown. */
export async function fits(file: FileHandle, { bytes, head, tail }: Fingerprint): Promise<boolean> {
  if ((await file.stat()).size < bytes) return false;
  return (
    (await hashOf(file, 0, Math.min(bytes, SAMPLE_BYTES))) === head &&
    (await hashOf(file, Math.max(0, bytes - SAMPLE_BYTES), bytes)) === tail
  );
}

async function hashOf(file: FileHandle, start: number, end: number): Promise<string> {
  const bytes = Buffer.alloc(end - start);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
  return hash(bytes.subarray(0, bytesRead));
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

/** Builds the fingerprint of a text in transit, covering exactly the bytes added. */
export class FingerprintBuilder {
  #bytes: number;
  #head: Buffer;
  #tail: Buffer;

  /**
   * Starts empty, or after `bytes` bytes read before.
   * @param first a sample of their beginning.
   * @param last a sample of their end.
   */
  constructor(bytes = 0, first: Uint8Array = Buffer.alloc(0), last: Uint8Array = first) {
    this.#bytes = bytes;
    this.#head = Buffer.from(first);
    this.#tail = Buffer.from(last);
  }

  /** Number of bytes covered. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds the next bytes of the text. */
  add(more: Uint8Array): void {
    const missing = SAMPLE_BYTES - this.#head.length;
    if (missing > 0) this.#head = Buffer.concat([this.#head, more.subarray(0, missing)]);
    const end = more.subarray(Math.max(0, more.length - SAMPLE_BYTES));
    this.#tail = Buffer.concat([this.#tail.subarray(Math.max(0, this.#tail.length + end.length - SAMPLE_BYTES)), end]);
    this.#bytes += more.length;
  }

  /** The fingerprint of the bytes so far. */
  fingerprint(): Fingerprint {
    return { bytes: this.#bytes, head: hash(this.#head), tail: hash(this.#tail) };
  }
}

/**
 * The fingerprint of the first `bytes` of a text without random access, such as a compressed one; of all of a shorter
 * text.
 */
export async function textFingerprint(text: AsyncIterable<Buffer>, bytes: number): Promise<Fingerprint> {
  return (await followUntil(text, bytes, () => true)).fingerprint();
}

/**
 * True when such a text begins with the bytes of a fingerprint. The head alone rejects most others.
 * @param isWhole true when the text must also end there.
 */
export async function textFits(
  text: AsyncIterable<Buffer>,
  fingerprint: Fingerprint,
  isWhole = false,
): Promise<boolean> {
  const { bytes, head, tail } = fingerprint;
  let isHeadKnown = false;
  const builder = await followUntil(text, isWhole ? bytes + 1 : bytes, seen => {
    if (isHeadKnown || seen.bytes < SAMPLE_BYTES) return true;
    return (isHeadKnown = seen.fingerprint().head === head);
  });
  const found = builder.fingerprint();
  return found.bytes === bytes && found.head === head && found.tail === tail;
}

/** Reads up to `bytes` of a text, less when `mayGoOn` returns false after a chunk. */
async function followUntil(
  text: AsyncIterable<Buffer>,
  bytes: number,
  mayGoOn: (builder: FingerprintBuilder) => boolean,
): Promise<FingerprintBuilder> {
  const builder = new FingerprintBuilder();
  for await (const chunk of text) {
    builder.add(chunk.subarray(0, bytes - builder.bytes));
    if (builder.bytes === bytes || !mayGoOn(builder)) break;
  }
  return builder;
}
