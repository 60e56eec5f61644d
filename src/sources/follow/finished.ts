import { Readable } from 'node:stream';
import { codeOf, messageOf, TelemetryError } from '../../core/errors.js';
import { FingerprintBuilder } from '../shared/fingerprint.js';
import { eachBlock, type TakeBlock } from '../shared/blocks.js';
import { openInput, type Input } from '../shared/input.js';
import { openLog } from './open-log.js';
import type { LogReader } from './log-reader.js';

/** Options of {@link readFinished}. */
export interface FinishedOptions {
  /** Bytes of its text that were read before. */
  readonly from: number;
  readonly reader: LogReader;
  readonly longestLine: number;
  readonly signal: AbortSignal;
  /** Called when the rest cannot be read: a damaged file ends where the damage begins. */
  readonly onUnreadable: (error: unknown) => void;
}

/** `gone`: the file has another name now, was compressed or was removed. `stopped`: the signal aborted. */
export type FinishedState = 'end' | 'gone' | 'stopped';

/** Reads the rest of a file that no program writes to any more, compressed or not; its last line needs no newline. */
export async function readFinished(path: string, options: FinishedOptions): Promise<FinishedState> {
  let input: Input;
  try {
    input = await openInput(path, Readable.from([]));
  } catch (error) {
    if (!(error instanceof TelemetryError)) throw error;
    if (codeOf(error.cause) === 'ENOENT') return 'gone';
    options.onUnreadable(error);
    return 'end';
  }
  try {
    return input.isCompressed ? await readCompressed(input, options) : await readPlain(path, options);
  } finally {
    await input.close();
  }
}

async function readPlain(path: string, { from, reader, longestLine, signal }: FinishedOptions): Promise<FinishedState> {
  const log = await openLog(path, longestLine);
  if (!log) return 'gone';
  try {
    await log.seek(from);
    while (!signal.aborted) {
      const state = await log.read(reader.take, true);
      await reader.taken(log.fingerprint());
      if (state !== 'more') return 'end';
    }
    return 'stopped';
  } finally {
    await log.close();
  }
}

async function readCompressed(
  input: Input,
  { from, reader, longestLine, signal, onUnreadable }: FinishedOptions,
): Promise<FinishedState> {
  const builder = new FingerprintBuilder();
  async function* rest(): AsyncGenerator<Buffer> {
    let left = from;
    try {
      for await (const chunk of input.chunks(0, new AbortController().signal)) {
        builder.add(chunk);
        if (left < chunk.length) yield chunk.subarray(left);
        left = Math.max(0, left - chunk.length);
      }
    } catch (error) {
      if (!(error instanceof TelemetryError) && codeOf(error) === undefined) throw error;
      onUnreadable(error);
    }
  }
  // The reader stops at a change of format to report its offset, which is not stored in between here.
  const takeAll: TakeBlock = (block, isLast) => {
    for (let at = 0; ;) {
      const used = reader.take(block.subarray(at), isLast);
      at += used;
      if (used === 0 || at === block.length) return at;
    }
  };
  await eachBlock(
    rest(),
    longestLine,
    takeAll,
    () => signal.aborted,
    () => reader.takenSome(),
  );
  if (signal.aborted) return 'stopped';
  await reader.taken(builder.fingerprint());
  return 'end';
}

/** The message for a file that cannot be read. */
export function unreadable(path: string, error: unknown): string {
  return error instanceof TelemetryError ? error.message : `cannot read ${path}: ${messageOf(error)}`;
}
