import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { listSources, postEvents, type SourceServer } from '../../client/source.js';
import { TelemetryError } from '../../core/errors.js';
import { pause } from '../../core/sleep.js';
import { sourceName } from '../shared/find-source.js';
import { follow, type Followed } from './follow.js';
import { namedIn, isCompressed, matching } from './patterns.js';
import { logOffsetIn, type LogOffset } from './log-offset.js';
import { createRotationCheck } from './rotation-check.js';
import type { Member } from '../shared/members.js';
import type { LogFormat } from './log-reader.js';
import { noFile } from './open-log.js';
import { watchChanges } from './change-watcher.js';

/** Interval between expansions of the patterns: each walks their directories. */
const LOOK_MS = 1000;

const KIND = 'watch';

/** Options of {@link watchFiles}. */
export interface WatchOptions {
  /** Files and patterns, as named by the user. */
  readonly names: readonly string[];
  readonly cwd: string;
  readonly server: SourceServer;
  /** True when other machines may send logs of the same name to the server: source names then include the host name. */
  readonly isShared: boolean;
  readonly isFromStart: boolean;
  /** The format of the lines; undefined: as before, text at first. */
  readonly as: LogFormat | undefined;
  /** Members added to every event that lacks them. */
  readonly members: readonly Member[];
  /** In bytes. */
  readonly maxEventBytes: number;
  readonly signal: AbortSignal;
  /** Locks the source for this process; undefined when another process has it. */
  readonly lock: (source: string) => (() => void) | undefined;
  readonly report: (text: string) => void;
}

/**
 * Follows logs until the signal aborts; what was read is stored by then.
 * @throws TelemetryError `usage` for a name that cannot be watched, `failure` when another process watches it or the
 * server refuses.
 * Over 60 lines: the logs, their sources and the failure are one state.
 */
export async function watchFiles(options: WatchOptions): Promise<void> {
  const { names, cwd, server, isShared, isFromStart, as, members, maxEventBytes, lock, report } = options;
  const { files, patterns } = namedIn(names, cwd);
  if (names.includes('-')) {
    throw new TelemetryError('usage', 'cannot watch stdin', { remedy: 'Pipe it into: telemetry ingest --type text -' });
  }
  for (const path of files) await checkNamed(path);

  const kind = isShared ? `${KIND}:${hostname()}` : KIND;
  const { signal, stop } = stoppable(options.signal);
  const patience = { patience: Infinity, signal };
  const sources = new Map((await listSources(`${kind}:`, server, patience)).map(feed => [feed.source, feed]));
  const changes = watchChanges(signal);
  const followed = new Map<string, Followed>();
  const held = new Set<string>();
  let failure: unknown;

  /** @returns when the store knows where the log begins; at once when it cannot be followed. */
  function begin(path: string, from: 'start' | 'end', isNamed: boolean): Promise<void> {
    const source = sourceName(kind, path);
    const unlock = lock(source);
    if (!unlock) {
      const problem = `${path} is watched by another telemetry watch of this store`;
      if (isNamed) throw new TelemetryError('failure', problem, { remedy: 'End that one, or name other files.' });
      if (!held.has(path)) report(problem);
      held.add(path);
      return Promise.resolve();
    }
    return new Promise(resolve => {
      const known = sources.get(source);
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
        changes,
        report,
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
          if (!signal.aborted) forget(path, source, log.offset());
          resolve();
        });
    });
  }

  /** A removed log may come back. */
  function forget(path: string, source: string, offset: LogOffset | undefined): void {
    followed.delete(path);
    if (offset) sources.set(source, { source, position: offset.at, checkpoint: JSON.stringify(offset) });
  }

  const isSeparateLog = createRotationCheck({
    isFollowed: path => followed.has(path) || sources.has(sourceName(kind, path)),
    open: () => there([...followed.values()].map(log => log.offset())),
    stored: () => there([...sources.values()].map(({ checkpoint }) => logOffsetIn(checkpoint))),
  });

  /** Begins to follow matching files. */
  async function lookAt(pattern: string, from: 'start' | 'end'): Promise<void> {
    const begun: Promise<void>[] = [];
    for (const path of await matching(pattern)) {
      if (followed.has(path)) continue;
      if (sources.has(sourceName(kind, path)) || (await isSeparateLog(path, from === 'end')))
        begun.push(begin(path, from, false));
    }
    await Promise.all(begun);
  }

  try {
    await Promise.all(files.map(path => begin(path, isFromStart ? 'start' : 'end', true)));
    for (const pattern of patterns) {
      // Files that matched while no watch ran are new.
      const source = sourceName(kind, pattern);
      const isKnown = sources.has(source);
      await lookAt(pattern, isKnown || isFromStart ? 'start' : 'end');
      if (isKnown || signal.aborted) continue;
      await postEvents({ source, position: 0, checkpoint: 'pattern', body: new Uint8Array(0) }, server, patience);
      report(`watches what matches ${pattern}`);
    }
    for (;;) {
      await pause(LOOK_MS, signal);
      if (signal.aborted) break;
      await Promise.all(patterns.map(pattern => lookAt(pattern, 'start')));
    }
  } finally {
    stop();
    await Promise.allSettled([...followed.values()].map(({ ended }) => ended));
    changes.close();
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

/** A signal that follows another and can also be aborted separately. */
function stoppable(outer: AbortSignal): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  outer.addEventListener('abort', stop, { once: true });
  if (outer.aborted) stop();
  return { signal: controller.signal, stop };
}

function there(offsets: readonly (LogOffset | undefined)[]): LogOffset[] {
  return offsets.filter(offset => offset !== undefined);
}
