/** A request line of HTTP (RFC 9112, section 3); that of HTTP/2's preface is one too. */
const REQUEST_LINE = /^[A-Z]{3,10} \S+ HTTP\/\d(?:\.\d)?\r?$/;

/** The beginning of one, as far as it has come. */
const BEGINNING = /^[A-Z]{0,10}$|^[A-Z]{3,10} \S*(?: [HTP/\d.]*\r?)?$/;

/** A longer line is not a request line: servers of HTTP refuse it too. */
const MAX_LINE_BYTES = 8 * 1024;

const LINE_FEED = 0x0a;

/** What the bytes of a connection are so far. */
export type Opening =
  /** A request of HTTP. */
  | { readonly kind: 'http' }
  /** Undecided until more bytes come, or something else; the bytes are all that came until now. */
  | { readonly kind: 'undecided' | 'other'; readonly bytes: Uint8Array };

/**
 * Tells a connection that speaks HTTP by its first line: a web page can send one to any port, with lines of its choice
 * in the body. Called with each chunk until it has decided.
 */
export function httpDetector(): (chunk: Uint8Array) => Opening {
  let held: Buffer = Buffer.alloc(0);
  return chunk => {
    held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
    const feed = held.indexOf(LINE_FEED);
    const line = held.toString('latin1', 0, feed < 0 ? held.length : feed);
    if (feed >= 0) return REQUEST_LINE.test(line) ? { kind: 'http' } : { kind: 'other', bytes: held };
    if (line.length <= MAX_LINE_BYTES && BEGINNING.test(line)) return { kind: 'undecided', bytes: held };
    return { kind: 'other', bytes: held };
  };
}
