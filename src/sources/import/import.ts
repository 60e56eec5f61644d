import { resolve } from 'node:path';
import { postEvents, type DeferredPosts, type PostEvents, type SourceServer } from '../../client/source.js';
import { TelemetryError } from '../../core/errors.js';
import type { EventSink } from '../../core/event.js';
import type { InputFormat } from '../../core/input-format.js';
import type { Rejections } from '../../formats/otlp/decode.js';
import { otlpDocuments } from '../../formats/otlp/documents.js';
import type { KeyName } from '../../formats/json/rename-keys.js';
import type { ExportNotes } from './exported-rows.js';
import { SourceSender } from '../shared/source-sender.js';
import { findStart, PATIENCE_MS, type ImportStart } from './find-start.js';
import { isFile, type Input } from '../shared/input.js';
import { sourceMembers, type Member } from '../shared/members.js';
import { pipeline } from './pipeline.js';
import { readEvents, type ReadParquet } from './read-events.js';
import type { RequestedFormat } from './input-format.js';
import type { OnBadLine } from './values.js';

/** Events of a pipe gather this long before they are sent: a commit costs the same for one event and for many. */
const GATHER_MS = 200;

/** Time for the server to store what was read after Ctrl-C. */
const LAST_ACK_MS = 5000;

/** A text that is not an event, and the reason. */
export interface Skipped {
  /** Counted from 1; in a Parquet file the row; undefined where the source has neither. */
  readonly line: number | undefined;
  readonly text: string;
  readonly reason: string;
  /** True when it is over the limit for events. */
  readonly isTooLarge?: boolean;
}

/** Options of an import. */
export interface IngestOptions {
  readonly server: SourceServer;
  /** The format given by the user. The rest comes from the earlier import, the name or the beginning of the file. */
  readonly readAs: RequestedFormat;
  readonly names: readonly KeyName[];
  /** Members added to every event that lacks them. */
  readonly members: readonly Member[];
  readonly cwd: string;
  /** True when an earlier import is repeated. */
  readonly again: boolean;
  /** In bytes. */
  readonly maxEventBytes: number;
  readonly signal: AbortSignal;
  readonly readParquet: ReadParquet;
  /** True when invalid lines are left out and the rest is stored. */
  readonly isSkipping: boolean;
  /** Called for each invalid line; an error thrown ends the file before it. */
  readonly onSkipped: (skipped: Skipped) => void;
  /** Takes a sentence for the user. */
  readonly onNote: (text: string) => Promise<void>;
  /** Called from time to time. */
  readonly onProgress: (progress: { readonly read: number; readonly events: number }) => void;
  /**
   * Opens the direct import of large inputs into segments, which the caller closes; undefined when the server has none.
   * @param journal stores what cannot go that way.
   */
  readonly openDirect?: ((journal: PostEvents, giveUp: AbortSignal) => Promise<DeferredPosts | undefined>) | undefined;
  /** An input of which more bytes than this are left to read is large. */
  readonly directFromBytes?: number | undefined;
}

/** By default. In some 50,000 events it comes to a few segments of a good size. */
const DIRECT_FROM_BYTES = 16 * 1024 * 1024;

/** Compressed events take some tenth of their bytes. */
const COMPRESSION = 10;

/** The result of importing a file. */
export interface Ingested {
  readonly reading: InputFormat;
  /** Events newly stored. */
  readonly events: number;
  /** Events already stored under their event_id. */
  readonly duplicates: number;
  /** Events stored by an earlier run, by another one at the same time, or by a request whose reply was lost. */
  readonly before: number;
}

/**
 * Imports a file and stores its events, continuing an earlier run. After an error, the events before it are stored.
 * @throws TelemetryError, and errors thrown by `onSkipped`.
 */
export async function ingest(
  input: Input,
  options: IngestOptions,
  report: (ingested: Ingested) => void,
): Promise<void> {
  const { server, signal, onProgress, onNote, names, members, maxEventBytes } = options;
  const how = JSON.stringify([names, members]);
  const start = await findStart(input, server, signal, { ...options, how });
  const { reading } = start.readAs;
  const giveUp = lastAck(signal);
  const sender = await openSender(start, options, giveUp.signal);
  const own = sourceMembers(isFile(input) ? resolve(options.cwd, input.name) : input.name, reading);
  const { sink, texts, notes } = pipeline(sender.sink, { reading, names, own, given: members, maxEventBytes });
  const before = Math.max(start.stored - start.begun, 0);
  let checkpoint = start.checkpoint;
  const badLines = new BadLines(options.onSkipped);
  const flusher = isFile(input) ? undefined : new Flusher(sender);
  const pass = async (): Promise<void> => {
    flusher?.throwIfFailed();
    await sender.pass(checkpoint);
    flusher?.sawEvents();
    onProgress({ read: input.read, events: sender.position - start.stored });
  };
  try {
    await readEvents(start.input, start.readAs, {
      ...options,
      sink: unfolded(sink, options),
      texts,
      members: [...own, ...members],
      signal: flusher?.signal ?? signal,
      offset: start.offset,
      lines: start.lines,
      onBadLine: badLines.take,
      async onOffset(next, good) {
        checkpoint = await start.checkpointAt(sender, next, good);
        await pass();
      },
      onNoOffset: pass,
    });
  } finally {
    try {
      await flusher?.end();
      // Events read before an error or an interruption are stored.
      await sender.flush(checkpoint);
    } finally {
      giveUp.end();
      const { stored: events, duplicates } = sender;
      report({ reading, events, duplicates, before: before + sender.before });
    }
  }
  await tellOfRows(input.name, notes, onNote);
  if (badLines.error) throw badLines.error;
  if (signal.aborted) throw new TelemetryError('interrupted', 'interrupted; what was read before is stored');
}

