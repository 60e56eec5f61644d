import { isUtf8 } from 'node:buffer';
import { DecodeError } from './decoder.js';

/** Checks a stream chunk by chunk, including characters split between two. */
export interface Utf8Guard {
  /**
   * Returns the number of valid bytes of the chunk: all, or those before the first invalid one. A character that the
   * next chunk may complete is valid.
   */
  validBytes(chunk: Uint8Array): number;
  /** True when the stream may end here. */
  isComplete(): boolean;
}

/** Creates the guard of one stream. Rules: RFC 3629, as in Node's isUtf8. */
export function utf8Guard(): Utf8Guard {
  let tail: Uint8Array = new Uint8Array(0);

  function firstInvalid(bytes: Uint8Array): number {
    let low = 0;
    let high = bytes.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const whole = wholeCharacters(bytes, middle);
      if (isUtf8(bytes.subarray(0, whole))) low = middle;
      else high = middle - 1;
    }
    return wholeCharacters(bytes, low);
  }

  return {
    validBytes(chunk) {
      const bytes = tail.length > 0 ? Buffer.concat([tail, chunk]) : chunk;
      const whole = wholeCharacters(bytes, bytes.length);
      const carried = tail.length;
      if (!isUtf8(bytes.subarray(0, whole))) return Math.max(0, firstInvalid(bytes) - carried);
      // A copy: a buffer's slice is a view, and the caller reuses the chunk.
      tail = Uint8Array.from(bytes.subarray(whole));
      return chunk.length;
    },
    isComplete: () => tail.length === 0,
  };
}

/** The error for a stream that is not UTF-8. */
export function invalidUtf8(place: { line?: number; offset?: number }): DecodeError {
  return new DecodeError('invalid_utf8', 'the stream is not valid UTF-8', place);
}

/** The end of the last complete character within the first `end` bytes. */
function wholeCharacters(bytes: Uint8Array, end: number): number {
  for (let back = 1; back <= 3 && back <= end; back++) {
    const byte = bytes[end - back]!;
    if (byte < 0x80) return end;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? end - back : end;
  }
  return end;
}
