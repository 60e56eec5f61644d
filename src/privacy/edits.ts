/** Changes to a text of bytes, made in its order, all of it that lies between them kept as it is. */
export interface Edits {
  /** Starts on a new text. */
  begin(): void;
  /** Puts `text` in the place of the bytes between two offsets. */
  replace(start: number, end: number, text: string): void;
  /** The bytes from `start` to `end` with the changes, in memory that the next call uses again; undefined without changes. */
  apply(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined;
}

const FIRST_BYTES = 16 * 1024;

/** Copying so few one by one costs less than to make a view of them. */
const FEW_BYTES = 48;

/** Creates an editor that is used for one text after the other. */
export function edits(): Edits {
  let made: { start: number; end: number; text: string }[] = [];
  let result = Buffer.allocUnsafe(FIRST_BYTES);

  return {
    begin: () => void (made = []),
    replace: (start, end, text) => void made.push({ start, end, text }),
    apply(bytes, start, end) {
      if (made.length === 0) return undefined;
      const most = made.reduce((sum, { text }) => sum + 3 * text.length, end - start);
      if (most > result.length) result = Buffer.allocUnsafe(2 * most);
      let used = 0;
      let from = start;
      const keep = (to: number): void => {
        if (to - from > FEW_BYTES) {
          result.set(bytes.subarray(from, to), used);
          used += to - from;
        } else for (let i = from; i < to; i++) result[used++] = bytes[i]!;
      };
      for (const edit of made) {
        keep(edit.start);
        used += result.write(edit.text, used);
        from = edit.end;
      }
      keep(end);
      return result.subarray(0, used);
    },
  };
}
