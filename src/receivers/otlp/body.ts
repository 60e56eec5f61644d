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
  const spares: Uint8Array[] = [];
  let total = 0;

  /** @param length of the body, as far as known */
  function tooLarge(length: number): Failure | undefined {
    if (length <= MAX_OTLP_REQUEST_BYTES) return undefined;
    const message = `the request is larger than ${MAX_OTLP_REQUEST_BYTES} bytes; send smaller batches`;
    return { status: 413, reason: 'request_too_large', message };
  }

  function tooMuch(newly: number): Failure | undefined {
    if (total + newly <= MAX_OTLP_BUFFERED_BYTES) return undefined;
    const message = `requests of more than ${MAX_OTLP_BUFFERED_BYTES} bytes are in progress; try again later`;
    return { status: 429, reason: 'busy', message };
  }

  return {
    open(expected) {
      let buffer: Uint8Array = NOTHING;
      let used = 0;
      let isOwn = false;

      function sizeFor(needed: number): number {
        if (expected !== undefined && needed >= expected * TRUSTED_SHARE) return Math.max(needed, expected);
        const first = Math.min(expected ?? MIN_FIRST_BYTES, MAX_FIRST_BYTES);
        return Math.max(needed, used === 0 ? first : Math.ceil(GROWTH * buffer.length));
      }

      function takeBuffer(size: number): Uint8Array {
        const spare = spares.findIndex(({ length }) => length >= size);
        return spare < 0 ? Buffer.allocUnsafeSlow(size) : spares.splice(spare, 1)[0]!;
      }

      function giveBack(): void {
        total -= buffer.length;
        if (isOwn && buffer.length <= MAX_SPARE_BYTES && spares.length < MAX_SPARES) spares.push(buffer);
      }

      return {
        add(chunk) {
          const needed = used + chunk.length;
          const refusal = tooLarge(Math.max(needed, expected ?? 0));
          if (refusal) return refusal;
          if (needed > buffer.length) {
            // A chunk that is the whole body is used without a copy.
            const isWhole = used === 0 && chunk.length === expected;
            const size = isWhole ? chunk.length : sizeFor(needed);
            const busy = tooMuch(size);
            if (busy) return busy;
            const wider = isWhole ? chunk : takeBuffer(size);
            total += wider.length;
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
