/** A copy of a text of bytes with parts replaced, made in the order of the text: all between them keeps its bytes. */
export interface Patch {
  /** The bytes of the copy: they are used again for the next. */
  readonly bytes: Uint8Array;
  /** Starts on the text that begins at `start`. */
  begin(source: Uint8Array, start: number): void;
  /** Puts a text in the place of the bytes between two offsets. */
  replace(start: number, end: number, text: string): void;
  /** The same with `length` bytes of `other`. */
  replaceWith(start: number, end: number, other: Uint8Array, from: number, length: number): void;
  /** Where an offset that no later replacement comes before stands in the copy. */
  place(offset: number): number;
  /** Ends the text. Returns the length of the copy; 0 when nothing was replaced, and there is none. */
  finish(end: number): number;
}

const FIRST_BYTES = 16 * 1024;

/** Copying so few one by one costs less than to make a view of them. */
const FEW_BYTES = 64;

/** Creates what copies one text after the other. */
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
    if (end - start > FEW_BYTES) copy.set(new Uint8Array(from.buffer, from.byteOffset + start, end - start), used);
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
