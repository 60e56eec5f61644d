import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { FeedState } from '../core/feed.js';
import { fits } from './evidence.js';
import { placeIn, type Place } from './place.js';

/** A feed of a file, and where it goes on. */
export interface FoundFeed {
  readonly source: string;
  /** The number of the last event that is stored. */
  readonly stored: number;
  /** Undefined when the file is new, or another than the one that was read before. */
  readonly place: Place | undefined;
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
  { kind, path, file, reading }: { kind: string; path: string; file: FileHandle; reading: string },
): Promise<FoundFeed> {
  const source = sourceOf(kind, path);
  const identity = await identityOf(file);
  const own = feeds.find(feed => feed.source === source);
  const candidates = [own, ...feeds.filter(feed => feed !== own && placeIn(feed.checkpoint)?.file === identity)];
  for (const feed of candidates) {
    const place = feed && placeIn(feed.checkpoint);
    if (place?.reading === reading && (await fits(file, place))) {
      return { source: feed!.source, stored: feed!.position, place };
    }
  }
  return { source, stored: own?.position ?? 0, place: undefined };
}
