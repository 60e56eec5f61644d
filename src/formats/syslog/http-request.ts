/** A request line of HTTP (RFC 9112, section 3), including that of HTTP/2's preface. */
const REQUEST_LINE = /^[A-Z]{3,10} \S+ HTTP\/\d(?:\.\d)?\r?$/;

/** The beginning of a request line. */
const BEGINNING = /^[A-Z]{0,10}$|^[A-Z]{3,10} \S*(?: [HTP/\d.]*\r?)?$/;

/** A longer line is not a request line: HTTP servers refuse it too. */
const MAX_LINE_BYTES = 8 * 1024;

const LINE_FEED = 0x0a;

/** The verdict on the first bytes of a connection. */
export type Opening =
  /** An HTTP request. */
  | { readonly kind: 'http' }
  /** Undecided until more bytes come, or another protocol; all bytes so far. */
  | { readonly kind: 'undecided' | 'other'; readonly bytes: Uint8Array };

/**
 * Detects a connection that speaks HTTP by its first line: a web page can send a request to any port, with arbitrary
 * lines in the body. Called with each chunk until it has decided.
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
