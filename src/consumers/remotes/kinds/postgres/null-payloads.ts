const TAB = 0x09;
const LINE_FEED = 0x0a;

/** Detects rows of a batch whose last column, the payload, is NULL. White space in a payload may be mistaken for it. */
export class NullPayloads {
  #mayExist = false;
  #lastByte = 0;

  /** False when no row has a NULL payload. */
  get mayExist(): boolean {
    return this.#mayExist;
  }

  /** Yields the bytes of a batch unchanged. */
  async *watch(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.#mayExist ||= (this.#lastByte === TAB && chunk[0] === LINE_FEED) || chunk.includes('\t\n');
      this.#lastByte = chunk.at(-1) ?? this.#lastByte;
      yield chunk;
    }
  }
}