/** Opens the way to the store: past the journal for a large file, where the server has that. */
async function openSender(start: ImportStart, options: IngestOptions, giveUp: AbortSignal): Promise<SourceSender> {
  const { server, signal, onSkipped } = options;
  const journal: PostEvents = post => postEvents(post, server, { patience: PATIENCE_MS, signal, giveUp });
  const direct = isLarge(start, options) ? await options.openDirect?.(journal, giveUp) : undefined;
  return new SourceSender(start, {
    post: direct?.post ?? journal,
    settle: direct?.settle.bind(direct),
    listsEvents: direct !== undefined,
    onRefused: (event, error) =>
      onSkipped({
        line: undefined,
        text: event,
        reason: error.message,
        isTooLarge: error.message.includes('larger than'),
      }),
  });
}

/** True for a file of which much is left to read. A pipe may be silent for hours: its events are stored as they come. */
function isLarge({ input, readAs, offset }: ImportStart, { directFromBytes }: IngestOptions): boolean {
  if (!isFile(input)) return false;
  const isPacked = input.isCompressed || readAs.reading === 'parquet';
  const left = isPacked ? input.size * COMPRESSION : input.size - offset;
  return left > (directFromBytes ?? DIRECT_FROM_BYTES);
}

/** Splits OTLP documents: each span, log record and data point is an event. */
function unfolded(sink: EventSink, { maxEventBytes, isSkipping, onSkipped }: IngestOptions): EventSink {
  const onRejected = ({ count, first }: Rejections): void => {
    const what = count === 1 ? '1 OTLP record left out' : `${count} OTLP records left out, the first`;
    const reason = `${what}: ${first?.message}`;
    onSkipped({ line: undefined, text: '', reason });
  };
  return otlpDocuments(sink, { maxEventBytes, onRejected: isSkipping ? onRejected : undefined });
}

/** A signal that aborts some seconds after another, unless `end` is called before. */
function lastAck(signal: AbortSignal): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => void (timer = setTimeout(() => controller.abort(), LAST_ACK_MS));
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    end() {
      signal.removeEventListener('abort', onAbort);
      clearTimeout(timer);
    },
  };
}

/** The invalid lines of a file. An error that is thrown for one ends the file. */
class BadLines {
  readonly #onSkipped: IngestOptions['onSkipped'];
  #error: Error | undefined;

  constructor(onSkipped: IngestOptions['onSkipped']) {
    this.#onSkipped = onSkipped;
  }

  /** The error that ended the file. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Takes a line. Returns false when the file ends before it. */
  readonly take: OnBadLine = (line, text, { message, reason }) => {
    try {
      const isTooLarge = reason === 'event_too_large';
      this.#onSkipped({ line, text: text.toString(), reason: message, isTooLarge });
      return true;
    } catch (error) {
      this.#error = error as Error;
      return false;
    }
  };
}

/** Sends the events of a pipe soon after they arrive, while the pipe is silent. */
class Flusher {
  readonly #sender: SourceSender;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> = Promise.resolve();
  #error: unknown;

  constructor(sender: SourceSender) {
    this.#sender = sender;
  }

  /** Aborts when events cannot be sent: the pipe may be silent for hours. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Must be called after events were passed to the sender. */
  sawEvents(): void {
    if (this.#sender.isEmpty) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#sending = this.#sender.send('').catch((error: unknown) => {
        this.#error = error;
        this.#stop.abort();
      });
    }, GATHER_MS);
  }

  throwIfFailed(): void {
    if (this.#error !== undefined) throw this.#error as Error;
  }

  /** Waits for the request in flight. @throws the error that it failed with. */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#sending;
    this.throwIfFailed();
  }
}

async function tellOfRows(
  name: string,
  { payloads, binaries, leftOut }: ExportNotes,
  onNote: IngestOptions['onNote'],
): Promise<void> {
  if (payloads > 0) await onNote(`${name} holds rows of a query: their payloads are the events, as they were sent`);
  if (binaries > 0) await onNote(`${name}: binary messages (${binaries}) come back as text, in base64`);
  if (leftOut.size === 0) return;
  const columns = [...leftOut].join(', ');
  await onNote(
    `${name} holds rows of a query without payload: ${columns} cannot come back, since an event gets new ones; ` +
      'the other columns are its keys, and nulls are left out',
  );
}
