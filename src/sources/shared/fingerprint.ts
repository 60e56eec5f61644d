import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** How much of a file's head, and of what stands before a place in it, tells it from another. */
export const SAMPLE_BYTES = 4096;

/** What a file was like: enough to see later whether it still begins with the same bytes. */
export interface Evidence {
  /** How many bytes it is about. */
  readonly bytes: number;
  /** Hashes of the first and the last of these bytes. */
  readonly head: string;
  readonly tail: string;
}

/** What is known of the first `bytes` of a file; of its head where that is none, since nothing is no evidence. */
export async function evidenceOf(file: FileHandle, bytes: number): Promise<Evidence> {
  const { size } = await file.stat();
  const about = bytes > 0 ? Math.min(bytes, size) : Math.min(size, SAMPLE_BYTES);
  return {
    bytes: about,
    head: await hashOf(file, 0, Math.min(about, SAMPLE_BYTES)),
    tail: await hashOf(file, Math.max(0, about - SAMPLE_BYTES), about),
  };
}

/** Whether the file still is the one that the evidence was taken of, or has only grown. */
export async function fits(file: FileHandle, { bytes, head, tail }: Evidence): Promise<boolean> {
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

/** The evidence of a text that goes by, or of a file while it is read: of exactly the bytes that were added. */
export interface Trail {
  readonly bytes: number;
  add(bytes: Uint8Array): void;
  evidence(): Evidence;
}

/** Begins a trail, at the start or behind what was read before: its first and its last bytes, a sample of each. */
export function createTrail(bytes = 0, first: Uint8Array = Buffer.alloc(0), last: Uint8Array = first): Trail {
  let total = bytes;
  let head = Buffer.from(first);
  let tail = Buffer.from(last);
  return {
    get bytes() {
      return total;
    },
    add(more) {
      if (head.length < SAMPLE_BYTES) head = Buffer.concat([head, more.subarray(0, SAMPLE_BYTES - head.length)]);
      const end = more.subarray(Math.max(0, more.length - SAMPLE_BYTES));
      tail = Buffer.concat([tail.subarray(Math.max(0, tail.length + end.length - SAMPLE_BYTES)), end]);
      total += more.length;
    },
    evidence: () => ({ bytes: total, head: hash(head), tail: hash(tail) }),
  };
}

/** The evidence of the first `bytes` of a text that can only be read from its start, such as a compressed one; of all where it is shorter. */
export async function textEvidence(text: AsyncIterable<Buffer>, bytes: number): Promise<Evidence> {
  return (await followUntil(text, bytes, () => true)).evidence();
}

/** Whether such a text begins as the evidence says. Another is told by its head alone. @param isWhole whether it has to end there. */
export async function textFits(text: AsyncIterable<Buffer>, evidence: Evidence, isWhole = false): Promise<boolean> {
  const { bytes, head, tail } = evidence;
  let isHeadKnown = false;
  const trail = await followUntil(text, isWhole ? bytes + 1 : bytes, seen => {
    if (isHeadKnown || seen.bytes < SAMPLE_BYTES) return true;
    return (isHeadKnown = seen.evidence().head === head);
  });
  const found = trail.evidence();
  return found.bytes === bytes && found.head === head && found.tail === tail;
}

/** Reads so many bytes of a text, or fewer where `mayGoOn` says so after a chunk. */
async function followUntil(
  text: AsyncIterable<Buffer>,
  bytes: number,
  mayGoOn: (trail: Trail) => boolean,
): Promise<Trail> {
  const trail = createTrail();
  for await (const chunk of text) {
    trail.add(chunk.subarray(0, bytes - trail.bytes));
    if (trail.bytes === bytes || !mayGoOn(trail)) break;
  }
  return trail;
}
