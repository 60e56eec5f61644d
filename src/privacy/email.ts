import type { Span } from './span.js';

/** An at sign; also as a URL writes it, and as JSON within a string does. */
const AT = /@|%40|\\u0040/gi;

/**
 * What stands before it. RFC 5322 allows more, such as `/` and `=`, of which nobody's address is made, while URLs and
 * logs have them right before one. Letters of any script: RFC 6532.
 */
const LOCAL = /[\p{L}\p{N}\p{M}._%+'*~!$-]/u;

/** A quoted local part, from its end. */
const QUOTED = /"[^"\r\n@]{1,64}"$/;

/** Names with dots between, the last one of letters; or an address in brackets. RFC 5321, section 4.1.2, and RFC 5890. */
const DOMAIN = /^(?:(?:[\p{L}\p{N}\p{M}_-]{1,63}\.)+(?:xn--[a-z0-9-]{2,59}|\p{L}{2,63})|\[[0-9a-f:.]{3,45}\])/iu;

/** The longest domain there is, and what may be cut off behind it. RFC 1035, section 2.3.4. */
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

/** Where the local part that ends at `end` starts; `end` when there is none. It does not reach before `least`. */
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
  // A quotation mark or a dot before an address is none of it.
  while (start < end && /['.]/.test(text[start]!)) start++;
  return start;
}
