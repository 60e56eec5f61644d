const NEWLINE = 0x0a;

/** The longest UTF-8 sequence has this many continuation bytes. */
const CONTINUATION_BYTES = 3;

/** Called with each line without its newline, or with the pieces of a line over the limit. */
export type OnLine = (line: Buffer, isEnd: boolean) => void;

/** Splits the output of a program into lines. The last line needs no newline. */
export class OutputLines {
  readonly #onLine: OnLine;
  readonly #longest: number;
  /** The beginning of an unfinished line. */
  #parts: Buffer[] = [];
  #length = 0;
  #isContinued = false;

  /** @param longest the longest part of a line that is buffered, in bytes. */
  constructor(onLine: OnLine, longest: number) {
    this.#onLine = onLine;
    this.#longest = longest;
  }

  /** Takes the next bytes of the output. */
  write(chunk: Buffer): void {
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
      this.#add(chunk.subarray(start, at));
      this.#finish();
      start = at + 1;
    }
    if (start < chunk.length) this.#add(Buffer.from(chunk.subarray(start)));
  }

  /** Ends the output. */
  end(): void {
    if (this.#length > 0 || this.#isContinued) this.#finish();
  }

  #add(part: Buffer): void {
    this.#parts.push(part);
    this.#length += part.length;
    if (this.#length <= this.#longest) return;
    let rest = this.#take();
    while (rest.length > this.#longest) {
      const cut = characterStart(rest, this.#longest);
      this.#onLine(rest.subarray(0, cut), false);
      rest = rest.subarray(cut);
    }
    this.#isContinued = true;
    this.#parts = [rest];
    this.#length = rest.length;
  }

  #take(): Buffer {
    const line = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts, this.#length);
    this.#parts = [];
    this.#length = 0;
    return line;
  }

  #finish(): void {
    this.#onLine(this.#take(), true);
    this.#isContinued = false;
  }
}

/** The last character boundary up to `at`; `at` itself where the text is not UTF-8. */
function characterStart(text: Buffer, at: number): number {
  for (let cut = at; cut > 0 && cut >= at - CONTINUATION_BYTES; cut--) {
    if ((text[cut]! & 0xc0) !== 0x80) return cut;
  }
  return at;
}
