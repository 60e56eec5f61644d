import {
  POSTED_META,
  type DeferredPosts,
  type PostedEvents,
  type PostEvents,
  type SourceCounts,
  type SourcePost,
  type SourceReceipt,
} from '../../client/source.js';
import type { Micros } from '../../core/duration.js';
import { messageOf, TelemetryError } from '../../core/errors.js';
import { ENCODING, type EventMeta, type EventSink } from '../../core/event.js';
import { faultPoint } from '../../core/fault-point.js';
import { DecodeError } from '../../formats/decoder.js';
import { jsonStream } from '../../formats/json/stream.js';
import type { ImportArchive } from '../../store/archive/seal/import-archive.js';
import type { ImportBatch } from '../../store/archive/seal/import-batch.js';
import type { NewSegment } from '../../store/catalog/segments.js';
import { packHashes } from '../../store/journal/imported-batch.js';
import { registerImported } from '../../store/journal/register-imported.js';
import type { StreamOpening } from '../../store/journal/batch.js';
import type { WriterThread } from '../../store/journal/start-writer-thread.js';
import type { StreamIds } from '../../store/journal/writer.js';
import { ReceiptCounts } from './receipt-counts.js';

/** The transport of the streams of imports that are sealed directly. */
const TRANSPORT = 'ingest';

/** Events that are taken before other work of the thread has its turn: some two milliseconds. */
const EVENTS_A_TURN = 512;

/** A larger event is not for lines: of one that is not quoted DuckDB makes many copies. */
const MAX_LINE_EVENT_BYTES = 1024 * 1024;

const CARRIAGE_RETURN = 0x0d;

/** Batches that may be stored through the journal after all: past that, others write to the store at the same time. */
const MAX_DETOURS = 3;

const NEWLINE = 0x0a;

/** The parts of a server that direct imports need. */
export interface DirectPostsOptions {
  /** In bytes. */
  readonly maxEventBytes: number;
  /** The present, in microseconds since 1970. */
  readonly now: () => Micros;
  /** The processors that each event passes. */
  readonly process: (sink: EventSink) => EventSink;
  /** Maps the opening of a stream to its stored form. */
  readonly describe: (opening: Omit<StreamOpening, 'id' | 'startedAt'>) => Omit<StreamOpening, 'id' | 'startedAt'>;
  /** True for a text that may be stored unchanged. */
  readonly mayKeep: (text: string) => boolean;
  readonly thread: WriterThread;
  readonly streams: StreamIds;
  /** Called with events that are on disk. */
  readonly onStored: (transport: string, stored: number, duplicates: number) => void;
}

/** The parts of one import. */
export interface DirectPostsParts extends DirectPostsOptions {
  /** Stores the posts that cannot go this way. */
  readonly journal: PostEvents;
  /** Undefined when the archive is not available. */
  readonly archive: () => Promise<ImportArchive | undefined>;
  /** Called with the segments of each batch. */
  readonly onSealed: (segments: readonly NewSegment[]) => void;
}

/** A post in a batch. */
interface KeptPost {
  readonly post: SourcePost;
  /** The number of the last event that was taken. */
  upTo: number;
  /** Set when the event after it was refused. */
  refused: DecodeError | undefined;
}

interface Batch {
  readonly lines: ImportBatch;
  readonly posts: KeptPost[];
}

/** `overtaken`: other events came first. An error is one of writing the segments, or of the journal. */
type Outcome = 'registered' | 'overtaken' | Error;

/**
 * Collects the posts of a source in batches and writes these to segments, one while the next is decoded. A batch gets
 * ids that follow those of the store and counts once they do when it is registered. Otherwise its posts are stored
 * through the journal, as are posts with events that are too large for lines.
 */
export class DirectPosts implements DeferredPosts {
  readonly #options: DirectPostsParts;
  #archive: ImportArchive | undefined;
  #batch: Batch | undefined;
  #writing: { readonly batch: Batch; readonly outcome: Promise<Outcome> } | undefined;
  readonly #counts = new ReceiptCounts();
  #detours = 0;
  #stream = 0;

  constructor(options: DirectPostsParts) {
    this.#options = options;
  }

