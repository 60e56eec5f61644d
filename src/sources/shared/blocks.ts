const NEWLINE = 0x0a;

/** Room for a block of a file and the line that it cut. */
const FIRST_ROOM = 2 * 1024 * 1024;

/**
 * Takes events from a block of text, which follows the block before.
 * @param isLast true when no block follows, so an unfinished event stays unfinished.
 * @returns the number of bytes taken; the others come again, followed by more.
 */
export type TakeBlock = (block: Buffer, isLast: boolean) => number;

/**
 * Splits text into blocks that end with a line, unless a line is longer than `longest`. Calls `after` with the bytes
 * taken so far after each block. Returns early once `isStopped`.
 */
export async function eachBlock(
  chunks: AsyncIterable<Buffer>,
  longest: number,
  take: TakeBlock,
  isStopped: () => boolean,
  after: (taken: number) => Promise<void>,
): Promise<void> {
  // One reused buffer: new ones would keep the garbage collector busy.
  let buffer = Buffer.allocUnsafe(FIRST_ROOM);
  let length = 0;
  let taken = 0;
  for await (const chunk of chunks) {
    if (length + chunk.length > buffer.length) {
      const wider = Buffer.allocUnsafe(2 * (length + chunk.length));
      buffer.copy(wider, 0, 0, length);
      buffer = wider;
    }
    // Earlier lines were not taken without this chunk.
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

/** The length of a leading byte order mark; 0 without one. */
export function markLength(text: Uint8Array): number {
  return text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf ? 3 : 0;
}

/** The number of line ends in the bytes. */
export function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}
