import { ALPHANUMERIC, byteClass, type FirstSight } from './first-sight.js';
import type { Span } from './span.js';

/** Base64url without padding: RFC 7515, section 2. */
const BASE64URL = `${ALPHANUMERIC}-_`;

/** A part of a token. */
const PART = /[0-9A-Za-z_-]+/g;

/** Base64url of an opening brace and the quotation mark or white space after it. */
const HEADER_START = /e(?:y[JA]|w[o0k])/g;

/**
 * Offsets in one part at which a header is tried: a token may follow a prefix of the same characters, such as `ghs_1_`
 * or `%3D`.
 */
const MAX_STARTS = 8;

/** Base64url of `{"alg":""}`: the shortest header. RFC 7515, section 4.1.1. */
const MIN_HEADER = 14;

/**
 * Two parts of at least this length that begin with an opening brace make a token even when the header is unreadable.
 */
const MIN_PART = 10;

/** The longest claims that are scanned for the next dot. */
const MAX_CLAIMS = 8192;

/** Finds the JSON Web Tokens in a text (RFC 7519): the compact form of a signature (RFC 7515) or of an encryption (RFC 7516), header first. */
export function findJwts(text: string): Span[] {
  const found: Span[] = [];
  let free = 0;
  for (const { 0: part, index } of text.matchAll(PART)) {
    const dot = index + part.length;
    if (index < free || text[dot] !== '.') continue;
    const start = headerStart(text, index, dot);
    if (start === undefined) continue;
    free = tokenEnd(text, dot, start.parts);
    found.push({ start: start.at, end: free });
  }
  return found;
}

/** The offset of the header within a part, and the number of parts that may follow; undefined without a header. */
function headerStart(text: string, from: number, to: number): { at: number; parts: number } | undefined {
  let tries = 0;
  for (const { index } of text.slice(from, to).matchAll(HEADER_START)) {
    const at = from + index;
    if (to - at < MIN_PART || ++tries > MAX_STARTS) return undefined;
    const header = to - at < MIN_HEADER ? undefined : headerOf(text.slice(at, to));
    if (header) return { at, parts: header.isEncrypted ? 4 : 2 };
    if (isTokenLike(text, to)) return { at, parts: 2 };
  }
  return undefined;
}

/** The relevant fields of a header; undefined unless it is a JSON object that names its algorithm. */
function headerOf(part: string): { isEncrypted: boolean } | undefined {
  try {
    const header = JSON.parse(Buffer.from(part, 'base64url').toString()) as { alg?: unknown; enc?: unknown };
    return typeof header.alg === 'string' ? { isEncrypted: typeof header.enc === 'string' } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** True when the part after the dot at `dot` is an object as well, and a third part follows. */
function isTokenLike(text: string, dot: number): boolean {
  const claims = /^\.ey[JA][0-9A-Za-z_-]*\.[0-9A-Za-z_-]/.exec(text.slice(dot, dot + MAX_CLAIMS));
  return claims !== null && claims[0].length > MIN_PART;
}

/** The offset after the parts that follow the dot at `dot`: at most `parts`, excluding a dot that ends a sentence. */
function tokenEnd(text: string, dot: number, parts: number): number {
  let end = dot;
  let last = dot;
  for (let i = 0; i < parts && text[end] === '.'; i++) {
    end++;
    const from = end;
    while (end < text.length && /[0-9A-Za-z_-]/.test(text[end]!)) end++;
    if (end > from || i === 0) last = end;
  }
  return last;
}

const IN_PART = byteClass(BASE64URL);

/** The second and third byte of {@link HEADER_START}. */
function isHeaderStart(second: number | undefined, third: number | undefined): boolean {
  if (second === 0x79) return third === 0x4a || third === 0x41;
  return second === 0x77 && (third === 0x6f || third === 0x30 || third === 0x6b);
}

/** A dot after a part that is long enough and contains the beginning of a header. */
function isAfterHeader(bytes: Uint8Array, dot: number): boolean {
  let i = dot - 1;
  let isBegun = false;
  while (IN_PART[bytes[i]!] === 1) {
    if (bytes[i] === 0x65 && dot - i >= MIN_PART) isBegun ||= isHeaderStart(bytes[i + 1], bytes[i + 2]);
    i--;
  }
  return isBegun;
}

/** A dot after a header. */
export const jwtSight: FirstSight = { stops: [[0x2e, isAfterHeader]] };
