import type { FollowOptions } from './follow-options.js';
import { codeOf, messageOf } from '../../core/errors.js';

import { pause } from '../../core/sleep.js';

import { sourceMembers } from '../shared/members.js';
import { catchUp, type Drained } from './catch-up.js';
import { followOpen } from './follow-open.js';
import { identityAt } from './identity.js';
import { notesOn } from './notes.js';
import type { OpenLog } from './open-log.js';
import { createOpener } from './opener.js';
import { logOffsetIn, type LogOffset } from './log-offset.js';
import { LogReader } from './log-reader.js';
import { locate } from './rotated.js';

/** The pause before an unreadable file is tried again. */
const AGAIN_MS = 1000;

/** A followed log. */
export interface Followed {
  /** The offset read so far; undefined before it began. */
  offset(): LogOffset | undefined;
  /** Settles on abort or when the file ends; what was read is stored by then. */
  readonly ended: Promise<void>;
}

/** Follows the file named `path`, across rotations. */
export function follow(path: string, options: FollowOptions): Followed {
  let reader: LogReader | undefined;
  return { offset: () => reader?.offset, ended: run() };

  async function run(): Promise<void> {
    const { source, known, server, as, members, maxEventBytes, signal, report, endsWhenRemoved } = options;
    const notes = notesOn(path, report);
    const opener = createOpener(path, options);
    let named = await opener.open();
    try {
      const offset = await startingOffset(path, named, options);
      const created = new LogReader(offset, {
        source,
        known,
        server,
        as,
        members: [...sourceMembers(path, as?.reading ?? offset.reading), ...members],
        maxEventBytes,
        signal,
        notes,
      });
      reader = created;
      await created.mark();
      // The opener reports files that cannot be read.
      if (named || identityAt(path) === undefined) report(beginningOf(path, named, options));
      options.onBegun();
      const isStopped = (): boolean => signal.aborted;
      let drained: Drained | undefined;
      while (!isStopped()) {
        try {
          const log = await catchUp(path, named, created, { drained, longestLine: maxEventBytes, signal, report });
          if (log !== named) await named?.close();
          named = undefined;
          if (log) ({ named, drained } = await followOpen(path, log, created, opener, options));
          else if (!isStopped()) named = await opener.wait();
          if (!drained || named) continue;
          // All of it was read: there is no file to find again.
          created.begin('', drained.modified);
          drained = undefined;
          if (endsWhenRemoved) break;
        } catch (error) {
          if (codeOf(error) === undefined) throw error;
          report(`cannot read ${path}, retrying: ${messageOf(error)}`);
          drained = undefined;
          await pause(AGAIN_MS, signal);
          named ??= await opener.open();
        }
      }
      await created.mark();
    } finally {
      await named?.close();
      notes.end();
    }
  }
}

/** The offset that the store has, or the one to begin at, at first sight. */
async function startingOffset(path: string, log: OpenLog | undefined, options: FollowOptions): Promise<LogOffset> {
  const { known, begin, maxEventBytes } = options;
  const stored = known?.position ?? 0;
  const offset = logOffsetIn(known?.checkpoint ?? '');
  if (offset) {
    // Events after the offset that cannot be counted again must not cancel out new ones.
    const isLost = stored > offset.at && !(await locate(path, log, offset));
    return isLost ? { ...offset, at: stored } : offset;
  }
  if (begin === 'end') await log?.seekEnd();
  const fingerprint = log?.fingerprint() ?? { bytes: 0, head: '', tail: '' };
  return {
    ...fingerprint,
    at: stored,
    part: 0,
    limit: maxEventBytes,
    ...options.as,
    file: log?.identity ?? '',
    since: (await log?.modified()) ?? Date.now(),
    passed: [],
  };
}

function beginningOf(path: string, log: OpenLog | undefined, { known, begin }: FollowOptions): string {
  if (!log) return `${path} is not there: waits for it`;
  if (known) return `watches ${path} from where it was left`;
  return `watches ${path} from its ${begin}`;
}
