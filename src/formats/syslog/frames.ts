/** Options of a frame cutter. */
export interface FrameOptions {
  /** The longest message, in bytes. */
  readonly maxBytes: number;
  /** Takes one message; its bytes are valid only during the call. */
  readonly message: (bytes: Uint8Array) => void;
  /** Called for each message over the limit, which is skipped. */
  readonly tooLarge: () => void;
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
 */
export class FrameCutter {
  readonly #options: FrameOptions;
  #held: Buffer = Buffer.alloc(0);
  /** Bytes of an oversized counted message still to skip. */
  #skipping = 0;
  /** True while an oversized message is skipped up to its trailer. */
  #isSkippingLine = false;

  constructor(options: FrameOptions) {
    this.#options = options;
  }

  write(chunk: Uint8Array): void {
    const bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : Buffer.from(chunk);
    let at = 0;
    while (at < bytes.length) {
      const next = this.#frame(bytes, at);
      if (next < 0) break;
      at = next;
    }
    this.#held = bytes.subarray(at);
  }

  /** Ends the stream: the remaining bytes are a message. */
  end(): void {
    const held = this.#held;
    const counted = countAt(held, 0);
    // A truncated counted message is kept.
    if (!this.#isSkippingLine && held.length > 0)
      this.#take(counted && counted !== 'partial' ? held.subarray(counted.start) : held);
    this.#held = Buffer.alloc(0);
  }

  /** Returns the start of the next frame, or -1 when this one is incomplete. */
  #frame(bytes: Buffer, at: number): number {
    if (this.#skipping > 0) {
      const skipped = Math.min(this.#skipping, bytes.length - at);
      this.#skipping -= skipped;
      return at + skipped;
    }
    const counted = this.#isSkippingLine ? undefined : countAt(bytes, at);
    if (counted === 'partial') return -1;
    return counted ? this.#countedFrame(bytes, counted) : this.#line(bytes, at);
  }

  #countedFrame(bytes: Buffer, { start, length }: Counted): number {
    const { maxBytes, tooLarge } = this.#options;
    if (length > maxBytes) {
      tooLarge();
      this.#skipping = length;
      return start;
    }
    if (start + length > bytes.length) return -1;
    this.#take(bytes.subarray(start, start + length));
    return start + length;
  }

  #line(bytes: Buffer, at: number): number {
    const { maxBytes, tooLarge } = this.#options;
    const trailer = trailerAt(bytes, at);
    if (trailer < 0) {
      if (this.#isSkippingLine) return bytes.length;
      if (bytes.length - at <= maxBytes) return -1;
      tooLarge();
      this.#isSkippingLine = true;
      return bytes.length;
    }
    if (this.#isSkippingLine) this.#isSkippingLine = false;
    else if (trailer - at > maxBytes) tooLarge();
    else this.#take(bytes.subarray(at, trailer));
    return trailer + 1;
  }

  #take(bytes: Buffer): void {
    let end = bytes.length;
    while (end > 0 && (bytes[end - 1] === LINE_FEED || bytes[end - 1] === CARRIAGE_RETURN)) end--;
    if (end > 0) this.#options.message(bytes.subarray(0, end));
  }
}

/** A counted frame: the offset of its message and its length, in bytes. */
interface Counted {
  readonly start: number;
  readonly length: number;
}

/** The count at the start of a frame; undefined without one, `partial` when more bytes are needed. */
function countAt(bytes: Buffer, at: number): Counted | 'partial' | undefined {
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
