/*
 * Steps over valid JSON that a decoder has checked. Takes and returns offsets; builds no objects.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The first offset from `at` on that is not white space. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  let i = at;
  for (let c = bytes[i]; c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09; c = bytes[++i]);
  return i;
}

/** The offset after the closing quote of the string whose opening quote is at `at`. */
export function stringEnd(bytes: Uint8Array, at: number): number {
  let i = at + 1;
  for (let c = bytes[i]; c !== QUOTE; c = bytes[i]) i += c === BACKSLASH ? 2 : 1;
  return i + 1;
}

/** The offset after the number, `true`, `false` or `null` at `at`. */
export function scalarEnd(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && bytes[i]! > 0x20 && bytes[i] !== 0x2c && bytes[i] !== 0x7d && bytes[i] !== 0x5d) i++;
  return i;
}

/** The offset after the value at `at`. */
export function valueEnd(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at];
  if (first === QUOTE) return stringEnd(bytes, at);
  if (first !== 0x7b && first !== 0x5b) return scalarEnd(bytes, at, end);
  let i = at;
  let depth = 0;
  do {
    const c = bytes[i]!;
    if (c === QUOTE) {
      i = stringEnd(bytes, i);
      continue;
    }
    if (c === 0x7b || c === 0x5b) depth++;
    else if (c === 0x7d || c === 0x5d) depth--;
    i++;
  } while (depth > 0);
  return i;
}

/** The text of the string between two offsets, its quotes included. */
export function stringText(bytes: Uint8Array, start: number, end: number): string {
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  return raw.includes(BACKSLASH) ? (JSON.parse(raw.toString()) as string) : raw.toString('utf8', 1, end - start - 1);
}
