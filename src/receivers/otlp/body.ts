import { MAX_OTLP_BUFFERED_BYTES, MAX_OTLP_REQUEST_BYTES } from '../../core/limits.js';
import type { Failure } from '../http/reply.js';

/** The memory of one body: one buffer, whatever the size of the chunks that it comes in. */
export interface BodyBuffer {
  /** Keeps a chunk, or says why it cannot be kept. */
  add(chunk: Uint8Array): Failure | undefined;
  readonly bytes: Uint8Array;
  /** Gives the memory back: what `bytes` was before may be another body's from now on. */
  release(): void;
}

/** The memory of all bodies that are being received or decoded. */
export interface BodyBuffers {
  /** @param expected how long the body will be, if its sender told */
  open(expected?: number): BodyBuffer;
}

/** A sender that announces much is believed for so much before it sends, and for all of it once a part of it came. */
const MAX_FIRST_BYTES = 1024 * 1024;
const PART_TO_BELIEVE = 1 / 4;

/** A body whose length was not told begins with this: the system reads sockets in such pieces. */
const MIN_FIRST_BYTES = 64 * 1024;

/** While a body is moved to more memory it takes both: doubling would be three times its size. */
const GROWTH = 1.5;

/** Buffers that are used again, so that the collector of garbage need not follow every request: no larger, and no more, than this. */
const MAX_SPARE_BYTES = 4 * 1024 * 1024;
const MAX_SPARES = 4;

const NOTHING = new Uint8Array(0);

/** Creates them. What they hold together is bounded by {@link MAX_OTLP_BUFFERED_BYTES}. */
export function bodyBuffers(): BodyBuffers {
  const spares: Uint8Array[] = [];
  let held = 0;

  /** @param length of the body, as far as it is known */
  function tooLarge(length: number): Failure | undefined {
    if (length <= MAX_OTLP_REQUEST_BYTES) return undefined;
    const message = `the request is larger than ${MAX_OTLP_REQUEST_BYTES} bytes; send smaller batches`;
    return { status: 413, reason: 'request_too_large', message };
  }

  function tooMuch(newly: number): Failure | undefined {
    if (held + newly <= MAX_OTLP_BUFFERED_BYTES) return undefined;
    const message = `requests of more than ${MAX_OTLP_BUFFERED_BYTES} bytes are under way; try again later`;
    return { status: 429, reason: 'busy', message };
  }

  return {
    open(expected) {
      let buffer: Uint8Array = NOTHING;
      let used = 0;
      let isOwn = false;

      function sizeFor(needed: number): number {
        if (expected !== undefined && needed >= expected * PART_TO_BELIEVE) return Math.max(needed, expected);
        const first = Math.min(expected ?? MIN_FIRST_BYTES, MAX_FIRST_BYTES);
        return Math.max(needed, used === 0 ? first : Math.ceil(GROWTH * buffer.length));
      }

      function takeBuffer(size: number): Uint8Array {
        const spare = spares.findIndex(({ length }) => length >= size);
        return spare < 0 ? Buffer.allocUnsafeSlow(size) : spares.splice(spare, 1)[0]!;
      }

      function giveBack(): void {
        held -= buffer.length;
        if (isOwn && buffer.length <= MAX_SPARE_BYTES && spares.length < MAX_SPARES) spares.push(buffer);
      }

      return {
        add(chunk) {
          const needed = used + chunk.length;
          const refusal = tooLarge(Math.max(needed, expected ?? 0));
          if (refusal) return refusal;
          if (needed > buffer.length) {
            // A chunk that is all of the body is kept as it came.
            const isWhole = used === 0 && chunk.length === expected;
            const size = isWhole ? chunk.length : sizeFor(needed);
            const busy = tooMuch(size);
            if (busy) return busy;
            const wider = isWhole ? chunk : takeBuffer(size);
            held += wider.length;
            if (!isWhole) wider.set(buffer.subarray(0, used));
            giveBack();
            buffer = wider;
            isOwn = !isWhole;
          }
          if (isOwn) buffer.set(chunk, used);
          used = needed;
          return undefined;
        },
        get bytes() {
          return buffer.subarray(0, used);
        },
        release() {
          giveBack();
          buffer = NOTHING;
          used = 0;
          isOwn = false;
        },
      };
    },
  };
}
