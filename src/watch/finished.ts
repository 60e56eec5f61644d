import { Readable } from 'node:stream';
import { createTrail, type Evidence } from '../feeds/evidence.js';
import { eachBlock, type TakeBlock } from '../feeds/blocks.js';
import { openInput } from '../feeds/input.js';
import { openLog } from './open-log.js';

/** How a file that was rotated away is read. */
export interface FinishedOptions {
  /** Bytes of its text that were taken before. */
  readonly from: number;
  readonly take: TakeBlock;
  /** Whether nobody will write to it any more: then its last line needs no newline. */
  readonly isFinal: boolean;
  readonly longestLine: number;
  readonly signal: AbortSignal;
  /** Called after each block, with the evidence of what is taken; undefined where none can be had in the middle. */
  readonly onTaken: (evidence: Evidence | undefined) => Promise<void>;
}

/** Reads what is left of a file, compressed or not. @returns whether it was read to its end. */
export async function readFinished(path: string, options: FinishedOptions): Promise<boolean> {
  const input = await openInput(path, Readable.from([]));
  try {
    if (!input.isCompressed) return await readPlain(path, options);
    return await readCompressed(input.chunks(0, new AbortController().signal), options);
  } finally {
    await input.close();
  }
}

async function readPlain(path: string, options: FinishedOptions): Promise<boolean> {
  const { from, take, isFinal, longestLine, signal, onTaken } = options;
  const log = await openLog(path, longestLine);
  if (!log) return true;
  try {
    await log.seek(from);
    while (!signal.aborted) {
      const state = await log.read(take, isFinal);
      await onTaken(log.evidence());
      if (state !== 'more') return true;
    }
    return false;
  } finally {
    await log.close();
  }
}

async function readCompressed(
  chunks: AsyncIterable<Buffer>,
  { from, take, isFinal, longestLine, signal, onTaken }: FinishedOptions,
): Promise<boolean> {
  const trail = createTrail();
  async function* rest(): AsyncGenerator<Buffer> {
    let left = from;
    for await (const chunk of chunks) {
      trail.add(chunk);
      if (left < chunk.length) yield chunk.subarray(left);
      left = Math.max(0, left - chunk.length);
    }
  }
  const isStopped = (): boolean => signal.aborted;
  await eachBlock(
    rest(),
    longestLine,
    (block, isLast) => take(block, isLast && isFinal),
    isStopped,
    () => onTaken(undefined),
  );
  if (isStopped()) return false;
  await onTaken(trail.evidence());
  return true;
}
