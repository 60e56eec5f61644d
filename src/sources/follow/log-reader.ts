import { postEvents, type SourceServer } from '../../client/source.js';
import type { SourceState } from '../../core/source.js';
import type { LineInputFormat } from '../../core/input-format.js';
import type { TakeBlock } from '../shared/blocks.js';
import type { Fingerprint } from '../shared/fingerprint.js';
import { createSourceSender } from '../shared/source-sender.js';
import { lineFormat, type LineFormat } from '../shared/line-formats.js';
import { LogLines } from '../shared/log-lines.js';
import { addingMembers, type Member } from '../shared/members.js';

import type { Notes } from './notes.js';
import { withPassed, type LogOffset } from './log-offset.js';

/** A small buffer: most logs of a pattern are silent most of the time. */
const BUFFER_BYTES = 64 * 1024;

/** The format of a log's lines. */
export interface LogFormat {
  readonly reading: LineInputFormat;
  /** Of `regex`. */
  readonly pattern?: string | undefined;
}

/** Options of {@link createLogReader}. */
export interface ReaderOptions {
  readonly source: string;
  /** The source as the store knows it; undefined at first sight. */
  readonly known: SourceState | undefined;
  /** The format of the lines; undefined: as before, text at first. */
  readonly as: LogFormat | undefined;
  /** Members added to every event that lacks them. */
  readonly members: readonly Member[];
  readonly server: SourceServer;
  /** In bytes. */
  readonly maxEventBytes: number;
  readonly signal: AbortSignal;
  readonly notes: Notes;
}

/** Turns the lines of a log into events, sends them and tracks the offset. */
export interface LogReader {
  readonly offset: LogOffset;
  readonly take: TakeBlock;
  /** The file is read up to this fingerprint. Waits while the server is behind. */
  taken(fingerprint: Fingerprint): Promise<void>;
  /** Some bytes are read, but their offset is known only at the end of the file. */
  takenSome(): Promise<void>;
  /** Remembers the current file as read and begins another. */
  begin(file: string, since: number): void;
  /** The offset is in this file now, which holds the same bytes. */
  moveTo(file: string): void;
  /** Waits until everything taken is on disk. */
  send(): Promise<void>;
  /** As {@link LogReader.send}, and stores the checkpoint. */
  mark(): Promise<void>;
}

const NOTHING: Fingerprint = { bytes: 0, head: '', tail: '' };

/**
 * Creates a reader that continues at an offset.
 * Over 60 lines: the sender, the lines and the offset refer to each other.
 */
export function createLogReader(start: LogOffset, options: ReaderOptions): LogReader {
  const { source, known, server, maxEventBytes, signal, notes, members } = options;
  const stored = known?.position ?? 0;
  const before: LogFormat = { reading: start.reading ?? 'text', pattern: start.pattern };
  const as = options.as ?? before;
  let offset = start;
  /** The last offset that reading can begin at. */
  let safe = start;
  const sender = createSourceSender(
    { source, stored, at: start.at, checkpoint: known?.checkpoint ?? '' },
    {
      post: post => postEvents(post, server, { patience: Infinity, signal }),
      bufferBytes: BUFFER_BYTES,
      onRefused: (_event, { message }) => notes.add(`an event is left out: ${message}`),
    },
  );
  /** True while stored events are read again: the format used then numbers them the same. */
  const isStored = (): boolean => sender.position < stored;
  const limit = (): number => (isStored() ? start.limit : maxEventBytes);
  const formatOf = ({ reading, pattern }: LogFormat): LineFormat =>
    lineFormat(reading, { pattern, now: () => Date.now(), limit });
  const format = formatOf(as);
  const isAsBefore = start.limit === maxEventBytes && as.reading === before.reading && as.pattern === before.pattern;
  const formerFormat = isAsBefore ? format : formatOf(before);
  const lines = new LogLines({
    format: () => (isStored() ? formerFormat : format),
    members,
    objects: addingMembers(members, sender.sink, maxEventBytes),
    texts: (bytes, from, to) => sender.sink(bytes, from, to),
    part: start.part,
    limit,
    onBad(_line, _text, { message }) {
      notes.add(`a line is kept as text: ${message}`);
      return 'text';
    },
    onCut: () => notes.add(`a line over ${maxEventBytes} bytes is kept in pieces`),
  });

  function at(changes: Partial<LogOffset>): LogOffset {
    const how = isStored() ? { ...before, limit: start.limit } : { ...as, limit: maxEventBytes };
    return { ...offset, at: sender.position, part: lines.part, ...how, ...changes };
  }

  function moved(to: LogOffset): void {
    offset = to;
    if (!lines.isPending) safe = offset;
  }

  const checkpoint = (): string => JSON.stringify(safe);

  return {
    get offset() {
      return offset;
    },
    take: (block, isLast) => lines.take(block, isLast),
    async taken({ bytes, head, tail }) {
      moved(at({ bytes, head, tail }));
      await sender.pass(checkpoint());
    },
    takenSome: () => sender.pass(checkpoint()),
    begin(file, since) {
      lines.end();
      moved(at({ ...NOTHING, file, since, part: 0, passed: withPassed(offset) }));
    },
    moveTo(file) {
      offset = { ...offset, file };
      safe = { ...safe, file };
    },
    send: () => sender.send(checkpoint()),
    async mark() {
      const marked = checkpoint();
      // Later events follow this offset, too.
      await sender.send(marked);
      await sender.flush(marked);
    },
  };
}
