import { MAX_OTLP_BUFFERED_BYTES, MAX_OTLP_REQUEST_BYTES } from '../../core/limits.js';
import type { Failure } from '../http/reply.js';

/** The buffer of one body, contiguous for chunks of any size. */
export interface BodyBuffer {
  /** Appends a chunk. Returns a failure when it exceeds a limit. */
  add(chunk: Uint8Array): Failure | undefined;
  readonly bytes: Uint8Array;
  /** Releases the memory. Another body may overwrite the previous `bytes`. */
  release(): void;
}

/** The buffers of all bodies that are being received or decoded. */
export interface BodyBuffers {
  /** @param expected the announced length of the body, if known */
  open(expected?: number): BodyBuffer;
}

/** Maximum initial buffer for an announced length. The full length is allocated once this share has arrived. */
const MAX_FIRST_BYTES = 1024 * 1024;
const TRUSTED_SHARE = 1 / 4;

/** Initial buffer for an unknown length, the size of a socket read. */
const MIN_FIRST_BYTES = 64 * 1024;

/** Growth factor. Both buffers exist while copying, which doubling would make three times the size of the body. */
const GROWTH = 1.5;

/** Maximum size and number of buffers that are kept for reuse, to reduce garbage collection. */
const MAX_SPARE_BYTES = 4 * 1024 * 1024;
const MAX_SPARES = 4;

const NOTHING = new Uint8Array(0);

/** Creates the buffers. Their total size is limited by {@link MAX_OTLP_BUFFERED_BYTES}. */
export function bodyBuffers(): BodyBuffers {
  const memory = new BufferMemory();
  return { open: expected => new GrowingBuffer(memory, expected) };
}

/** The memory of all buffers, some of which is reused. */
class BufferMemory {
  readonly #spares: Uint8Array[] = [];
  #total = 0;

  /** Returns a failure when the limit leaves no room for `size` bytes. */
  tooMuch(size: number): Failure | undefined {
    if (this.#total + size <= MAX_OTLP_BUFFERED_BYTES) return undefined;
    const message = `requests of more than ${MAX_OTLP_BUFFERED_BYTES} bytes are in progress; try again later`;
    return { status: 429, reason: 'busy', message };
  }

  /** Returns a buffer of at least `size` bytes. */
  take(size: number): Uint8Array {
    const spare = this.#spares.findIndex(({ length }) => length >= size);
    const buffer = spare < 0 ? Buffer.allocUnsafeSlow(size) : this.#spares.splice(spare, 1)[0]!;
    this.adopt(buffer);
    return buffer;
  }

  /** Counts a buffer that was allocated elsewhere. */
  adopt(buffer: Uint8Array): void {
    this.#total += buffer.length;
  }

  /** @param isReusable false for a buffer that was allocated elsewhere */
  release(buffer: Uint8Array, isReusable: boolean): void {
    this.#total -= buffer.length;
    if (isReusable && buffer.length <= MAX_SPARE_BYTES && this.#spares.length < MAX_SPARES) this.#spares.push(buffer);
  }
}

class GrowingBuffer implements BodyBuffer {
  readonly #memory: BufferMemory;
  readonly #expected: number | undefined;
  #buffer: Uint8Array = NOTHING;
  #used = 0;
  /** False while the buffer is a chunk that was the whole body. */
  #isOwn = false;

  constructor(memory: BufferMemory, expected: number | undefined) {
    this.#memory = memory;
    this.#expected = expected;
  }

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#used);
  }

  add(chunk: Uint8Array): Failure | undefined {
    const needed = this.#used + chunk.length;
    const refusal = tooLarge(Math.max(needed, this.#expected ?? 0));
    if (refusal) return refusal;
    if (needed > this.#buffer.length) {
      const busy = this.#grow(chunk, needed);
      if (busy) return busy;
    }
    if (this.#isOwn) this.#buffer.set(chunk, this.#used);
    this.#used = needed;
    return undefined;
  }

  release(): void {
    this.#memory.release(this.#buffer, this.#isOwn);
    this.#buffer = NOTHING;
    this.#used = 0;
    this.#isOwn = false;
  }

  #grow(chunk: Uint8Array, needed: number): Failure | undefined {
    // A chunk that is the whole body is used without a copy.
    const isWhole = this.#used === 0 && chunk.length === this.#expected;
    const size = isWhole ? chunk.length : this.#sizeFor(needed);
    const busy = this.#memory.tooMuch(size);
    if (busy) return busy;
    const wider = isWhole ? chunk : this.#memory.take(size);
    if (isWhole) this.#memory.adopt(chunk);
    else wider.set(this.bytes);
    this.#memory.release(this.#buffer, this.#isOwn);
    this.#buffer = wider;
    this.#isOwn = !isWhole;
    return undefined;
  }

  #sizeFor(needed: number): number {
    const expected = this.#expected;
    if (expected !== undefined && needed >= expected * TRUSTED_SHARE) return Math.max(needed, expected);
    const first = Math.min(expected ?? MIN_FIRST_BYTES, MAX_FIRST_BYTES);
    return Math.max(needed, this.#used === 0 ? first : Math.ceil(GROWTH * this.#buffer.length));
  }
}

/** @param length of the body, as far as known */
function tooLarge(length: number): Failure | undefined {
  if (length <= MAX_OTLP_REQUEST_BYTES) return undefined;
  const message = `the request is larger than ${MAX_OTLP_REQUEST_BYTES} bytes; send smaller batches`;
  return { status: 413, reason: 'request_too_large', message };
}
