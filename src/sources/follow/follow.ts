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
import { logPlaceIn, type LogPlace } from './place.js';
import { createReader, type Reader } from './reader.js';
import { locate } from './rotated.js';

/** Before a file that could not be read is tried again. */
const AGAIN_MS = 1000;

/** A log that is followed, as others see it. */
export interface Followed {
  /** How far it is read; undefined before it began. */
  place(): LogPlace | undefined;
  /** Ends when the signal aborts, or with the file: what was read is stored then. */
  readonly ended: Promise<void>;
}

/** Follows the file at `path`, by its name. */
export function follow(path: string, options: FollowOptions): Followed {
  let reader: Reader | undefined;
  return { place: () => reader?.place, ended: run() };

  async function run(): Promise<void> {
    const { source, known, server, as, members, maxEventBytes, signal, say, endsWhenRemoved } = options;
    const notes = notesOn(path, say);
    const opener = createOpener(path, options);
    let named = await opener.open();
    try {
      const place = await startingPlace(path, named, options);
      const created = createReader(place, {
        source,
        known,
        server,
        as,
        members: [...sourceMembers(path, as?.reading ?? place.reading), ...members],
        maxEventBytes,
        signal,
        notes,
      });
      reader = created;
      await created.mark();
      // Of a file that cannot be read, the opener tells.
      if (named || identityAt(path) === undefined) say(beginningOf(path, named, options));
      options.onBegun();
      const isStopped = (): boolean => signal.aborted;
      let drained: Drained | undefined;
      while (!isStopped()) {
        try {
          const log = await catchUp(path, named, created, { drained, longestLine: maxEventBytes, signal, say });
          if (log !== named) await named?.close();
          named = undefined;
          if (log) ({ named, drained } = await followOpen(path, log, created, opener, options));
          else if (!isStopped()) named = await opener.wait();
          if (!drained || named) continue;
          // Nothing is left of it: there is no file to find again.
          created.begin('', drained.modified);
          drained = undefined;
          if (endsWhenRemoved) break;
        } catch (error) {
          if (codeOf(error) === undefined) throw error;
          say(`cannot read ${path}: ${messageOf(error)}; tries again`);
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

/** Where the store says that the log was left, or where it begins at first sight. */
async function startingPlace(path: string, log: OpenLog | undefined, options: FollowOptions): Promise<LogPlace> {
  const { known, begin, maxEventBytes } = options;
  const stored = known?.position ?? 0;
  const place = logPlaceIn(known?.checkpoint ?? '');
  if (place) {
    // Events past the place that nobody can count again are not to be left out of what comes now.
    const isLost = stored > place.at && !(await locate(path, log, place));
    return isLost ? { ...place, at: stored } : place;
  }
  if (begin === 'end') await log?.seekEnd();
  const evidence = log?.evidence() ?? { bytes: 0, head: '', tail: '' };
  return {
    ...evidence,
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
