import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** How much of a file's head, and of what stands before a place in it, tells it from another. */
const SAMPLE_BYTES = 4096;

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
  return createHash('sha256').update(bytes.subarray(0, bytesRead)).digest('hex').slice(0, 16);
}
