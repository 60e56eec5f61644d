import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { TelemetryError } from '../../core/errors.js';
import type { FeedState } from '../../core/source.js';
import { fits, textFits } from './fingerprint.js';
import type { FileInput } from './input.js';
import { placeIn, type Place } from './offset.js';

/** A feed of a file, and where it goes on. */
export interface FoundFeed {
  readonly source: string;
  /** The number of the last event that is stored. */
  readonly stored: number;
  /** Undefined when the file is new, or another than the one that was read before. */
  readonly place: Place | undefined;
  /** Where a file of this path was left that is another. */
  readonly former: Place | undefined;
}

/** The source that a file's feed has: its path may be long, and may name whom --redact keeps out of the store. @param kind `ingest` or `watch`. */
export function sourceOf(kind: string, path: string): string {
  return `${kind}:${createHash('sha256').update(path).digest('hex')}`;
}

/** Device and inode of a file. */
export async function identityOf(file: FileHandle): Promise<string> {
  const { dev, ino } = await file.stat();
  return `${dev}:${ino}`;
}

/** Finds the feed of a file among those of its kind: under its path, else under the path that it had before. */
export async function findFeed(
  feeds: readonly FeedState[],
  { kind, path, input }: { kind: string; path: string; input: FileInput },
): Promise<FoundFeed> {
  const source = sourceOf(kind, path);
  const identity = await identityOf(input.file);
  const own = feeds.find(feed => feed.source === source);
  const candidates = [own, ...feeds.filter(feed => feed !== own && placeIn(feed.checkpoint)?.file === identity)];
  for (const feed of candidates) {
    const place = feed && placeIn(feed.checkpoint);
    if (place && (await isOf(input, place))) {
      return { source: feed.source, stored: feed.position, place, former: undefined };
    }
  }
  const former = own && own.position > 0 ? placeIn(own.checkpoint) : undefined;
  return { source, stored: own?.position ?? 0, place: undefined, former };
}

async function isOf({ file, isCompressed, chunks }: FileInput, place: Place): Promise<boolean> {
  if (await fits(file, place)) return true;
  if (!isCompressed || !place.text || place.text.bytes === 0) return false;
  try {
    return await textFits(chunks(0, new AbortController().signal), place.text);
  } catch (error) {
    // Shorter, and cut off.
    if (error instanceof TelemetryError) return false;
    throw error;
  }
}
