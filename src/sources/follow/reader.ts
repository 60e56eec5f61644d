import { postFeed, type FeedServer } from '../../client/feed.js';
import type { FeedState } from '../../core/source.js';
import type { LineReading } from '../../core/input-format.js';
import type { TakeBlock } from '../shared/blocks.js';
import type { Evidence } from '../shared/fingerprint.js';
import { createFeeder } from '../shared/feeder.js';
import { lineFormat, type LineFormat } from '../shared/line-formats.js';
import { LogLines } from '../shared/log-lines.js';
import { addingMembers, type Member } from '../shared/members.js';

import type { Notes } from './notes.js';
import { withPassed, type LogPlace } from './place.js';

/** Most logs of a pattern are silent most of the time. */
const BUFFER_BYTES = 64 * 1024;

/** What the lines of a log are read as. */
export interface LogReading {
  readonly reading: LineReading;
  /** Of `regex`. */
  readonly pattern?: string | undefined;
}

/** What a log is read with. */
export interface ReaderOptions {
  readonly source: string;
  /** What the store knows of it; undefined at first sight. */
  readonly known: FeedState | undefined;
  /** What lines are read as; undefined: as before, at first as text. */
  readonly as: LogReading | undefined;
  /** Members that every event gets, unless it has one of the name. */
  readonly members: readonly Member[];
  readonly server: FeedServer;
  /** In bytes. */
  readonly maxEventBytes: number;
  readonly signal: AbortSignal;
  readonly notes: Notes;
}

/** Makes the lines of a log events, sends them, and knows how far it is. */
export interface Reader {
  readonly place: LogPlace;
  readonly take: TakeBlock;
  /** So much of the file is taken. Waits while the server is behind. */
  taken(evidence: Evidence): Promise<void>;
  /** Something is taken, but where cannot be told before the end of the file. */
  takenSome(): Promise<void>;
  /** What was read of the file is remembered, and another begins. */
  begin(file: string, since: number): void;
  /** The place is in this file now, which holds what was read. */
  moveTo(file: string): void;
  /** Waits until what was taken is on disk. */
  send(): Promise<void>;
  /** The same, and the store knows the place. */
  mark(): Promise<void>;
}

const NOTHING: Evidence = { bytes: 0, head: '', tail: '' };

/** Goes on at a place. */
export function createReader(start: LogPlace, options: ReaderOptions): Reader {
  const { source, known, server, maxEventBytes, signal, notes, members } = options;
  const stored = known?.position ?? 0;
  const before: LogReading = { reading: start.reading ?? 'text', pattern: start.pattern };
  const as = options.as ?? before;
  let place = start;
  /** The last place that reading can begin at. */
  let safe = start;
  const feeder = createFeeder(
    { source, stored, at: start.at, checkpoint: known?.checkpoint ?? '' },
    {
      post: post => postFeed(post, server, { patience: Infinity, signal }),
      bufferBytes: BUFFER_BYTES,
      onRefused: (_event, { message }) => notes.add(`an event is left out: ${message}`),
    },
  );
  /** True while events are read that are stored: with what they were read with then, they have the same numbers. */
  const isStored = (): boolean => feeder.position < stored;
  const limit = (): number => (isStored() ? start.limit : maxEventBytes);
  const formatOf = ({ reading, pattern }: LogReading): LineFormat =>
    lineFormat(reading, { pattern, now: () => Date.now(), limit });
  const format = formatOf(as);
  const isAsBefore = start.limit === maxEventBytes && as.reading === before.reading && as.pattern === before.pattern;
  const formerFormat = isAsBefore ? format : formatOf(before);
  const lines = new LogLines({
    format: () => (isStored() ? formerFormat : format),
    members,
    objects: addingMembers(members, feeder.sink, maxEventBytes),
    texts: (bytes, from, to) => feeder.sink(bytes, from, to),
    part: start.part,
    limit,
    onBad(_line, _text, { message }) {
      notes.add(`a line is kept as text: ${message}`);
      return 'text';
    },
    onCut: () => notes.add(`a line over ${maxEventBytes} bytes is kept in pieces`),
  });

  function at(changes: Partial<LogPlace>): LogPlace {
    const how = isStored() ? { ...before, limit: start.limit } : { ...as, limit: maxEventBytes };
    return { ...place, at: feeder.position, part: lines.part, ...how, ...changes };
  }

  function moved(to: LogPlace): void {
    place = to;
    if (!lines.isPending) safe = place;
  }

  const checkpoint = (): string => JSON.stringify(safe);

  return {
    get place() {
      return place;
    },
    take: (block, isLast) => lines.take(block, isLast),
    async taken({ bytes, head, tail }) {
      moved(at({ bytes, head, tail }));
      await feeder.pass(checkpoint());
    },
    takenSome: () => feeder.pass(checkpoint()),
    begin(file, since) {
      lines.end();
      moved(at({ ...NOTHING, file, since, part: 0, passed: withPassed(place) }));
    },
    moveTo(file) {
      place = { ...place, file };
      safe = { ...safe, file };
    },
    send: () => feeder.send(checkpoint()),
    async mark() {
      const marked = checkpoint();
      // What is sent from now on is after this place, too.
      await feeder.send(marked);
      await feeder.flush(marked);
    },
  };
}
