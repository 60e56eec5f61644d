import { RangeWriter } from '../../../../core/number-ranges.js';
import { FORWARD_HEADERS, SOURCE_HEADERS } from '../../../../core/source.js';
import { originThrough } from '../../http/batch-origins.js';
import type { Batch } from '../../kind.js';

/** Maximum bytes of a POST. Its events are read before it is sent, so that no snapshot is kept during the request. */
const MAX_POST_BYTES = 8 * 1024 * 1024;

/** Maximum characters of a list of numbers in a header: servers and proxies accept headers of 8 KiB. */
const MAX_LIST_CHARACTERS = 2000;

/** Events of one batch in one request: all have passed through the same stores. */
export interface EventPost {
  readonly lastId: number;
  readonly events: number;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Splits a batch into POSTs. */
export class PostReader {
  readonly #batch: Batch;
  readonly #source: string;
  readonly #storeId: string;
  readonly #origins: ReadonlyMap<number, string>;
  #afterId: number;

  /**
   * @param source the name of the feed
   * @param origins by stream: the stores that its events have passed before this one
   */
  constructor(batch: Batch, source: string, storeId: string, origins: ReadonlyMap<number, string>) {
    this.#batch = batch;
    this.#source = source;
    this.#storeId = storeId;
    this.#origins = origins;
    this.#afterId = batch.afterId;
  }

  /** The next POST; undefined after the last one. */
  async next(): Promise<EventPost | undefined> {
    const { session, source } = this.#batch;
    const { batches } = await session.query(
      `select id, stream_id, "encoding", payload::varchar from ${source} where id > ${this.#afterId} order by id`,
    );
    const post = new PostBuilder(this.#afterId);
    let isFull = false;
    for await (const rows of batches) {
      for (const [id, stream, encoding, payload] of rows) {
        const origin = this.#origins.get(Number(stream ?? -1)) ?? '';
        isFull = !post.add({ id: Number(id), origin, isBinary: encoding === 'base64', payload: payload! });
        if (isFull) break;
      }
      if (isFull) break;
    }
    if (post.events === 0) return undefined;
    const done = post.finish(this.#source, this.#storeId);
    this.#afterId = done.lastId;
    return done;
  }
}

interface PostedEvent {
  readonly id: number;
  readonly origin: string;
  readonly isBinary: boolean;
  readonly payload: string;
}

class PostBuilder {
  readonly #afterId: number;
  readonly #numbers = new RangeWriter();
  readonly #binary = new RangeWriter();
  #payloads: string[] = [];
  #characters = 0;
  #origin: string | undefined;
  #lastId = 0;

  constructor(afterId: number) {
    this.#afterId = afterId;
  }

  get events(): number {
    return this.#payloads.length;
  }

  /** Adds an event. Returns false, and does nothing, when it belongs to the next POST. */
  add({ id, origin, isBinary, payload }: PostedEvent): boolean {
    const isFull =
      this.#characters + payload.length > MAX_POST_BYTES ||
      this.#numbers.length > MAX_LIST_CHARACTERS ||
      this.#binary.length > MAX_LIST_CHARACTERS;
    if (this.events > 0 && (isFull || origin !== this.#origin)) return false;
    this.#origin = origin;
    this.#numbers.add(id - this.#afterId);
    if (isBinary) this.#binary.add(id - this.#afterId);
    this.#payloads.push(payload);
    this.#characters += payload.length;
    this.#lastId = id;
    return true;
  }

  finish(source: string, storeId: string): EventPost {
    const binary = this.#binary.toString();
    const isDense = this.#lastId - this.#afterId === this.events;
    return {
      lastId: this.#lastId,
      events: this.events,
      body: Buffer.from(`${this.#payloads.join('\n')}\n`),
      headers: {
        'content-type': 'application/x-ndjson',
        [SOURCE_HEADERS.source]: encodeURIComponent(source),
        [SOURCE_HEADERS.position]: String(this.#afterId),
        ...(!isDense && { [SOURCE_HEADERS.numbers]: this.#numbers.toString() }),
        ...(binary !== '' && { [SOURCE_HEADERS.binary]: binary }),
        [FORWARD_HEADERS.origin]: originThrough(this.#origin ?? '', storeId),
      },
    };
  }
}
