/** The longest escape that {@link ESCAPE_TAIL} knows, and some more. */
const LOOK_BACK = 16;

/**
 * The end of an escape, whose last letter or digit is no part of the word that follows: percent-encoding (RFC 3986,
 * section 2.1), JSON within a string (RFC 8259, section 7), C and Python, and colours of a terminal (ECMA-48, 8.3.117).
 */
const ESCAPE_TAIL = /(?:%[0-9A-Fa-f]{2}|\\(?:[abfnrtv0]|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2})|(?:\u001b|\\u001b)\[[\d;]*m)$/;

/** True where a word may begin: no ASCII letter or digit is before the offset, but for those of an escape. */
export function isWordStart(text: string, at: number): boolean {
  if (at === 0 || !/[0-9A-Za-z]/.test(text[at - 1]!)) return true;
  return ESCAPE_TAIL.test(text.slice(Math.max(0, at - LOOK_BACK), at));
}

/** True where a word may end: no ASCII letter or digit follows. */
export function isWordEnd(text: string, at: number): boolean {
  return at >= text.length || !/[0-9A-Za-z]/.test(text[at]!);
}
