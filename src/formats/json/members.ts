/*
 * Visits the parts of a JSON value that a scanner has found valid, by their bytes: an envelope is unfolded without
 * parsing its content, so that every number keeps its digits.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;

/** A member of an object: its key as text, and the offsets of the member and its value. */
export interface Member {
  readonly key: string;
  /** The offset of the key's opening quote. */
  readonly start: number;
  readonly valueStart: number;
  /** The end of the value. */
  readonly end: number;
}

/** The offsets of an array's element. */
export interface Slice {
  readonly start: number;
  readonly end: number;
}

/** True when the valid JSON value that starts at `start` is an object. */
export function isObjectAt(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === OPEN_OBJECT;
}

/** True when the valid JSON value that starts at `start` is an array. */
export function isArrayAt(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === OPEN_ARRAY;
}

/** The members of the valid JSON object that starts at `start`, in order, including duplicates. */
export function membersOf(bytes: Uint8Array, start: number): Member[] {
  const members: Member[] = [];
  visitMembers(bytes, start, (keyStart, keyEnd, valueStart, end) => {
    members.push({ key: stringAt(bytes, keyStart, keyEnd), start: keyStart, valueStart, end });
  });
  return members;
}

/**
 * Calls back for each member of the valid JSON object at `start` with the offsets of its key (in quotes) and its value.
 */
export function visitMembers(
  bytes: Uint8Array,
  start: number,
  visit: (keyStart: number, keyEnd: number, valueStart: number, end: number) => void,
): void {
  for (let at = skipSpace(bytes, start + 1); bytes[at] !== CLOSE_OBJECT; at = nextItem(bytes, at)) {
    const keyEnd = stringEnd(bytes, at);
    const valueStart = skipSpace(bytes, skipSpace(bytes, keyEnd) + 1);
    const end = valueEnd(bytes, valueStart);
    visit(at, keyEnd, valueStart, end);
    at = end;
  }
}

/** The elements of the valid JSON array that starts at `start`, in their order. */
export function* elementsOf(bytes: Uint8Array, start: number): Generator<Slice> {
  for (let at = skipSpace(bytes, start + 1); bytes[at] !== CLOSE_ARRAY; at = nextItem(bytes, at)) {
    const end = valueEnd(bytes, at);
    yield { start: at, end };
    at = end;
  }
}

/** The text of a value, as JSON. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
}

/** The decoded text of a JSON string from `start` to `end`. */
export function stringAt(bytes: Uint8Array, start: number, end: number): string {
  const text = textOf(bytes, start + 1, end - 1);
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}

/** The text of the string value from `start` to `end`; undefined when it is another kind of value. */
export function stringValue(bytes: Uint8Array, start: number, end: number): string | undefined {
  return bytes[start] === QUOTE ? stringAt(bytes, start, end) : undefined;
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at]! <= 0x20) at++;
  return at;
}

/** The start of the next item after one, or the closing bracket. */
function nextItem(bytes: Uint8Array, from: number): number {
  const at = skipSpace(bytes, from);
  return bytes[at] === COMMA ? skipSpace(bytes, at + 1) : at;
}

/** The offset after the closing quote of the string that starts at `start`. */
function stringEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** The offset after the valid JSON value that starts at `start`. */
function valueEnd(bytes: Uint8Array, start: number): number {
  const first = bytes[start]!;
  if (first === QUOTE) return stringEnd(bytes, start);
  if (first === OPEN_OBJECT || first === OPEN_ARRAY) return containerEnd(bytes, start);
  let at = start;
  for (let c = first; c > 0x20 && c !== COMMA && c !== CLOSE_OBJECT && c !== CLOSE_ARRAY; c = bytes[at]!) at++;
  return at;
}

function containerEnd(bytes: Uint8Array, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const c = bytes[at]!;
    if (c === QUOTE) at = stringEnd(bytes, at);
    else {
      if (c === OPEN_OBJECT || c === OPEN_ARRAY) depth++;
      else if (c === CLOSE_OBJECT || c === CLOSE_ARRAY) depth--;
      at++;
    }
  } while (depth > 0);
  return at;
}
