import { postFeed, type FeedServer } from '../client/feed.js';
import type { FeedState } from '../core/feed.js';
import type { TakeBlock } from '../feeds/blocks.js';
import type { Evidence } from '../feeds/evidence.js';
import { createFeeder } from '../feeds/feeder.js';
import { logLines } from './log-lines.js';
import type { Notes } from './notes.js';
import { withPassed, type LogPlace } from './place.js';

/** Most logs of a pattern are silent most of the time. */
const BUFFER_BYTES = 64 * 1024;

/** What a log is read with. */
export interface ReaderOptions {
  readonly source: string;
  /** What the store knows of it; undefined at first sight. */
  readonly known: FeedState | undefined;
  /** The name that events bear. */
  readonly file: string;
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
  const { source, known, file, server, maxEventBytes, signal, notes } = options;
  const stored = known?.position ?? 0;
  let place = start;
  const feeder = createFeeder(
    { source, stored, at: start.at, checkpoint: known?.checkpoint ?? '' },
    {
      post: post => postFeed(post, server, { patience: Infinity, signal }),
      bufferBytes: BUFFER_BYTES,
      onRefused: (_event, { message }) => notes.add(`an event is left out: ${message}`),
    },
  );
  const lines = logLines(feeder.sink, {
    file,
    part: start.part,
    // What is stored was cut by the limit of then.
    limit: () => (feeder.position < stored ? start.limit : maxEventBytes),
    onCut: () => notes.add(`a line over ${maxEventBytes} bytes is kept in pieces`),
    onBroken: () => notes.add('a line is no UTF-8: what is broken in it is replaced by U+FFFD'),
  });

  function at(changes: Partial<LogPlace>): LogPlace {
    return { ...place, at: feeder.position, part: lines.part, limit: maxEventBytes, ...changes };
  }

  return {
    get place() {
      return place;
    },
    take: lines.take,
    async taken({ bytes, head, tail }) {
      place = at({ bytes, head, tail });
      await feeder.pass(JSON.stringify(place));
    },
    takenSome: () => feeder.pass(JSON.stringify(place)),
    begin(file, since) {
      place = at({ ...NOTHING, file, since, part: (lines.part = 0), passed: withPassed(place) });
    },
    moveTo(file) {
      place = { ...place, file };
    },
    send: () => feeder.send(JSON.stringify(place)),
    async mark() {
      const checkpoint = JSON.stringify(place);
      // What is sent from now on is after this place, too.
      await feeder.send(checkpoint);
      await feeder.flush(checkpoint);
    },
  };
}
