import {
  POSTED_META,
  type DeferredPosts,
  type PostEvents,
  type SourceCounts,
  type SourcePost,
} from '../../client/source.js';
import type { TelemetryError } from '../../core/errors.js';
import { ENCODING } from '../../core/event.js';
import { NO_SHAPE, type TakeEvent } from './members.js';

/** The size of a POST: a few commits, with one in flight while the next is decoded. */
const POST_BYTES = 4 * 1024 * 1024;

/** Room for a POST and the block that filled it. */
const BUFFER_BYTES = 1.5 * POST_BYTES;

const NEWLINE = 0x0a;

/** The state that a sender begins in. */
export interface SenderStart {
  readonly source: string;
  /** The number of the last event before the checkpoint. */
  readonly at: number;
  readonly checkpoint: string;
  /** The number of the last stored event: events up to it are read again and not sent. */
  readonly stored: number;
}

/** Options of {@link SourceSender}. */
export interface SenderOptions {
  /** Sends a POST. */
  readonly post: PostEvents;
  /** Waits for posts whose receipts came before they were on disk. */
  readonly settle?: DeferredPosts['settle'] | undefined;
  /** True when posts list their events, and keep their memory after their receipt. */
  readonly listsEvents?: boolean;
  /** Initial size of the buffer, in bytes; sources that are mostly silent need less. */
  readonly bufferBytes?: number;
  /**
   * Called for each event that the server refuses; an error thrown ends the source, otherwise the event is left out.
   */
  readonly onRefused: (event: string, error: TelemetryError) => void;
}

/** Numbers the events of a source and sends them in POSTs, one in flight at a time. */
export class SourceSender {
  readonly #source: string;
  readonly #stored: number;
  readonly #options: SenderOptions;
  readonly #bufferBytes: number;
  #position: number;
  #newlyStored = 0;
  #duplicates = 0;
  #before = 0;
  #buffer: Buffer;
  #spare: Buffer | undefined;
  #used = 0;
  /** End offsets of the events in the buffer. */
  #ends: number[] = [];
  /** See {@link PostedEvents.meta}. */
  #meta: number[] = [];
  #checkpoint: string;
  /** The last checkpoint that the server knows. */
  #marked: string;
  #inFlight: Promise<void> = Promise.resolve();

  constructor(start: SenderStart, options: SenderOptions) {
    this.#source = start.source;
    this.#stored = start.stored;
    this.#position = start.at;
    this.#checkpoint = this.#marked = start.checkpoint;
    this.#options = options;
    this.#bufferBytes = options.bufferBytes ?? BUFFER_BYTES;
    this.#buffer = Buffer.allocUnsafe(this.#bufferBytes);
  }

