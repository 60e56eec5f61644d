import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { TelemetryError } from '../../core/errors.js';
import type { SourceState } from '../../core/source.js';
import { fits, textFits } from './fingerprint.js';
import type { FileInput } from './input.js';
import { offsetIn, type FileOffset } from './offset.js';

/** A source of a file, and the offset to continue at. */
export interface FoundSource {
  readonly source: string;
  /** The number of the last event that is stored. */
  readonly stored: number;
  /** Undefined when the file is new or has changed. */
  readonly saved: FileOffset | undefined;
  /** The offset in an earlier file of this path. */
  readonly former: FileOffset | undefined;
}

/**
 * The name of a file's source. A hash, since the path may be long and may hold names that --redact keeps out of the
 * store.
 * @param kind `ingest` or `watch`.
 */
export function sourceName(kind: string, path: string): string {
  return `${kind}:${createHash('sha256').update(path).digest('hex')}`;
}

/** Device and inode of a file. */
export async function identityOf(file: FileHandle): Promise<string> {
  const { dev, ino } = await file.stat();
  return `${dev}:${ino}`;
}

/** Finds the source of a file among those of its kind: under its path, else under its former path. */
export async function findSource(
  sources: readonly SourceState[],
  { kind, path, input }: { kind: string; path: string; input: FileInput },
): Promise<FoundSource> {
  const source = sourceName(kind, path);
  const identity = await identityOf(input.file);
  const own = sources.find(known => known.source === source);
  const candidates = [own, ...sources.filter(known => known !== own && offsetIn(known.checkpoint)?.file === identity)];
  for (const known of candidates) {
    const saved = known && offsetIn(known.checkpoint);
    if (saved && (await isOf(input, saved))) {
      return { source: known.source, stored: known.position, saved, former: undefined };
    }
  }
  const former = own && own.position > 0 ? offsetIn(own.checkpoint) : undefined;
  return { source, stored: own?.position ?? 0, saved: undefined, former };
}

async function isOf({ file, isCompressed, chunks }: FileInput, saved: FileOffset): Promise<boolean> {
  if (await fits(file, saved)) return true;
  if (!isCompressed || !saved.text || saved.text.bytes === 0) return false;
  try {
    return await textFits(chunks(0, new AbortController().signal), saved.text);
  } catch (error) {
    // Shorter, or cut off.
    if (error instanceof TelemetryError) return false;
    throw error;
  }
}
