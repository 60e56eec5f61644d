const NEWLINE = 0x0a;

/** The longest UTF-8 sequence has this many continuation bytes. */
const CONTINUATION_BYTES = 3;

/** Called with each line without its newline, or with the pieces of a line over the limit. */
export type OnLine = (line: Buffer, isEnd: boolean) => void;

/** Splits the output of a program into lines. The last line needs no newline. */
export interface OutputLines {
  write(chunk: Buffer): void;
  end(): void;
}

/** A line splitter. @param longest the longest part of a line that is buffered, in bytes. */
export function outputLines(onLine: OnLine, longest: number): OutputLines {
  /** The beginning of an unfinished line. */
  let parts: Buffer[] = [];
  let held = 0;
  let isContinued = false;

  function take(): Buffer {
    const line = parts.length === 1 ? parts[0]! : Buffer.concat(parts, held);
    parts = [];
    held = 0;
    return line;
  }

  function hold(part: Buffer): void {
    parts.push(part);
    held += part.length;
    if (held <= longest) return;
    let rest = take();
    while (rest.length > longest) {
      const cut = characterStart(rest, longest);
      onLine(rest.subarray(0, cut), false);
      rest = rest.subarray(cut);
    }
    isContinued = true;
    parts = [rest];
    held = rest.length;
  }

  function finish(): void {
    onLine(take(), true);
    isContinued = false;
  }

  return {
    write(chunk) {
      let start = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
        hold(chunk.subarray(start, at));
        finish();
        start = at + 1;
      }
      if (start < chunk.length) hold(Buffer.from(chunk.subarray(start)));
    },
    end() {
      if (held > 0 || isContinued) finish();
    },
  };
}

/** The last character boundary up to `at`; `at` itself where the text is not UTF-8. */
function characterStart(text: Buffer, at: number): number {
  for (let cut = at; cut > 0 && cut >= at - CONTINUATION_BYTES; cut--) {
    if ((text[cut]! & 0xc0) !== 0x80) return cut;
  }
  return at;
}
