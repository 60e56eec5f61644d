import { hasTextAt, type FirstSight } from './first-sight.js';
import type { Span } from './span.js';

/** A blank, or the plus of URL encoding. */
const BLANK = '[ +]';

/** The words before PRIVATE KEY: of PKCS #8 (RFC 7468, sections 10 and 11), OpenSSL, OpenSSH, PGP (RFC 9580, section 6.2) and SSH.COM. */
const LABEL = `(?:[A-Z0-9]{1,16}${BLANK}){0,4}PRIVATE${BLANK}KEY(?:${BLANK}BLOCK)?`;
const DASHES = `-{4,5}${BLANK}?`;
const BEGIN = new RegExp(`${DASHES}BEGIN${BLANK}${LABEL}${BLANK}?-{4,5}`, 'g');
const END = new RegExp(`^${DASHES}END${BLANK}${LABEL}${BLANK}?-{4,5}`);

/** The longest boundary that the end pattern matches. */
const MAX_BOUNDARY = 120;

/** The beginning of a boundary. */
const DASH_RUN = '----';

/**
 * The rest of a truncated key: header lines (RFC 1421, section 4.6), lines of base64, and a short last one at the end
 * of the text.
 */
const CUT_OFF =
  /^(?:\s{1,4}[A-Za-z-]{4,20}:[^\r\n]{1,100}){0,5}(?:\s*[0-9A-Za-z/=+]{16,})*(?:(?! )\s+[0-9A-Za-z/=+]+(?=\W*$))?/;

/** The longest key that is searched without its end: an RSA key of 16,384 bits has 13 KB. */
const MAX_CUT_OFF = 64 * 1024;

/**
 * Finds private keys in a text (RFC 7468), from the line that begins one to the line that ends it. A truncated key
 * reaches as far as its base64; a first line alone reveals nothing and stays.
 */
export function findPrivateKeys(text: string): Span[] {
  const found: Span[] = [];
  for (const { 0: begin, index: start } of text.matchAll(BEGIN)) {
    const end = keyEnd(text, start + begin.length);
    if (end !== undefined) found.push({ start, end });
  }
  return found;
}

/** The offset after the key whose base64 begins at `from`. */
function keyEnd(text: string, from: number): number | undefined {
  const dashes = text.indexOf(DASH_RUN, from);
  const end = dashes < 0 ? null : END.exec(text.slice(dashes, dashes + MAX_BOUNDARY));
  if (end) return dashes + end[0].length;
  const left = CUT_OFF.exec(text.slice(from, from + MAX_CUT_OFF))?.[0] ?? '';
  return left === '' ? undefined : from + left.length;
}

/** The first dash of a line that begins a block. */
function isBegin(bytes: Uint8Array, at: number): boolean {
  if (bytes[at + 1] !== 0x2d) return false;
  let i = at + 2;
  while (bytes[i] === 0x2d) i++;
  if (i - at < DASH_RUN.length) return false;
  return (
    hasTextAt(bytes, i, 'BEGIN') || hasTextAt(bytes, i, ' BEGIN') || hasTextAt(bytes, i, '+BEGIN') || bytes[i] === 0x25
  );
}

/** The dashes of a line that begins a block. */
export const privateKeySight: FirstSight = { stops: [[0x2d, isBegin]] };
