import { randomUUID } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { listFeeds, postFeed, type FeedServer } from '../client/feed.js';
import type { EventSink } from '../core/event.js';
import { ONCE, type FeedState } from '../core/feed.js';
import type { Reading } from '../core/reading.js';
import type { Rejections } from '../decode/otlp/decode.js';
import { otlpDocuments } from '../decode/otlp/documents.js';
import { renameKeys, type KeyName } from '../decode/rename-keys.js';
import { evidenceOf, type Evidence } from './evidence.js';
import { createFeeder, type Feeder } from './feeder.js';
import { findFeed, identityOf } from './find-feed.js';
import { isFile, type FileInput, type Input } from './input.js';
import type { Place } from './place.js';
import { readEvents, type ReadParquet } from './read-events.js';
import { readingOf } from './reading.js';
import { followText } from './text-trail.js';

/** How long a server that is away or busy is waited for, in milliseconds: a restart takes some seconds. */
const PATIENCE_MS = 60_000;

const KIND = 'ingest';

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
  /** Undefined: what the name or the beginning says. */
  readonly reading: Reading | undefined;
  readonly names: readonly KeyName[];
  /** Whether what was ingested before is ingested once more. */
  readonly again: boolean;
  /** In bytes. */
  readonly maxEventBytes: number;
  readonly signal: AbortSignal;
  readonly readParquet: ReadParquet;
  /** Whether what is no event is left out; otherwise `onSkipped` throws. */
  readonly isSkipping: boolean;
  /** Told of what is no event; what it throws ends the file before it. */
  readonly onSkipped: (skipped: Skipped) => void;
  /** Told why a file is imported all over that has the name of one that was imported before. */
  readonly onAnew: (why: string) => Promise<void>;
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
  const { server, signal, onSkipped, onProgress } = options;
  const reading = options.reading ?? readingOf(input.name, input.beginning);
  const start = await startOf(input, reading, options);
  const feeder = createFeeder(start, {
    post: post => postFeed(post, server, { patience: PATIENCE_MS, signal }),
    onRefused: (event, error) => onSkipped({ line: undefined, text: event, reason: error.message }),
  });
  const before = Math.max(start.stored - start.begun, 0);
  let checkpoint = start.checkpoint;
  let stopped: Error | undefined;
  try {
    await readEvents(start.input, reading, {
      ...options,
      sink: unfolded(named(feeder.sink, options), options),
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
        await feeder.pass(checkpoint);
        onProgress({ read: input.read, events: feeder.position - start.stored });
      },
    });
  } finally {
    // What was read before an error or an interruption counts.
    await feeder.flush(checkpoint);
    const events = feeder.stored;
    report({ reading, events, duplicates: feeder.duplicates, before });
  }
  if (stopped) throw stopped;
}

function named(sink: EventSink, { names, maxEventBytes }: IngestOptions): EventSink {
  return names.length === 0 ? sink : renameKeys(names, sink, { maxEventBytes });
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

interface Start {
  readonly source: string;
  /** What is read from there. */
  readonly input: Input;
  readonly at: number;
  readonly checkpoint: string;
  readonly stored: number;
  /** The number of the last event before this file's first. */
  readonly begun: number;
  readonly offset: number;
  readonly lines: number;
  checkpointAt(feeder: Feeder, place?: { offset: number; lines: number }, good?: number): Promise<string>;
}

async function startOf(input: Input, reading: Reading, options: IngestOptions): Promise<Start> {
  if (isFile(input)) return startOfFile(input, reading, options);
  const nothing = { at: 0, stored: 0, begun: 0, offset: 0, lines: 0, checkpoint: '' };
  return { ...nothing, source: `${ONCE}${randomUUID()}`, input, checkpointAt: () => Promise.resolve('') };
}

async function startOfFile(
  input: FileInput,
  reading: Reading,
  { server, signal, again, names, onAnew }: IngestOptions,
): Promise<Start> {
  const { file, name, isCompressed, size } = input;
  const path = await realpath(name);
  const identity = await identityOf(file);
  const readAs = [reading, ...names.map(({ to, from }) => `${to}=${from}`)].join(' ');
  const feeds: readonly FeedState[] = await listFeeds(`${KIND}:`, server, { patience: PATIENCE_MS, signal });
  const { source, stored, place, former } = await findFeed(feeds, { kind: KIND, path, input, reading: readAs });
  if (former && !again) {
    const how = former.reading === readAs ? 'and its bytes are others now' : `as ${former.reading}, not ${readAs}`;
    await onAnew(`${name} was imported before, ${how}: imports all of it`);
  }
  const known = again ? undefined : place;
  const { at, offset, lines, begun, bytes } = known ?? { at: stored, offset: 0, lines: 0, begun: stored, bytes: 0 };
  const trail = isCompressed ? followText(input) : undefined;
  const checkpointOf = async (to: { at: number; offset: number; lines: number }, good: number, text?: Evidence) =>
    JSON.stringify({
      ...(await evidenceOf(file, isCompressed ? size : good)),
      ...to,
      ...(text && { text }),
      begun,
      file: identity,
      reading: readAs,
    } satisfies Place);
  return {
    source,
    input: trail ? { ...input, chunks: trail.chunks } : input,
    at,
    checkpoint: await checkpointOf({ at, offset, lines }, bytes, known?.text),
    stored,
    begun,
    offset,
    lines,
    async checkpointAt(feeder, to, good) {
      const text = await trail?.evidenceAt(to?.offset ?? good ?? trail.read);
      if (!to) return checkpointOf({ at, offset: 0, lines: 0 }, good ?? input.read, text);
      const isRows = reading === 'parquet';
      return checkpointOf({ at: feeder.position, ...to }, isRows ? size : to.offset, isRows ? undefined : text);
    },
  };
}
