import type { FirstSight } from './first-sight.js';
import type { Span } from './span.js';

/** An at sign: ASCII, full-width or small, or as URLs (encoded once or more), HTML and JSON strings escape it. */
const AT = /[@＠﹫]|%(?:25)*40|&#(?:0{0,8}64|[xX]0{0,8}40);|&commat;|(?<!\\)\\+u(?:0040|[fF]{2}20)/g;

/**
 * A character of the local part. RFC 5322 allows more, such as `/` and `=`, which real addresses do not use, while URLs
 * and logs put them right before one. Letters of any script: RFC 6532.
 */
const LOCAL = /[\p{L}\p{N}\p{M}._%+'*~!$-]/u;

/** A quoted local part, from its end. */
const QUOTED = /"[^"\r\n@]{1,64}"$/;

/**
 * Names separated by dots (including those of other scripts and of URLs), the last one of letters; `localhost`; an IPv4
 * address; or an address in brackets. RFC 5321, section 4.1.2; RFC 5890; for the dots RFC 3490, section 3.1.
 */
const DOMAIN =
  /^(?:(?:[\p{L}\p{N}\p{M}_-]{1,63}(?:[.。．｡]|%(?:25)*2[eE]))+(?:[xX][nN]--[a-zA-Z0-9-]{2,59}|\p{L}[\p{L}\p{M}]{1,62})|[lL][oO][cC][aA][lL][hH][oO][sS][tT](?![\p{L}\p{N}_-])|(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)|\[(?:[iI][pP][vV]6:)?[0-9a-fA-F:.]{3,45}\])/u;

/** The longest domain (RFC 1035, section 2.3.4). A longer match is cut. */
const DOMAIN_CHARACTERS = 255;

/** Finds the e-mail addresses in a text. */
export function findEmails(text: string): Span[] {
  const found: Span[] = [];
  let free = 0;
  for (const at of text.matchAll(AT)) {
    if (at.index < free) continue;
    const from = at.index + at[0].length;
    const domain = DOMAIN.exec(text.slice(from, from + DOMAIN_CHARACTERS));
    if (!domain) continue;
    const start = localStart(text, at.index, free);
    if (start === at.index) continue;
    free = from + domain[0].length;
    found.push({ start, end: free });
  }
  return found;
}

/** The start of the local part that ends at `end`, not before `least`; `end` without a local part. */
function localStart(text: string, end: number, least: number): number {
  const quoted = QUOTED.exec(text.slice(Math.max(least, end - 66), end));
  if (quoted) return end - quoted[0].length;
  let start = end;
  while (start > least) {
    const isPair = /[\udc00-\udfff]/.test(text[start - 1]!) && start - 2 >= least;
    const from = isPair ? start - 2 : start - 1;
    if (!LOCAL.test(text.slice(from, start))) break;
    start = from;
  }
  // A quotation mark or a dot before an address does not belong to it.
  while (start < end && /['.]/.test(text[start]!)) start++;
  return start;
}

/** `%40`, also encoded again. */
function isEncodedAt(bytes: Uint8Array, at: number): boolean {
  let i = at + 1;
  while (bytes[i] === 0x32 && bytes[i + 1] === 0x35) i += 2;
  return bytes[i] === 0x34 && bytes[i + 1] === 0x30;
}

/** `&#64;` and `&commat;`. */
function isEntity(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 1] === 0x23 || bytes[at + 1] === 0x63;
}

/** U+FF20 and U+FE6B in UTF-8. */
function isWideAt(bytes: Uint8Array, at: number): boolean {
  return (bytes[at + 1] === 0xbc && bytes[at + 2] === 0xa0) || (bytes[at + 1] === 0xb9 && bytes[at + 2] === 0xab);
}

/** An at sign in any spelling. */
export const emailSight: FirstSight = {
  stops: [
    [0x40, () => true],
    [0x25, isEncodedAt],
    [0x26, isEntity],
    [0xef, isWideAt],
  ],
};
