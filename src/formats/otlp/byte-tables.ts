/** By byte: 0 when it is literal in a JSON string, otherwise the letter of its escape (RFC 8259, section 7). */
export const ESCAPES = new Uint8Array(256).fill(0x75, 0, 0x20);
for (const [byte, letter] of [
  ['"', '"'],
  ['\\', '\\'],
  ['\b', 'b'],
  ['\f', 'f'],
  ['\n', 'n'],
  ['\r', 'r'],
  ['\t', 't'],
] as const) {
  ESCAPES[byte.charCodeAt(0)] = letter.charCodeAt(0);
}

/** The digits of hexadecimal. */
export const HEX = Buffer.from('0123456789abcdef');

/** `00` to `99`. */
export const PAIRS = Buffer.from(Array.from({ length: 100 }, (_, i) => String(i).padStart(2, '0')).join(''));
