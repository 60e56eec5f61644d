import { codeOf, messageOf } from '../core/errors.js';
import type { FeedState } from '../core/feed.js';
import { pause } from '../core/pause.js';
import type { FeedServer } from '../client/feed.js';
import { catchUp, isIn } from './catch-up.js';
import { readFinished } from './finished.js';
import { notesOn } from './notes.js';
import type { OpenLog } from './open-log.js';
import { createOpener, type Opener } from './opener.js';
import { logPlaceIn, type LogPlace } from './place.js';
import { createReader, type Reader } from './reader.js';
import { findRotated } from './rotated.js';
import type { Signs } from './signs.js';
import { identityAt } from './identity.js';

/** How long a file that was rotated away has to be silent: programs write to it until they are told. */
const QUIET_MS = 200;

/** A program that goes on writing to it was not told, and is not waited for. */
const LONGEST_QUIET_MS = 5000;

/** How often it is looked at meanwhile. */
const LOOK_MS = 20;

/** Before a file that could not be read is tried again. */
const AGAIN_MS = 1000;

/** How a log is followed. */
export interface FollowOptions {
  readonly source: string;
  /** What the store knows of it; undefined at first sight. */
  readonly known: FeedState | undefined;
  /** Where to begin at first sight. */
  readonly begin: 'start' | 'end';
  readonly server: FeedServer;
  /** In bytes. */
  readonly maxEventBytes: number;
  readonly signal: AbortSignal;
  readonly signs: Signs;
  readonly say: (text: string) => void;
  /** The store knows where it begins. */
  readonly onBegun: () => void;
}

/** A log that is followed, as others see it. */
export interface Followed {
  /** How far it is read; undefined before it began. */
  place(): LogPlace | undefined;
  /** Ends when the signal aborts: what was read is stored then. */
  readonly ended: Promise<void>;
}

/** Follows the file at `path`, by its name, until the signal aborts. */
export function follow(path: string, options: FollowOptions): Followed {
  let reader: Reader | undefined;
  return { place: () => reader?.place, ended: run() };

  async function run(): Promise<void> {
    const { source, known, server, maxEventBytes, signal, say } = options;
    const notes = notesOn(path, say);
    const opener = createOpener(path, options);
    let log = await opener.open();
    try {
      const place = await startingPlace(path, log, options);
      const created = createReader(place, {
        source,
        known,
        file: path,
        server,
        maxEventBytes,
        signal,
        notes,
      });
      reader = created;
      await created.mark();
      say(beginningOf(path, log, options));
      options.onBegun();
      const isStopped = (): boolean => signal.aborted;
      let isDrained = false;
      let since: number | undefined;
      while (!isStopped()) {
        await catchUp(path, log, created, { since, isDrained, longestLine: maxEventBytes, signal, say });
        if (!log) {
          log = await opener.wait();
          continue;
        }
        if (isStopped()) break;
        const next = await followOpen(path, log, created, opener, options);
        isDrained = next.isDrained;
        since = isDrained ? await log.modified() : undefined;
        await log.close();
        log = next.log;
      }
      await created.mark();
    } finally {
      await log?.close();
      notes.end();
    }
  }
}

/** The file that took the log's place, and whether all of the log was read. */
interface Next {
  readonly log: OpenLog | undefined;
  readonly isDrained: boolean;
}

/** Reads an open log as it grows, until another file has its name, or the signal aborts. */
async function followOpen(
  path: string,
  log: OpenLog,
  reader: Reader,
  opener: Opener,
  options: FollowOptions,
): Promise<Next> {
  const { signal, signs, say } = options;
  let next: OpenLog | undefined;
  let replacedSince = 0;
  let quietSince = Date.now();
  let isGone = false;
  try {
    for (;;) {
      const before = reader.place.bytes;
      const state = await drain(log, reader, signal);
      if (state === 'changed') await startOver(path, log, reader, options);
      if (signal.aborted) return { log: undefined, isDrained: false };
      if (state === 'changed') continue;
      if (reader.place.bytes !== before) quietSince = Date.now();
      const identity = identityAt(path);
      if (identity === log.identity) {
        isGone = false;
        await signs.next(path);
        if (reader.place.bytes === before) await reader.mark();
      } else if (identity === undefined) {
        if (!isGone) say(`${path} is gone: waits for it`);
        isGone = true;
        quietSince = Date.now();
        await signs.next(path);
      } else {
        const now = Date.now();
        if (!next) replacedSince = quietSince = now;
        next ??= await opener.open();
        const isQuiet = now - quietSince >= QUIET_MS || now - replacedSince >= LONGEST_QUIET_MS;
        if (next && (isQuiet || identity !== next.identity)) {
          await log.read(reader.take, true);
          await reader.taken(log.evidence());
          await reader.mark();
          say(`${path} was rotated: goes on in the new file`);
          const taken = next;
          next = undefined;
          return { log: taken, isDrained: true };
        }
        await pause(LOOK_MS, signal);
      }
    }
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    say(`cannot read ${path}: ${messageOf(error)}; tries again`);
    await pause(AGAIN_MS, signal);
    return { log: undefined, isDrained: false };
  } finally {
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
async function startOver(path: string, log: OpenLog, reader: Reader, options: FollowOptions): Promise<void> {
  const { signal, say, maxEventBytes } = options;
  const copy = await findRotated(path, reader.place);
  say(`${path} was truncated: goes on from its start`);
  if (copy) {
    await readFinished(copy.path, {
      from: reader.place.bytes,
      take: reader.take,
      isFinal: true,
      longestLine: maxEventBytes,
      signal,
      onTaken: evidence => (evidence ? reader.taken(evidence) : reader.takenSome()),
    });
    if (signal.aborted) return;
  }
  await log.seek(0);
  reader.begin(log.identity, await log.modified());
  await reader.mark();
}

/** Where the store says that the log was left, or where it begins at first sight. */
async function startingPlace(path: string, log: OpenLog | undefined, options: FollowOptions): Promise<LogPlace> {
  const { known, begin, maxEventBytes } = options;
  const stored = known?.position ?? 0;
  const place = logPlaceIn(known?.checkpoint ?? '');
  if (place) {
    // Events past the place that nobody can count again are not to be left out of what comes now.
    const isLost = stored > place.at && !(log && (await isIn(log, place))) && !(await findRotated(path, place));
    return isLost ? { ...place, at: stored } : place;
  }
  if (begin === 'end') await log?.seekEnd();
  const evidence = log?.evidence() ?? { bytes: 0, head: '', tail: '' };
  return {
    ...evidence,
    at: stored,
    part: 0,
    limit: maxEventBytes,
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
