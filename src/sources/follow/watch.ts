import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { listSources, postEvents, type SourceServer } from '../../client/source.js';
import { TelemetryError } from '../../core/errors.js';
import type { SourceState } from '../../core/source.js';
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
 */
export async function watchFiles(options: WatchOptions): Promise<void> {
  const { names, cwd, server, isShared } = options;
  const { files, patterns } = namedIn(names, cwd);
  if (names.includes('-')) {
    throw new TelemetryError('usage', 'cannot watch stdin', { remedy: 'Pipe it into: telemetry ingest --type text -' });
  }
  for (const path of files) await checkNamed(path);

  const kind = isShared ? `${KIND}:${hostname()}` : KIND;
  const { signal, stop } = stoppable(options.signal);
  const sources = await listSources(`${kind}:`, server, { patience: Infinity, signal });
  const watch = new Watch(options, { kind, signal, stop, sources });
  await watch.run(files, patterns);
}

interface WatchParts {
  /** The first part of the names of its sources. */
  readonly kind: string;
  readonly signal: AbortSignal;
  /** Aborts the signal. */
  readonly stop: () => void;
  /** The sources that the store knows. */
  readonly sources: readonly SourceState[];
}

/** The logs that are followed, and the sources that the store knows. */
class Watch {
  readonly #options: WatchOptions;
  readonly #parts: WatchParts;
  readonly #sources: Map<string, SourceState>;
  readonly #changes: ReturnType<typeof watchChanges>;
  readonly #followed = new Map<string, Followed>();
  /** Paths that another process watches, which has been reported. */
  readonly #held = new Set<string>();
  readonly #isSeparateLog: ReturnType<typeof createRotationCheck>;
  #failure: unknown;

  constructor(options: WatchOptions, parts: WatchParts) {
    this.#options = options;
    this.#parts = parts;
    this.#sources = new Map(parts.sources.map(source => [source.source, source]));
    this.#changes = watchChanges(parts.signal);
    this.#isSeparateLog = createRotationCheck({
      isFollowed: path => this.#followed.has(path) || this.#sources.has(this.#sourceOf(path)),
      open: () => there([...this.#followed.values()].map(log => log.offset())),
      stored: () => there([...this.#sources.values()].map(({ checkpoint }) => logOffsetIn(checkpoint))),
    });
  }

  /** Follows files and what matches patterns, until the signal aborts or a log fails. */
  async run(files: readonly string[], patterns: readonly string[]): Promise<void> {
    const { signal, stop } = this.#parts;
    try {
      const from = this.#options.isFromStart ? 'start' : 'end';
      await Promise.all(files.map(path => this.#begin(path, from, true)));
      for (const pattern of patterns) await this.#beginPattern(pattern);
      for (;;) {
        await pause(LOOK_MS, signal);
        if (signal.aborted) break;
        await Promise.all(patterns.map(pattern => this.#lookAt(pattern, 'start')));
      }
    } finally {
      stop();
      await Promise.allSettled([...this.#followed.values()].map(({ ended }) => ended));
      this.#changes.close();
    }
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  async #beginPattern(pattern: string): Promise<void> {
    const { server, isFromStart, report } = this.#options;
    const { signal } = this.#parts;
    // Files that matched while no watch ran are new.
    const source = this.#sourceOf(pattern);
    const isKnown = this.#sources.has(source);
    await this.#lookAt(pattern, isKnown || isFromStart ? 'start' : 'end');
    if (isKnown || signal.aborted) return;
    const known = { source, position: 0, checkpoint: 'pattern', body: new Uint8Array(0) };
    await postEvents(known, server, { patience: Infinity, signal });
    report(`watches what matches ${pattern}`);
  }

  /** Begins to follow matching files. */
  async #lookAt(pattern: string, from: 'start' | 'end'): Promise<void> {
    const begun: Promise<void>[] = [];
    for (const path of await matching(pattern)) {
      if (this.#followed.has(path)) continue;
      if (this.#sources.has(this.#sourceOf(path)) || (await this.#isSeparateLog(path, from === 'end')))
        begun.push(this.#begin(path, from, false));
    }
    await Promise.all(begun);
  }

  /** @returns when the store knows where the log begins; at once when it cannot be followed. */
  #begin(path: string, from: 'start' | 'end', isNamed: boolean): Promise<void> {
    const source = this.#sourceOf(path);
    const unlock = this.#options.lock(source);
    if (!unlock) {
      this.#reportHeld(path, isNamed);
      return Promise.resolve();
    }
    const { server, as, members, maxEventBytes, report } = this.#options;
    const { signal } = this.#parts;
    return new Promise(resolve => {
      const log = follow(path, {
        source,
        known: this.#sources.get(source),
        begin: from,
        endsWhenRemoved: !isNamed,
        server,
        as,
        members,
        maxEventBytes,
        signal,
        changes: this.#changes,
        report,
        onBegun: resolve,
      });
      this.#followed.set(path, log);
      void this.#untilEnd(log).then(() => {
        unlock();
        if (!signal.aborted) this.#forget(path, source, log.offset());
        resolve();
      });
    });
  }

  /** Stops the watch when the log fails; the first failure counts. */
  async #untilEnd(log: Followed): Promise<void> {
    try {
      await log.ended;
    } catch (error) {
      this.#failure ??= error;
      this.#parts.stop();
    }
  }

  /** @throws TelemetryError `failure` for a file that the user named. */
  #reportHeld(path: string, isNamed: boolean): void {
    const problem = `${path} is watched by another telemetry watch of this store`;
    if (isNamed) throw new TelemetryError('failure', problem, { remedy: 'End that one, or name other files.' });
    if (!this.#held.has(path)) this.#options.report(problem);
    this.#held.add(path);
  }

  /** A removed log may come back. */
  #forget(path: string, source: string, offset: LogOffset | undefined): void {
    this.#followed.delete(path);
    if (offset) this.#sources.set(source, { source, position: offset.at, checkpoint: JSON.stringify(offset) });
  }

  #sourceOf(path: string): string {
    return sourceName(this.#parts.kind, path);
  }
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
