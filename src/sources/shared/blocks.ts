const NEWLINE = 0x0a;

/** Room for a block as files are read, and the line that it broke. */
const FIRST_ROOM = 2 * 1024 * 1024;

/**
 * Takes events from a block of text, which is another one after it.
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
  // One buffer for all blocks: new ones would keep the collector of garbage busy.
  let buffer = Buffer.allocUnsafe(FIRST_ROOM);
  let length = 0;
  let taken = 0;
  for await (const chunk of chunks) {
    if (length + chunk.length > buffer.length) {
      const wider = Buffer.allocUnsafe(2 * (length + chunk.length));
      buffer.copy(wider, 0, 0, length);
      buffer = wider;
    }
    // Lines that came before were not taken without this chunk.
    const newline = chunk.lastIndexOf(NEWLINE);
    const lineEnd = length + newline + 1;
    length += chunk.copy(buffer, length);
    if (newline < 0 && length <= longest) continue;
    const used = take(buffer.subarray(0, newline < 0 ? length : lineEnd), false);
    taken += used;
    length -= used;
    buffer.copyWithin(0, used, used + length);
    await after(taken);
    if (isStopped()) return;
  }
  taken += take(buffer.subarray(0, length), true);
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
