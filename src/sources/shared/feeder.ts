import type { FeedPost, SendFeed } from '../../client/feed.js';
import type { TelemetryError } from '../../core/errors.js';
import type { TakeEvent } from './members.js';

/** A POST is sent at this many bytes: a few commits, so that one is under way while the next is decoded. */
const POST_BYTES = 4 * 1024 * 1024;

/** Room for a POST and the block that made it full. */
const BUFFER_BYTES = 1.5 * POST_BYTES;

const NEWLINE = 0x0a;

/** Where a feeder begins. */
export interface FeederStart {
  readonly source: string;
  /** The number of the last event before the place that the checkpoint tells of. */
  readonly at: number;
  readonly checkpoint: string;
  /** The number of the last event that is stored: those up to it are read again, and not sent. */
  readonly stored: number;
}

/** What a feeder is made with. */
export interface FeederOptions {
  /** Sends a POST. */
  readonly post: SendFeed;
  /** How much is made room for beforehand, in bytes; one of many feeds that are mostly silent needs less. */
  readonly bufferBytes?: number;
  /** Told of an event that the server refuses; what it throws ends the feed, otherwise the event is left out. */
  readonly onRefused: (event: string, error: TelemetryError) => void;
}

/** Numbers the events of a source and sends them, in POSTs of which one is under way at a time. */
export interface Feeder {
  /** Takes an event. @param suffix stands in the place of its last byte. */
  readonly sink: TakeEvent;
  /** The number of the last event that was handed in. */
  readonly position: number;
  /** Events newly stored, and those that were there by their event_id. */
  readonly stored: number;
  readonly duplicates: number;
  /** Whether events wait to be sent. */
  readonly isEmpty: boolean;
  /** The reader stands between two events, at the place that `checkpoint` tells of. Waits while the server is behind. */
  pass(checkpoint: string): Promise<void>;
  /** The same, and sends what is left, which is on disk then. @throws TelemetryError what became of a POST. */
  send(checkpoint: string): Promise<void>;
  /** Sends what is left and the checkpoint, and waits until all is on disk. @throws TelemetryError what became of a POST. */
  flush(checkpoint: string): Promise<void>;
}

/** Creates the feeder of one source. */
export function createFeeder(
  start: FeederStart,
  { post, onRefused, bufferBytes = BUFFER_BYTES }: FeederOptions,
): Feeder {
  const { source } = start;
  let position = start.at;
  let stored = 0;
  let duplicates = 0;
  let buffer: Buffer = Buffer.allocUnsafe(bufferBytes);
  let spare: Buffer | undefined;
  let used = 0;
  /** Where each event of the buffer ends. */
  let ends: number[] = [];
  let checkpoint = start.checkpoint;
  /** The last checkpoint that the server was told of, or knew. */
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

  /** Sends a POST, and where an event of it is refused, what comes after that. */
  async function send(whole: FeedPost, eventEnds: readonly number[]): Promise<void> {
    let rest: FeedPost = whole;
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

  /** Waits for the POST under way, and for one that another caller sends meanwhile: their order is that of the events. */
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
    // Its error is for whoever waits for it next.
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
