const NEWLINE = 0x0a;

/**
 * Takes events from a block of text.
 * @param isLast whether nothing follows: what is unfinished then never will be.
 * @returns how many bytes were taken; the others come again, with more behind them.
 */
export type TakeBlock = (block: Buffer, isLast: boolean) => number;

/** Hands text over in blocks that end with a line, unless a line is longer than `longest`; `after` each, how far it is. Ends early once `isStopped`. */
export async function eachBlock(
  chunks: AsyncIterable<Buffer>,
  longest: number,
  take: TakeBlock,
  isStopped: () => boolean,
  after: (taken: number) => Promise<void>,
): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  let taken = 0;
  for await (const chunk of chunks) {
    const text = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const lineEnd = text.lastIndexOf(NEWLINE) + 1;
    if (lineEnd === 0 && text.length <= longest) {
      rest = text;
      continue;
    }
    const used = take(lineEnd === 0 ? text : text.subarray(0, lineEnd), false);
    taken += used;
    rest = Buffer.from(text.subarray(used));
    await after(taken);
    if (isStopped()) return;
  }
  taken += take(rest, true);
  await after(taken);
}

/** The length of the byte order mark that a text begins with, which is no part of it; 0 where there is none. */
export function markLength(text: Uint8Array): number {
  return text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf ? 3 : 0;
}

/** How many lines end in the bytes. */
export function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}
