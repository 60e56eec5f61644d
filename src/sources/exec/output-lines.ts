const NEWLINE = 0x0a;

/** The longest sequence of UTF-8 has so many bytes behind its first. */
const CONTINUATION_BYTES = 3;

/** Told of a line without its newline, or, when it is longer than a line may be, of its pieces one by one. */
export type OnLine = (line: Buffer, isEnd: boolean) => void;

/** Cuts what a program prints into lines. The last one needs no newline. */
export interface OutputLines {
  write(chunk: Buffer): void;
  end(): void;
}

/** @param longest how much of a line is held before it is handed on in pieces, in bytes. */
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

/** The last place up to `at` that is within no character of UTF-8; `at` itself where the text is none. */
function characterStart(text: Buffer, at: number): number {
  for (let cut = at; cut > 0 && cut >= at - CONTINUATION_BYTES; cut--) {
    if ((text[cut]! & 0xc0) !== 0x80) return cut;
  }
  return at;
}
