import { pause } from '../../core/sleep.js';
import type { Drained } from './catch-up.js';
import { readFinished, unreadable } from './finished.js';
import type { FollowOptions } from './follow-options.js';
import { identityAt } from './identity.js';
import type { OpenLog } from './open-log.js';
import type { Opener } from './opener.js';
import { withPassed } from './place.js';
import type { Reader } from './reader.js';
import { findRotated, rotatedSince } from './rotated.js';

/** How long a file that was rotated away has to be silent once something is in the new one: programs write to it until they are told, each at its time. */
const QUIET_MS = 500;

/** A program that goes on writing to it then was not told, and is not waited for. A file so old need not be waited for at all. */
const LONGEST_QUIET_MS = 5000;

/** How often it is looked at meanwhile. */
const LOOK_MS = 20;

/** How long a file that was removed is held open, which keeps its bytes on the disk: a program may write to it still. */
const REMOVED_MS = 60_000;

/** How it goes on after a log. */
interface Next {
  /** The file that has the log's name now, if there is one. */
  readonly named: OpenLog | undefined;
  readonly drained: Drained | undefined;
}

/**
 * Reads an open log as it grows, closes it when another file has its name, programs write to that, and the log is
 * silent; or when it was removed, and is silent for long; or when the signal aborts.
 */
export async function followOpen(
  path: string,
  log: OpenLog,
  reader: Reader,
  opener: Opener,
  options: FollowOptions,
): Promise<Next> {
  const { signal, signs, say } = options;
  let next: OpenLog | undefined;
  let nextSince = 0;
  let quietSince = Date.now();
  let wasGone = false;

  /** Reads the rest, which nobody will finish. */
  async function end(): Promise<Drained> {
    for (let state = 'more'; state === 'more';) {
      state = await log.read(reader.take, true);
      await reader.taken(log.evidence());
    }
    await reader.mark();
    const isReplaced = !wasGone && (await log.isRemoved());
    return { modified: await log.modified(), isReplaced };
  }

  /** True when another rotated file comes between this log and the named one: nobody writes to this one any more. */
  async function isFollowed(): Promise<boolean> {
    const later = await rotatedSince(path, await log.modified(), withPassed(reader.place));
    return later.some(({ identity }) => identity !== log.identity);
  }

  try {
    for (;;) {
      const before = reader.place.bytes;
      const state = await drain(log, reader, signal);
      if (state === 'changed') await startOver(path, log, reader, options);
      if (signal.aborted) return { named: undefined, drained: undefined };
      if (state === 'changed') continue;
      const now = Date.now();
      if (reader.place.bytes !== before) quietSince = now;
      else await reader.mark();
      const identity = identityAt(path);
      if (identity === log.identity) {
        wasGone = false;
        await signs.next(path);
        continue;
      }
      if (identity === undefined) {
        if (!wasGone) {
          say(`${path} is gone: waits for it`);
          quietSince = now;
        }
        wasGone = true;
        if (now - quietSince >= REMOVED_MS && (await log.isRemoved()))
          return { named: undefined, drained: await end() };
        await signs.next(path);
        continue;
      }
      next ??= await opener.open();
      // A file that lost the name again is found as one that was rotated away.
      const isOvertaken = next !== undefined && next.identity !== identity;
      if (!next || (!isOvertaken && (await next.size()) === 0 && !(await isFollowed()))) {
        await signs.next(path);
        continue;
      }
      if (nextSince === 0) nextSince = quietSince = now;
      const isQuiet = now - quietSince >= QUIET_MS || now - (await log.modified()) >= LONGEST_QUIET_MS;
      if (isQuiet || now - nextSince >= LONGEST_QUIET_MS || isOvertaken) {
        const drained = await end();
        say(`${path} was rotated: goes on in the new file`);
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

/** Reads what there is, and waits until it is stored. */
async function drain(log: OpenLog, reader: Reader, signal: AbortSignal): Promise<'end' | 'changed'> {
  for (;;) {
    const state = await log.read(reader.take);
    if (state === 'changed') return 'changed';
    await reader.taken(log.evidence());
    if (state === 'more' && !signal.aborted) continue;
    await reader.send();
    return 'end';
  }
}

/** The log was truncated. What was written before that and not read may be in the copy that was made of it. */
async function startOver(
  path: string,
  log: OpenLog,
  reader: Reader,
  { signal, say, maxEventBytes }: FollowOptions,
): Promise<void> {
  say(`${path} was truncated: goes on from its start`);
  const from = reader.place.bytes;
  for (let state = 'gone'; state === 'gone';) {
    const copy = await findRotated(path, reader.place);
    if (!copy) break;
    const onUnreadable = (error: unknown): void =>
      say(`${unreadable(copy.path, error)}; lines of ${path} may be missing`);
    state = await readFinished(copy.path, { from, reader, longestLine: maxEventBytes, signal, onUnreadable });
  }
  if (signal.aborted) return;
  await log.seek(0);
  reader.begin(log.identity, await log.modified());
  await reader.mark();
}
