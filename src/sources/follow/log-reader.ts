import { postEvents, type SourceServer } from '../../client/source.js';
import type { SourceState } from '../../core/source.js';
import type { LineInputFormat } from '../../core/input-format.js';
import type { TakeBlock } from '../shared/blocks.js';
import type { Fingerprint } from '../shared/fingerprint.js';
import { SourceSender } from '../shared/source-sender.js';
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

/** Options of {@link LogReader}. */
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

const NOTHING: Fingerprint = { bytes: 0, head: '', tail: '' };

/** Turns the lines of a log into events, sends them and tracks the offset. */
export class LogReader {
  readonly #start: LogOffset;
  readonly #options: ReaderOptions;
  /** The format that the stored events were read with. */
  readonly #before: LogFormat;
  readonly #as: LogFormat;
  readonly #stored: number;
  readonly #sender: SourceSender;
  readonly #lines: LogLines;
  #offset: LogOffset;
  /** The last offset that reading can begin at. */
  #safe: LogOffset;

  /** Continues at an offset. */
  constructor(start: LogOffset, options: ReaderOptions) {
    const { source, known, server, signal, notes } = options;
    this.#start = this.#offset = this.#safe = start;
    this.#options = options;
    this.#before = { reading: start.reading ?? 'text', pattern: start.pattern };
    this.#as = options.as ?? this.#before;
    this.#stored = known?.position ?? 0;
    this.#sender = new SourceSender(
      { source, stored: this.#stored, at: start.at, checkpoint: known?.checkpoint ?? '' },
      {
        post: post => postEvents(post, server, { patience: Infinity, signal }),
        bufferBytes: BUFFER_BYTES,
        onRefused: (_event, { message }) => notes.add(`an event is left out: ${message}`),
      },
    );
    this.#lines = this.#createLines();
  }

  /** The offset read so far. */
  get offset(): LogOffset {
    return this.#offset;
  }

  /** Takes lines of the file. */
  readonly take: TakeBlock = (block, isLast) => this.#lines.take(block, isLast);

  /** The file is read up to this fingerprint. Waits while the server is behind. */
  async taken({ bytes, head, tail }: Fingerprint): Promise<void> {
    this.#moveBy({ bytes, head, tail });
    await this.#sender.pass(this.#checkpoint());
  }

  /** Some bytes are read, but their offset is known only at the end of the file. */
  takenSome(): Promise<void> {
    return this.#sender.pass(this.#checkpoint());
  }

  /** Remembers the current file as read and begins another. */
  begin(file: string, since: number): void {
    this.#lines.end();
    this.#moveBy({ ...NOTHING, file, since, part: 0, passed: withPassed(this.#offset) });
  }

  /** The offset is in this file now, which holds the same bytes. */
  moveTo(file: string): void {
    this.#offset = { ...this.#offset, file };
    this.#safe = { ...this.#safe, file };
  }

  /** Waits until everything taken is on disk. */
  send(): Promise<void> {
    return this.#sender.send(this.#checkpoint());
  }

  /** As {@link LogReader.send}, and stores the checkpoint. */
  async mark(): Promise<void> {
    const marked = this.#checkpoint();
    // Later events follow this offset, too.
    await this.#sender.send(marked);
    await this.#sender.flush(marked);
  }

  #createLines(): LogLines {
    const { maxEventBytes, notes, members } = this.#options;
    const { limit, part } = this.#start;
    const format = this.#formatOf(this.#as);
    const isAsBefore =
      limit === maxEventBytes && this.#as.reading === this.#before.reading && this.#as.pattern === this.#before.pattern;
    const formerFormat = isAsBefore ? format : this.#formatOf(this.#before);
    return new LogLines({
      format: () => (this.#isStored() ? formerFormat : format),
      members,
      objects: addingMembers(members, this.#sender.sink, maxEventBytes),
      texts: (bytes, from, to) => this.#sender.sink(bytes, from, to),
      part,
      limit: () => this.#limit(),
      onBad(_line, _text, { message }) {
        notes.add(`a line is kept as text: ${message}`);
        return 'text';
      },
      onCut: () => notes.add(`a line over ${maxEventBytes} bytes is kept in pieces`),
    });
  }

  /** True while stored events are read again: the format used then numbers them the same. */
  #isStored(): boolean {
    return this.#sender.position < this.#stored;
  }

  #limit(): number {
    return this.#isStored() ? this.#start.limit : this.#options.maxEventBytes;
  }

  #formatOf({ reading, pattern }: LogFormat): LineFormat {
    return lineFormat(reading, { pattern, now: () => Date.now(), limit: () => this.#limit() });
  }

  #moveBy(changes: Partial<LogOffset>): void {
    const how = this.#isStored()
      ? { ...this.#before, limit: this.#start.limit }
      : { ...this.#as, limit: this.#options.maxEventBytes };
    this.#offset = { ...this.#offset, at: this.#sender.position, part: this.#lines.part, ...how, ...changes };
    if (!this.#lines.isPending) this.#safe = this.#offset;
  }

  #checkpoint(): string {
    return JSON.stringify(this.#safe);
  }
}