  readonly post = async (post: SourcePost): Promise<SourceReceipt> => {
    const { events } = post;
    const batch = events && (await this.#isFit(post, events)) ? await this.#begin() : undefined;
    if (!events || !batch) return this.#past(post);
    const kept: KeptPost = { post, upTo: post.position, refused: undefined };
    batch.posts.push(kept);
    await this.#take(batch.lines, kept, events);
    if (batch.lines.isFull) await this.#cut();
    return this.#receipt(kept.upTo, kept.refused);
  };

  async settle(): Promise<SourceCounts> {
    await this.#cut();
    await this.#settled();
    return this.#receipt(0);
  }

  /** False for a post that the journal has to store. */
  async #isFit({ source, checkpoint }: SourcePost, { ends }: PostedEvents): Promise<boolean> {
    const { mayKeep, archive } = this.#options;
    if (ends.length === 0 || this.#detours >= MAX_DETOURS || !mayKeep(source) || !mayKeep(checkpoint)) return false;
    if (ends.some((end, i) => end - (ends[i - 1] ?? 0) > MAX_LINE_EVENT_BYTES)) {
      this.#detours++;
      return false;
    }
    this.#archive ??= await archive();
    if (!this.#archive) this.#detours = MAX_DETOURS;
    return this.#archive !== undefined;
  }

  /** The batch to add posts to; undefined when there is too much in the journal. */
  async #begin(): Promise<Batch | undefined> {
    if (this.#batch) return this.#batch;
    const archive = this.#archive!;
    const { streams } = this.#options;
    if (!this.#writing && !(await this.#sealsJournal(archive))) {
      this.#detours = MAX_DETOURS;
      return undefined;
    }
    this.#stream = streams.allotStream();
    this.#batch = { lines: archive.newBatch(this.#stream, this.#writing?.batch.lines.nextId), posts: [] };
    return this.#batch;
  }

  async #sealsJournal(archive: ImportArchive): Promise<boolean> {
    try {
      return await archive.sealJournal();
    } catch {
      // The command seals the journal at its end, and reports why that cannot be done.
      return false;
    }
  }

  /** Adds the events of a post to a batch, up to one that is refused. */
  async #take(lines: ImportBatch, kept: KeptPost, { ends, meta }: PostedEvents): Promise<void> {
    const { process, maxEventBytes, now } = this.#options;
    const { body } = kept.post;
    const text = Buffer.from(body.buffer, body.byteOffset, body.length);
    lines.begin(now(), countLines(text) !== ends.length || text.includes(CARRIAGE_RETURN));
    const sink = process(lines.sink);
    const event: EventMeta = { shape: 0, encoding: ENCODING.none, idStart: -1, idEnd: -1 };
    let start = 0;
    try {
      for (let i = 0; i < ends.length; i++) {
        const end = ends[i]! - 1;
        const at = i * POSTED_META;
        event.shape = meta[at]!;
        event.encoding = meta[at + 1] as EventMeta['encoding'];
        event.idStart = meta[at + 2]!;
        event.idEnd = meta[at + 3]!;
        if (event.shape !== 0 && end - start <= maxEventBytes) sink(text, start, end, event);
        else decodeOne(sink, text.subarray(start, end + 1), maxEventBytes);
        kept.upTo++;
        start = end + 1;
        if (i % EVENTS_A_TURN === EVENTS_A_TURN - 1) await new Promise(resolve => setImmediate(resolve));
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      kept.refused = error;
    }
  }

  /** Stores a post through the journal, after all others. */
  async #past(post: SourcePost): Promise<SourceReceipt> {
    await this.#cut();
    await this.#settled();
    const receipt = await this.#options.journal(post);
    this.#counts.add(receipt);
    return { ...receipt, ...this.#counts.take() };
  }

  /** Begins to write the batch, once the one before is registered. */
  async #cut(): Promise<void> {
    if (!this.#batch || !(await this.#settled())) return;
    const batch = this.#batch;
    this.#batch = undefined;
    if (batch.posts.length === 0) return;
    this.#writing = { batch, outcome: this.#write(batch).catch((error: unknown) => asError(error)) };
  }

  /**
   * Waits for the batch that is being written.
   * @returns false when it could not be registered: all posts so far are stored through the journal then.
   */
  async #settled(): Promise<boolean> {
    if (!this.#writing) return true;
    const { batch, outcome } = this.#writing;
    const result = await outcome;
    this.#writing = undefined;
    if (result === 'registered') return true;
    const posts = [batch, ...(this.#batch ? [this.#batch] : [])].flatMap(each => each.posts);
    this.#batch = undefined;
    this.#archive!.forget();
    this.#detours = result === 'overtaken' ? this.#detours + 1 : MAX_DETOURS;
    for (const { post, upTo, refused: before } of posts) {
      const receipt = await this.#options.journal(post);
      const { refused, position } = receipt;
      this.#counts.add(receipt);
      // The sender has its receipt, and continues after the event that was refused then.
      if (refused && !(before && position === upTo)) throw refused;
    }
    return false;
  }

  async #write({ lines, posts }: Batch): Promise<Outcome> {
    const archive = this.#archive!;
    const [first, last] = [posts[0]!, posts.at(-1)!];
    const loaded = lines.finish();
    faultPoint('import:lines');
    const segments = loaded.events > 0 ? await archive.write(lines, loaded) : [];
    faultPoint('import:before-register');
    const { now, describe, thread } = this.#options;
    const at = now();
    const opening = describe({ transport: TRANSPORT, remote: undefined, path: undefined, headers: '{}' });
    const isRegistered = await registerImported(thread, {
      firstId: lines.firstId,
      events: loaded.events,
      receivedAt: loaded.lastReceivedAt,
      segments,
      attributes: archive.takeAttributes(),
      eventIds: packHashes(loaded.eventIds),
      after: first.post.position,
      upTo: last.upTo,
      mark: { source: last.post.source, position: last.post.position, checkpoint: last.post.checkpoint },
      stream: { ...opening, id: lines.stream, startedAt: lines.receivedAt, endedAt: Math.max(at, lines.receivedAt) },
    });
    faultPoint('import:after-register');
    if (!isRegistered) {
      archive.remove(segments);
      return 'overtaken';
    }
    archive.registered(loaded.lastId);
    this.#counts.add({ accepted: loaded.events, duplicates: lines.duplicates });
    this.#options.onStored(TRANSPORT, loaded.events, lines.duplicates);
    this.#options.onSealed(segments);
    return 'registered';
  }

  #receipt(position: number, refused?: unknown): SourceReceipt {
    return {
      ...this.#counts.take(),
      stream: this.#stream,
      position,
      ...(refused !== undefined && { refused: new TelemetryError('failure', messageOf(refused)) }),
    };
  }
}

/** Decodes an event of which no metadata is known. @throws DecodeError */
function decodeOne(sink: EventSink, line: Uint8Array, maxEventBytes: number): void {
  const decoder = jsonStream(sink, { maxEventBytes });
  void decoder.write(line);
  void decoder.end();
}

function countLines(text: Buffer): number {
  let lines = 0;
  for (let at = text.indexOf(NEWLINE); at >= 0; at = text.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error));
}
