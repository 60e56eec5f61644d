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
 * Over 60 lines: one loop over the states of a log, which share their clocks.
 */
export async function followOpen(
  path: string,
  log: OpenLog,
  reader: LogReader,
  opener: Opener,
  options: FollowOptions,
): Promise<Next> {
  const { signal, changes, report } = options;
  let next: OpenLog | undefined;
  let nextSince = 0;
  let quietSince = Date.now();
  let wasGone = false;

  /** Reads the rest, including an unfinished last line. */
  async function end(): Promise<Drained> {
    for (let state = 'more'; state === 'more';) {
      state = await log.read(reader.take, true);
      await reader.taken(log.fingerprint());
    }
    await reader.mark();
    const isReplaced = !wasGone && (await log.isRemoved());
    return { modified: await log.modified(), isReplaced };
  }

  /** True when another rotated file is newer than this log: no program writes to this log any more. */
  async function isFollowed(): Promise<boolean> {
    const later = await rotatedSince(path, await log.modified(), withPassed(reader.offset));
    return later.some(({ identity }) => identity !== log.identity);
  }

  try {
    for (;;) {
      const before = reader.offset.bytes;
      const state = await drain(log, reader, signal);
      if (state === 'changed') await startOver(path, log, reader, options);
      if (signal.aborted) return { named: undefined, drained: undefined };
      if (state === 'changed') continue;
      const now = Date.now();
      if (reader.offset.bytes !== before) quietSince = now;
      else await reader.mark();
      const identity = identityAt(path);
      if (identity === log.identity) {
        wasGone = false;
        await changes.next(path);
        continue;
      }
      if (identity === undefined) {
        if (!wasGone) {
          report(`${path} is gone: waits for it`);
          quietSince = now;
        }
        wasGone = true;
        if (now - quietSince >= REMOVED_MS && (await log.isRemoved()))
          return { named: undefined, drained: await end() };
        await changes.next(path);
        continue;
      }
      next ??= await opener.open();
      // A new file that lost the name again is found later as a rotated one.
      const isOvertaken = next !== undefined && next.identity !== identity;
      if (!next || (!isOvertaken && (await next.size()) === 0 && !(await isFollowed()))) {
        await changes.next(path);
        continue;
      }
      if (nextSince === 0) nextSince = quietSince = now;
      const isQuiet = now - quietSince >= QUIET_MS || now - (await log.modified()) >= MAX_QUIET_MS;
      if (isQuiet || now - nextSince >= MAX_QUIET_MS || isOvertaken) {
        const drained = await end();
        report(`${path} was rotated: continues in the new file`);
        if (isOvertaken) await next.close();
        const named = isOvertaken ? await opener.open() : next;
        next = undefined;
        return { named, drained };
      }
      await pause(LOOK_MS, signal);
    }
  } finally {
    await log.close();
    await next?.close();
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
