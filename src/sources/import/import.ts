import { resolve } from 'node:path';
import { postFeed, type FeedServer } from '../../client/feed.js';
import { TelemetryError } from '../../core/errors.js';
import type { EventSink } from '../../core/event.js';
import type { Reading } from '../../core/input-format.js';
import type { Rejections } from '../../formats/otlp/decode.js';
import { otlpDocuments } from '../../formats/otlp/documents.js';
import type { KeyName } from '../../formats/json/rename-keys.js';
import type { ExportNotes } from './exported-rows.js';
import { createFeeder, type Feeder } from '../shared/feeder.js';
import { findStart, PATIENCE_MS } from './find-start.js';
import { isFile, type Input } from '../shared/input.js';
import { sourceMembers, type Member } from '../shared/members.js';
import { pipeline } from './pipeline.js';
import { readEvents, type ReadParquet } from './read-events.js';
import type { AskedReading } from './input-format.js';

/** How long events of a pipe gather before they are sent: a commit costs the same for one and for many. */
const GATHER_MS = 200;

/** After Ctrl-C, how long the server may take to store what was read. */
const LAST_ACK_MS = 5000;

/** What was no event, and why. */
export interface Skipped {
  /** Counted from 1, in a Parquet file its row; undefined where the source has neither. */
  readonly line: number | undefined;
  readonly text: string;
  readonly reason: string;
}

/** How files are ingested. */
export interface IngestOptions {
  readonly server: FeedServer;
  /** What the user said of the type; the rest is what the name or the beginning says, or what it was before. */
  readonly readAs: AskedReading;
  readonly names: readonly KeyName[];
  /** Members that every event gets, unless it has one of the name. */
  readonly members: readonly Member[];
  readonly cwd: string;
  /** True when what was ingested before is ingested once more. */
  readonly again: boolean;
  /** In bytes. */
  readonly maxEventBytes: number;
  readonly signal: AbortSignal;
  readonly readParquet: ReadParquet;
  /** True when what is no event is left out and the rest is stored. */
  readonly isSkipping: boolean;
  /** Called with what is no event; what it throws ends the file before it. */
  readonly onSkipped: (skipped: Skipped) => void;
  /** Takes a sentence for the user. */
  readonly onNote: (text: string) => Promise<void>;
  /** Called now and then. */
  readonly onProgress: (progress: { readonly read: number; readonly events: number }) => void;
}

/** What became of a file. */
export interface Ingested {
  readonly reading: Reading;
  /** Events that are new in the store. */
  readonly events: number;
  /** Events that the store had by their event_id. */
  readonly duplicates: number;
  /** Events that an earlier run had stored. */
  readonly before: number;
}

/**
 * Reads a file to its end and stores its events, from where an earlier run was stopped. When it fails, what came before
 * is stored.
 * @throws TelemetryError, and what `onSkipped` throws.
 */
export async function ingest(
  input: Input,
  options: IngestOptions,
  report: (ingested: Ingested) => void,
): Promise<void> {
  const { server, signal, onSkipped, onProgress, onNote, names, members, maxEventBytes } = options;
  const how = JSON.stringify([names, members]);
  const start = await findStart(input, server, signal, { ...options, how });
  const { reading } = start.readAs;
  const giveUp = lastAck(signal);
  const feeder = createFeeder(start, {
    post: post => postFeed(post, server, { patience: PATIENCE_MS, signal, giveUp: giveUp.signal }),
    onRefused: (event, error) => onSkipped({ line: undefined, text: event, reason: error.message }),
  });
  const own = sourceMembers(isFile(input) ? resolve(options.cwd, input.name) : input.name, reading);
  const { sink, texts, notes } = pipeline(feeder.sink, { reading, names, own, given: members, maxEventBytes });
  const before = Math.max(start.stored - start.begun, 0);
  let checkpoint = start.checkpoint;
  let stopped: Error | undefined;
  const flusher = isFile(input) ? undefined : new Flusher(feeder);
  const pass = async (): Promise<void> => {
    flusher?.throwIfFailed();
    await feeder.pass(checkpoint);
    flusher?.sawEvents();
    onProgress({ read: input.read, events: feeder.position - start.stored });
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
      onBadLine(line, text, { message }) {
        try {
          onSkipped({ line, text: text.toString(), reason: message });
          return true;
        } catch (error) {
          stopped = error as Error;
          return false;
        }
      },
      async onPlace(place, good) {
        checkpoint = await start.checkpointAt(feeder, place, good);
        await pass();
      },
      onNoPlace: pass,
    });
  } finally {
    try {
      await flusher?.end();
      // What was read before an error or an interruption counts.
      await feeder.flush(checkpoint);
    } finally {
      giveUp.end();
      report({ reading, events: feeder.stored, duplicates: feeder.duplicates, before });
    }
  }
  await tellOfRows(input.name, notes, onNote);
  if (stopped) throw stopped;
  if (signal.aborted) throw new TelemetryError('interrupted', 'interrupted; what was read before is stored');
}

/** Spans, log records and data points of OTLP documents are events by themselves. */
function unfolded(sink: EventSink, { maxEventBytes, isSkipping, onSkipped }: IngestOptions): EventSink {
  const onRejected = ({ count, first }: Rejections): void => {
    const what = count === 1 ? '1 OTLP record left out' : `${count} OTLP records left out, the first`;
    const reason = `${what}: ${first?.message}`;
    onSkipped({ line: undefined, text: '', reason });
  };
  return otlpDocuments(sink, { maxEventBytes, onRejected: isSkipping ? onRejected : undefined });
}

/** A signal that comes some seconds after another, unless `end` is called before. */
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

/** Sends what came of a pipe soon after it came, while the pipe is silent. */
class Flusher {
  readonly #feeder: Feeder;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> = Promise.resolve();
  #error: unknown;

  constructor(feeder: Feeder) {
    this.#feeder = feeder;
  }

  /** Aborts when what came cannot be sent: the pipe may be silent for hours. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** To be called after events were handed to the feeder. */
  sawEvents(): void {
    if (this.#feeder.isEmpty) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#sending = this.#feeder.send('').catch((error: unknown) => {
        this.#error = error;
        this.#stop.abort();
      });
    }, GATHER_MS);
  }

  throwIfFailed(): void {
    if (this.#error !== undefined) throw this.#error as Error;
  }

  /** Waits for what is under way. @throws what became of it. */
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