  /** Takes an event. @param suffix replaces its last byte. */
  readonly sink: TakeEvent = (bytes, from, end, suffix, meta) => {
    if (++this.#position <= this.#stored) return;
    const used = this.#used;
    const own = suffix === undefined ? end - from : end - from - 1;
    const needed = used + own + (suffix?.length ?? 0) + 1;
    if (needed > this.#buffer.length) this.#buffer = Buffer.concat([this.#buffer.subarray(0, used)], 2 * needed);
    const buffer = this.#buffer;
    buffer.set(bytes.subarray(from, from + own), used);
    if (suffix !== undefined) buffer.set(suffix, used + own);
    buffer[needed - 1] = NEWLINE;
    this.#used = needed;
    this.#ends.push(needed);
    if (this.#options.listsEvents !== true) return;
    if (meta) this.#meta.push(meta.shape, meta.encoding, meta.idStart, meta.idEnd);
    else this.#meta.push(NO_SHAPE, ENCODING.none, -1, -1);
  };

  /** The number of the last event taken. */
  get position(): number {
    return this.#position;
  }

  /** Events newly stored. */
  get stored(): number {
    return this.#newlyStored;
  }

  /** Events already stored under their event_id. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Events that were stored before, by their number: by another sender, or by a POST whose receipt was lost. */
  get before(): number {
    return this.#before;
  }

  /** True while no event waits to be sent. */
  get isEmpty(): boolean {
    return this.#ends.length === 0;
  }

  /** Marks a point between two events, described by `checkpoint`. Waits while the server is behind. */
  async pass(checkpoint: string): Promise<void> {
    if (this.isEmpty) this.#checkpoint = checkpoint;
    else if (this.#used >= POST_BYTES) await this.#cut(checkpoint);
  }

  /** As {@link SourceSender.pass}, and sends the rest; it is on disk on return. @throws TelemetryError when a POST failed. */
  async send(checkpoint: string): Promise<void> {
    if (this.isEmpty) this.#checkpoint = checkpoint;
    await this.#cut(checkpoint);
    await this.#settle();
  }

  /** Sends the rest and the checkpoint, and waits until both are on disk. @throws TelemetryError when a POST failed. */
  async flush(checkpoint: string): Promise<void> {
    await this.#cut(checkpoint);
    await this.#settle();
    if (checkpoint === this.#marked || this.#position < this.#stored) return;
    this.#marked = checkpoint;
    await this.#options.post({
      source: this.#source,
      position: this.#position,
      checkpoint,
      body: new Uint8Array(0),
    });
  }

  /** Sends a POST, and after a refused event the rest of it. */
  async #post(whole: SourcePost, ends: readonly number[]): Promise<void> {
    let rest: SourcePost = whole;
    for (;;) {
      const receipt = await this.#options.post(rest);
      this.#count(receipt);
      if (!receipt.refused) return;
      const index = receipt.position - whole.position;
      const refusedEnd = ends[index];
      if (refusedEnd === undefined) throw receipt.refused;
      const refused = whole.body.subarray(ends[index - 1] ?? 0, refusedEnd - 1);
      this.#options.onRefused(Buffer.from(refused).toString(), receipt.refused);
      rest = {
        ...whole,
        position: receipt.position + 1,
        body: whole.body.subarray(refusedEnd),
        events: whole.events && {
          ends: ends.slice(index + 1).map(end => end - refusedEnd),
          meta: whole.events.meta.slice((index + 1) * POSTED_META),
        },
      };
    }
  }

  /** Waits for the POST in flight and for any that another caller sends meanwhile, to keep the order of the events. */
  async #idle(): Promise<void> {
    for (let seen; seen !== this.#inFlight;) {
      seen = this.#inFlight;
      await seen;
    }
  }

  /** Waits until all that was sent is on disk. */
  async #settle(): Promise<void> {
    await this.#idle();
    const counts = await this.#options.settle?.();
    if (counts) this.#count(counts);
  }

  #count({ accepted, duplicates, before = 0 }: SourceCounts): void {
    this.#newlyStored += accepted;
    this.#duplicates += duplicates - before;
    this.#before += before;
  }

  /** Sends the buffered events once the POST in flight is done; further events follow `next`. */
  async #cut(next: string): Promise<void> {
    await this.#idle();
    if (this.isEmpty) return;
    const sent = this.#buffer;
    const { listsEvents } = this.#options;
    const post: SourcePost = {
      source: this.#source,
      position: this.#position - this.#ends.length,
      checkpoint: this.#checkpoint,
      body: sent.subarray(0, this.#used),
      events: listsEvents === true ? { ends: this.#ends, meta: this.#meta } : undefined,
    };
    this.#inFlight = this.#post(post, this.#ends).then(() => {
      if (sent.length === this.#bufferBytes && listsEvents !== true) this.#spare = sent;
    });
    this.#marked = this.#checkpoint;
    // The next wait rejects with its error.
    this.#inFlight.catch(() => undefined);
    this.#buffer = this.#spare ?? Buffer.allocUnsafe(this.#bufferBytes);
    this.#spare = undefined;
    this.#used = 0;
    this.#ends = [];
    this.#meta = [];
    this.#checkpoint = next;
  }
}
