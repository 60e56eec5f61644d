import { pause } from '../../core/sleep.js';
import type { Drained } from './catch-up.js';
import { readFinished, unreadable } from './finished.js';
import type { FollowOptions } from './follow-options.js';
import { identityAt } from './identity.js';
import type { OpenLog } from './open-log.js';
import type { Opener } from './opener.js';
import { withPassed } from './log-offset.js';
import type { LogReader } from './log-reader.js';
import { findRotated, rotatedSince } from './rotated.js';

/** A rotated file must be silent this long once the new one has lines: programs reopen their log at different times. */
const QUIET_MS = 500;

/**
 * A program that writes to a rotated file for longer never reopens it, so it is not waited for. A file untouched for
 * this long needs no wait.
 */
const MAX_QUIET_MS = 5000;

/** Interval between looks at a rotated file. */
const LOOK_MS = 20;

/** A removed file is kept open this long, which keeps its bytes on disk: a program may still write to it. */
const REMOVED_MS = 60_000;

/** The state after a log ended. */
interface Next {
  /** The file at the log's path, if any. */
  readonly named: OpenLog | undefined;
  readonly drained: Drained | undefined;
}

/**
 * Reads an open log as it grows. Closes it on abort, after another file took its name and it fell silent, or after it
 * was removed and stayed silent for long.
 */
export function followOpen(
  path: string,
  log: OpenLog,
  reader: LogReader,
  opener: Opener,
  options: FollowOptions,
): Promise<Next> {
  return new OpenLogFollower(path, log, reader, opener, options).run();
}

class OpenLogFollower {
  readonly #path: string;
  readonly #log: OpenLog;
  readonly #reader: LogReader;
  readonly #opener: Opener;
  readonly #options: FollowOptions;
  /** The file that took the log's name. */
  #next: OpenLog | undefined;
  /** The time since which it is known; 0 before. */
  #nextSince = 0;
  #quietSince = Date.now();
  #wasGone = false;

  constructor(path: string, log: OpenLog, reader: LogReader, opener: Opener, options: FollowOptions) {
    this.#path = path;
    this.#log = log;
    this.#reader = reader;
    this.#opener = opener;
    this.#options = options;
  }

  async run(): Promise<Next> {
    const { signal } = this.#options;
    const reader = this.#reader;
    try {
      for (;;) {
        const before = reader.offset.bytes;
        const state = await drain(this.#log, reader, signal);
        if (state === 'changed') await startOver(this.#path, this.#log, reader, this.#options);
        if (signal.aborted) return { named: undefined, drained: undefined };
        if (state === 'changed') continue;
        const now = Date.now();
        if (reader.offset.bytes !== before) this.#quietSince = now;
        else await reader.mark();
        const next = await this.#look(now);
        if (next) return next;
      }
    } finally {
      await this.#log.close();
      await this.#next?.close();
    }
  }

  /** Looks for the file at the log's path. Returns undefined after a wait while the log may still grow. */
  async #look(now: number): Promise<Next | undefined> {
    const identity = identityAt(this.#path);
    if (identity === undefined) return this.#waitForFile(now);
    if (identity !== this.#log.identity) return this.#waitForQuiet(identity, now);
    this.#wasGone = false;
    await this.#options.changes.next(this.#path);
    return undefined;
  }

  /** Waits while no file is at the path, unless the log was removed and has been silent for long. */
  async #waitForFile(now: number): Promise<Next | undefined> {
    if (!this.#wasGone) {
      this.#options.report(`${this.#path} is gone: waits for it`);
      this.#quietSince = now;
    }
    this.#wasGone = true;
    if (now - this.#quietSince >= REMOVED_MS && (await this.#log.isRemoved()))
      return { named: undefined, drained: await this.#end() };
    await this.#options.changes.next(this.#path);
    return undefined;
  }

  /** Waits while another file is at the path and programs may still write to the log. */
  async #waitForQuiet(identity: string, now: number): Promise<Next | undefined> {
    const path = this.#path;
    const { signal, changes, report } = this.#options;
    const next = (this.#next ??= await this.#opener.open());
    // A new file that lost the name again is found later as a rotated one.
    const isOvertaken = next !== undefined && next.identity !== identity;
    if (!next || (!isOvertaken && (await next.size()) === 0 && !(await this.#isFollowed()))) {
      await changes.next(path);
      return undefined;
    }
    if (this.#nextSince === 0) this.#nextSince = this.#quietSince = now;
    const isQuiet = now - this.#quietSince >= QUIET_MS || now - (await this.#log.modified()) >= MAX_QUIET_MS;
    if (!isQuiet && now - this.#nextSince < MAX_QUIET_MS && !isOvertaken) {
      await pause(LOOK_MS, signal);
      return undefined;
    }
    const drained = await this.#end();
    report(`${path} was rotated: continues in the new file`);
    if (isOvertaken) await next.close();
    const named = isOvertaken ? await this.#opener.open() : next;
    this.#next = undefined;
    return { named, drained };
  }

  /** Reads the rest, including an unfinished last line. */
  async #end(): Promise<Drained> {
    for (let state = 'more'; state === 'more';) {
      state = await this.#log.read(this.#reader.take, true);
      await this.#reader.taken(this.#log.fingerprint());
    }
    await this.#reader.mark();
    const isReplaced = !this.#wasGone && (await this.#log.isRemoved());
    return { modified: await this.#log.modified(), isReplaced };
  }

  /** True when another rotated file is newer than this log: no program writes to this log any more. */
  async #isFollowed(): Promise<boolean> {
    const later = await rotatedSince(this.#path, await this.#log.modified(), withPassed(this.#reader.offset));
    return later.some(({ identity }) => identity !== this.#log.identity);
  }
}

/** Reads what is available and waits until it is stored. */
async function drain(log: OpenLog, reader: LogReader, signal: AbortSignal): Promise<'end' | 'changed'> {
  for (;;) {
    const state = await log.read(reader.take);
    if (state === 'changed') return 'changed';
    await reader.taken(log.fingerprint());
    if (state === 'more' && !signal.aborted) continue;
    await reader.send();
    return 'end';
  }
}

/** Restarts a truncated log. Lines written before and not read may be in the copy made of it. */
async function startOver(
  path: string,
  log: OpenLog,
  reader: LogReader,
  { signal, report, maxEventBytes }: FollowOptions,
): Promise<void> {
  report(`${path} was truncated: continues from its start`);
  const from = reader.offset.bytes;
  for (let state = 'gone'; state === 'gone';) {
    const copy = await findRotated(path, reader.offset);
    if (!copy) break;
    const onUnreadable = (error: unknown): void =>
      report(`${unreadable(copy.path, error)}; lines of ${path} may be missing`);
    state = await readFinished(copy.path, { from, reader, longestLine: maxEventBytes, signal, onUnreadable });
  }
  if (signal.aborted) return;
  await log.seek(0);
  reader.begin(log.identity, await log.modified());
  await reader.mark();
}
