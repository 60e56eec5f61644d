/** Options of a frame cutter. */
export interface FrameOptions {
  /** The longest message, in bytes. */
  readonly maxBytes: number;
  /** Takes one message; its bytes are valid only during the call. */
  readonly message: (bytes: Uint8Array) => void;
  /** Called for each message over the limit, which is skipped. */
  readonly tooLarge: () => void;
}

/** Splits a TCP stream into messages. */
export interface FrameCutter {
  write(chunk: Uint8Array): void;
  /** Ends the stream: the remaining bytes are a message. */
  end(): void;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const NUL = 0x00;
const SPACE = 0x20;

/** Maximum digits of MSG-LEN: more than any limit needs. */
const MAX_LENGTH_DIGITS = 9;

/**
 * Splits a stream of syslog over TCP into messages: each either counted (`MSG-LEN SP MSG`, RFC 6587, section 3.4.1) or
 * ended by a line feed or NUL (section 3.4.2), depending on its first byte.
 * Over 60 lines: the two framings share the buffered bytes.
 */
export function frameCutter({ maxBytes, message, tooLarge }: FrameOptions): FrameCutter {
  let held: Buffer = Buffer.alloc(0);
  /** Bytes of an oversized counted message still to skip. */
  let skipping = 0;
  /** True while an oversized message is skipped up to its trailer. */
  let isSkippingLine = false;

  function take(bytes: Buffer): void {
    let end = bytes.length;
    while (end > 0 && (bytes[end - 1] === LINE_FEED || bytes[end - 1] === CARRIAGE_RETURN)) end--;
    if (end > 0) message(bytes.subarray(0, end));
  }

  /** Returns the start of the next frame, or -1 when this one is incomplete. */
  function frame(bytes: Buffer, at: number): number {
    if (skipping > 0) {
      const skipped = Math.min(skipping, bytes.length - at);
      skipping -= skipped;
      return at + skipped;
    }
    const counted = isSkippingLine ? undefined : countAt(bytes, at);
    if (counted === 'partial') return -1;
    if (counted) {
      const { start, length } = counted;
      if (length > maxBytes) {
        tooLarge();
        skipping = length;
        return start;
      }
      if (start + length > bytes.length) return -1;
      take(bytes.subarray(start, start + length));
      return start + length;
    }
    const trailer = trailerAt(bytes, at);
    if (trailer < 0) {
      if (isSkippingLine) return bytes.length;
      if (bytes.length - at <= maxBytes) return -1;
      tooLarge();
      isSkippingLine = true;
      return bytes.length;
    }
    if (isSkippingLine) isSkippingLine = false;
    else if (trailer - at > maxBytes) tooLarge();
    else take(bytes.subarray(at, trailer));
    return trailer + 1;
  }

  return {
    write(chunk) {
      const bytes = held.length > 0 ? Buffer.concat([held, chunk]) : Buffer.from(chunk);
      let at = 0;
      while (at < bytes.length) {
        const next = frame(bytes, at);
        if (next < 0) break;
        at = next;
      }
      held = bytes.subarray(at);
    },
    end() {
      const counted = countAt(held, 0);
      // A truncated counted message is kept.
      if (!isSkippingLine && held.length > 0)
        take(counted && counted !== 'partial' ? held.subarray(counted.start) : held);
      held = Buffer.alloc(0);
    },
  };
}

/** The count at the start of a frame; undefined without one, `partial` when more bytes are needed. */
function countAt(bytes: Buffer, at: number): { start: number; length: number } | 'partial' | undefined {
  if (bytes[at]! < 0x31 || bytes[at]! > 0x39) return undefined;
  for (let i = at; i < at + MAX_LENGTH_DIGITS + 1; i++) {
    const byte = bytes[i];
    if (byte === undefined) return 'partial';
    if (byte === SPACE) return { start: i + 1, length: Number(bytes.toString('latin1', at, i)) };
    if (byte < 0x30 || byte > 0x39) return undefined;
  }
  return undefined;
}

function trailerAt(bytes: Buffer, at: number): number {
  const feed = bytes.indexOf(LINE_FEED, at);
  const nul = bytes.indexOf(NUL, at);
  return feed < 0 ? nul : nul < 0 ? feed : Math.min(feed, nul);
}
