/** A copy of a byte text with replacements, made from left to right. Bytes in between are unchanged. */
export interface Patch {
  /** The bytes of the copy; the next copy overwrites them. */
  readonly bytes: Uint8Array;
  /** Starts on the text that begins at `start`. */
  begin(source: Uint8Array, start: number): void;
  /** Replaces the bytes between two offsets with a text. */
  replace(start: number, end: number, text: string): void;
  /** Replaces the bytes between two offsets with `length` bytes of `other`. */
  replaceWith(start: number, end: number, other: Uint8Array, from: number, length: number): void;
  /** The offset in the copy that corresponds to `offset`, which no later replacement may precede. */
  place(offset: number): number;
  /** Ends the text. Returns the length of the copy; 0 when nothing was replaced, so no copy was made. */
  finish(end: number): number;
}

const FIRST_BYTES = 16 * 1024;

/** Up to this length a byte loop is faster than creating a view. */
const MAX_LOOP_BYTES = 64;

/** Creates a patcher for one text after the other. */
export function patch(): Patch {
  let copy = Buffer.allocUnsafe(FIRST_BYTES);
  let source: Uint8Array = copy;
  let used = 0;
  let kept = 0;
  let isPatched = false;

  function makeRoom(size: number): void {
    if (used + size <= copy.length) return;
    const wider = Buffer.allocUnsafe(2 * (used + size));
    copy.copy(wider, 0, 0, used);
    copy = wider;
  }

  function append(from: Uint8Array, start: number, end: number): void {
    makeRoom(end - start);
    if (end - start > MAX_LOOP_BYTES) copy.set(new Uint8Array(from.buffer, from.byteOffset + start, end - start), used);
    else for (let i = start, to = used, into = copy; i < end;) into[to++] = from[i++]!;
    used += end - start;
  }

  function keepUntil(start: number, end: number): void {
    append(source, kept, start);
    kept = end;
    isPatched = true;
  }

  return {
    get bytes() {
      return copy;
    },
    begin(bytes, start) {
      source = bytes;
      kept = start;
      used = 0;
      isPatched = false;
    },
    replace(start, end, text) {
      keepUntil(start, end);
      if (text === '') return;
      makeRoom(3 * text.length);
      used += copy.write(text, used);
    },
    replaceWith(start, end, other, from, length) {
      keepUntil(start, end);
      append(other, from, from + length);
    },
    place: offset => used + offset - kept,
    finish(end) {
      if (!isPatched) return 0;
      append(source, kept, end);
      return used;
    },
  };
}
