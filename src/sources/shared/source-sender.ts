import type { SourcePost, PostEvents } from '../../client/source.js';
import type { TelemetryError } from '../../core/errors.js';
import type { TakeEvent } from './members.js';

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

/** Options of {@link createSourceSender}. */
export interface SenderOptions {
  /** Sends a POST. */
  readonly post: PostEvents;
  /** Initial size of the buffer, in bytes; sources that are mostly silent need less. */
  readonly bufferBytes?: number;
  /**
   * Called for each event that the server refuses; an error thrown ends the source, otherwise the event is left out.
   */
  readonly onRefused: (event: string, error: TelemetryError) => void;
}

/** Numbers the events of a source and sends them in POSTs, one in flight at a time. */
export interface SourceSender {
  /** Takes an event. @param suffix replaces its last byte. */
  readonly sink: TakeEvent;
  /** The number of the last event taken. */
  readonly position: number;
  /** Events newly stored, and events already stored under their event_id. */
  readonly stored: number;
  readonly duplicates: number;
  /** True while no event waits to be sent. */
  readonly isEmpty: boolean;
  /** Marks a point between two events, described by `checkpoint`. Waits while the server is behind. */
  pass(checkpoint: string): Promise<void>;
  /**
   * As {@link SourceSender.pass}, and sends the rest; it is on disk on return.
   * @throws TelemetryError when a POST failed.
   */
  send(checkpoint: string): Promise<void>;
  /** Sends the rest and the checkpoint, and waits until both are on disk. @throws TelemetryError when a POST failed. */
  flush(checkpoint: string): Promise<void>;
}

/** Creates the sender of one source. */
export function createSourceSender(
  start: SenderStart,
  { post, onRefused, bufferBytes = BUFFER_BYTES }: SenderOptions,
): SourceSender {
  const { source } = start;
  let position = start.at;
  let stored = 0;
  let duplicates = 0;
  let buffer: Buffer = Buffer.allocUnsafe(bufferBytes);
  let spare: Buffer | undefined;
  let used = 0;
  /** End offsets of the events in the buffer. */
  let ends: number[] = [];
  let checkpoint = start.checkpoint;
  /** The last checkpoint that the server knows. */
  let marked = start.checkpoint;
  let underWay: Promise<void> = Promise.resolve();

  function add(bytes: Uint8Array, from: number, end: number, suffix?: Uint8Array): void {
    if (++position <= start.stored) return;
    const own = suffix === undefined ? end - from : end - from - 1;
    const needed = used + own + (suffix?.length ?? 0) + 1;
    if (needed > buffer.length) buffer = Buffer.concat([buffer.subarray(0, used)], 2 * needed);
    buffer.set(bytes.subarray(from, from + own), used);
    if (suffix !== undefined) buffer.set(suffix, used + own);
    buffer[needed - 1] = NEWLINE;
    used = needed;
    ends.push(used);
  }

  /** Sends a POST, and after a refused event the rest of it. */
  async function send(whole: SourcePost, eventEnds: readonly number[]): Promise<void> {
    let rest: SourcePost = whole;
    for (;;) {
      const receipt = await post(rest);
      stored += receipt.accepted;
      duplicates += receipt.duplicates;
      if (!receipt.refused) return;
      const index = receipt.position - whole.position;
      const refusedEnd = eventEnds[index];
      if (refusedEnd === undefined) throw receipt.refused;
      const refused = whole.body.subarray(eventEnds[index - 1] ?? 0, refusedEnd - 1);
      onRefused(Buffer.from(refused).toString(), receipt.refused);
      rest = { ...whole, position: receipt.position + 1, body: whole.body.subarray(refusedEnd) };
    }
  }

  /** Waits for the POST in flight and for any that another caller sends meanwhile, to keep the order of the events. */
  async function idle(): Promise<void> {
    for (let seen; seen !== underWay;) {
      seen = underWay;
      await seen;
    }
  }

  async function cut(next: string): Promise<void> {
    await idle();
    if (ends.length === 0) return;
    const sent = buffer;
    const body = sent.subarray(0, used);
    underWay = send({ source, position: position - ends.length, checkpoint, body }, ends).then(() => {
      if (sent.length === bufferBytes) spare = sent;
    });
    marked = checkpoint;
    // The next wait rejects with its error.
    underWay.catch(() => undefined);
    buffer = spare ?? Buffer.allocUnsafe(bufferBytes);
    spare = undefined;
    used = 0;
    ends = [];
    checkpoint = next;
  }

  return {
    sink: add,
    get position() {
      return position;
    },
    get stored() {
      return stored;
    },
    get duplicates() {
      return duplicates;
    },
    get isEmpty() {
      return ends.length === 0;
    },
    async pass(next) {
      if (ends.length === 0) checkpoint = next;
      else if (used >= POST_BYTES) await cut(next);
    },
    async send(next) {
      if (ends.length === 0) checkpoint = next;
      await cut(next);
      await idle();
    },
    async flush(next) {
      await cut(next);
      await idle();
      if (next === marked || position < start.stored) return;
      marked = next;
      await post({ source, position, checkpoint: next, body: new Uint8Array(0) });
    },
  };
}
