import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { listFeeds, postFeed, type FeedServer } from '../../client/feed.js';
import { TelemetryError } from '../../core/errors.js';
import { pause } from '../../core/sleep.js';
import { sourceOf } from '../shared/find-source.js';
import { follow, type Followed } from './follow.js';
import { namedIn, isCompressed, matching } from './patterns.js';
import { logPlaceIn, type LogPlace } from './place.js';
import { createJudge } from './rotation-check.js';
import type { Member } from '../shared/members.js';
import type { LogReading } from './reader.js';
import { noFile } from './open-log.js';
import { watchSigns } from './change-watcher.js';

/** How often patterns are looked at: a walk of their directories. */
const LOOK_MS = 1000;

const KIND = 'watch';

/** What is watched, and how. */
export interface WatchOptions {
  /** Files and patterns, as they were named. */
  readonly names: readonly string[];
  readonly cwd: string;
  readonly server: FeedServer;
  /** Whether the server may get logs of the same name from other machines: then their feeds bear the machine's name. */
  readonly isShared: boolean;
  readonly isFromStart: boolean;
  /** What lines are read as; undefined: as before, at first as text. */
  readonly as: LogReading | undefined;
  /** Members that every event gets, unless it has one of the name. */
  readonly members: readonly Member[];
  /** In bytes. */
  readonly maxEventBytes: number;
  readonly signal: AbortSignal;
  /** Keeps the feed for this process alone; undefined when another has it. */
  readonly lock: (source: string) => (() => void) | undefined;
  readonly say: (text: string) => void;
}

/**
 * Follows logs until the signal aborts; what was read is stored then.
 * @throws TelemetryError `usage` for what cannot be watched, `failure` when another process does or the server refuses.
 */
export async function watchFiles(options: WatchOptions): Promise<void> {
  const { names, cwd, server, isShared, isFromStart, as, members, maxEventBytes, lock, say } = options;
  const { files, patterns } = namedIn(names, cwd);
  if (names.includes('-')) {
    throw new TelemetryError('usage', 'cannot watch stdin', { remedy: 'Pipe it into: telemetry ingest --type text -' });
  }
  for (const path of files) await checkNamed(path);

  const kind = isShared ? `${KIND}:${hostname()}` : KIND;
  const { signal, stop } = stoppable(options.signal);
  const patience = { patience: Infinity, signal };
  const feeds = new Map((await listFeeds(`${kind}:`, server, patience)).map(feed => [feed.source, feed]));
  const signs = watchSigns(signal);
  const followed = new Map<string, Followed>();
  const held = new Set<string>();
  let failure: unknown;

  /** @returns when the store knows where it begins; at once when it cannot be followed. */
  function begin(path: string, from: 'start' | 'end', isNamed: boolean): Promise<void> {
    const source = sourceOf(kind, path);
    const unlock = lock(source);
    if (!unlock) {
      const problem = `${path} is watched by another telemetry watch of this store`;
      if (isNamed) throw new TelemetryError('failure', problem, { remedy: 'End that one, or name other files.' });
      if (!held.has(path)) say(problem);
      held.add(path);
      return Promise.resolve();
    }
    return new Promise(resolve => {
      const known = feeds.get(source);
      const log = follow(path, {
        source,
        known,
        begin: from,
        endsWhenRemoved: !isNamed,
        server,
        as,
        members,
        maxEventBytes,
        signal,
        signs,
        say,
        onBegun: resolve,
      });
      followed.set(path, log);
      void log.ended
        .catch((error: unknown) => {
          failure ??= error;
          stop();
        })
        .then(() => {
          unlock();
          if (!signal.aborted) forget(path, source, log.place());
          resolve();
        });
    });
  }

  /** A log that was removed may come back. */
  function forget(path: string, source: string, place: LogPlace | undefined): void {
    followed.delete(path);
    if (place) feeds.set(source, { source, position: place.at, checkpoint: JSON.stringify(place) });
  }

  const judge = createJudge({
    isFollowed: path => followed.has(path) || feeds.has(sourceOf(kind, path)),
    open: () => there([...followed.values()].map(log => log.place())),
    stored: () => there([...feeds.values()].map(({ checkpoint }) => logPlaceIn(checkpoint))),
  });

  /** Begins what matches and is not followed yet. */
  async function lookAt(pattern: string, from: 'start' | 'end'): Promise<void> {
    const begun: Promise<void>[] = [];
    for (const path of await matching(pattern)) {
      if (followed.has(path)) continue;
      if (feeds.has(sourceOf(kind, path)) || (await judge(path, from === 'end'))) begun.push(begin(path, from, false));
    }
    await Promise.all(begun);
  }

  try {
    await Promise.all(files.map(path => begin(path, isFromStart ? 'start' : 'end', true)));
    for (const pattern of patterns) {
      // What a pattern has matched while nobody watched is new.
      const source = sourceOf(kind, pattern);
      const isKnown = feeds.has(source);
      await lookAt(pattern, isKnown || isFromStart ? 'start' : 'end');
      if (isKnown || signal.aborted) continue;
      await postFeed({ source, position: 0, checkpoint: 'pattern', body: new Uint8Array(0) }, server, patience);
      say(`watches what matches ${pattern}`);
    }
    for (;;) {
      await pause(LOOK_MS, signal);
      if (signal.aborted) break;
      await Promise.all(patterns.map(pattern => lookAt(pattern, 'start')));
    }
  } finally {
    stop();
    await Promise.allSettled([...followed.values()].map(({ ended }) => ended));
    signs.close();
  }
  if (failure !== undefined) throw failure as Error;
}

async function checkNamed(path: string): Promise<void> {
  if (isCompressed(path)) {
    throw new TelemetryError('usage', `cannot watch ${path}: it is compressed`, {
      remedy: `Import it: telemetry ingest ${path}`,
    });
  }
  const stats = await stat(path).catch(() => undefined);
  if (stats && !stats.isFile()) throw noFile(path);
}

/** A signal that follows another, and can be aborted on its own. */
function stoppable(outer: AbortSignal): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  outer.addEventListener('abort', stop, { once: true });
  if (outer.aborted) stop();
  return { signal: controller.signal, stop };
}

function there(places: readonly (LogPlace | undefined)[]): LogPlace[] {
  return places.filter(place => place !== undefined);
}
