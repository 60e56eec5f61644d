const WORD = Float64Array.BYTES_PER_ELEMENT;

/**
 * Copies short texts into a buffer, eight bytes at a time. For some hundred bytes that takes half of the time of
 * `Buffer.copy`, which makes an object for each of them. The texts must be valid UTF-8, in which no eight bytes are a NaN
 * (whose bits a copy may change): no two of its bytes are 0xF0 or more and then 0x7F or 0xFF.
 */
export class TextCopier {
  readonly #target: Buffer;
  readonly #targetView: DataView;
  #source: Buffer | undefined;
  #sourceView: DataView = new DataView(new ArrayBuffer(0));

  constructor(target: Buffer) {
    this.#target = target;
    this.#targetView = new DataView(target.buffer, target.byteOffset, target.length);
  }

  /** Copies the bytes of `source` between two offsets to the offset `at` of the target. They must fit. */
  copy(source: Buffer, from: number, to: number, at: number): void {
    if (to - from < WORD) {
      for (let i = from; i < to; i++) this.#target[at + i - from] = source[i]!;
      return;
    }
    if (source !== this.#source) {
      this.#source = source;
      this.#sourceView = new DataView(source.buffer, source.byteOffset, source.length);
    }
    copyWords(this.#sourceView, from, to, this.#targetView, at);
  }
}

function copyWords(source: DataView, from: number, to: number, target: DataView, at: number): void {
  const last = to - WORD;
  for (let i = from, j = at; i < last; i += WORD, j += WORD) target.setFloat64(j, source.getFloat64(i, true), true);
  target.setFloat64(at + last - from, source.getFloat64(last, true), true);
}
