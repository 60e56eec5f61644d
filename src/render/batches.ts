import { TelemetryError } from '../core/errors.js';
import type { Result, Row } from '../core/result.js';
import type { RenderOptions, Write } from './renderer.js';

/** Text is written once there is this much, in characters: a batch of 1 MiB payloads must not become one string. */
const FLUSH_CHARACTERS = 1024 * 1024;

/**
 * The batches of a result, until the signal fires.
 * @throws TelemetryError the signal's reason, or `interrupted`.
 */
export async function* batchesOf(result: Result, signal: AbortSignal | undefined): AsyncGenerator<readonly Row[]> {
  throwIfAborted(signal);
  for await (const batch of result.batches) {
    throwIfAborted(signal);
    yield batch;
  }
  throwIfAborted(signal);
}

/** Writes the text of each item, in calls of about {@link FLUSH_CHARACTERS}. */
export async function writeJoined<T>(
  write: Write,
  items: Iterable<T>,
  textOf: (item: T, index: number) => string,
  start = '',
): Promise<void> {
  let text = start;
  let index = 0;
  for (const item of items) {
    text += textOf(item, index++);
    if (text.length >= FLUSH_CHARACTERS) {
      await write(text);
      text = '';
    }
  }
  if (text !== '') await write(text);
}

/**
 * Writes the rows with one call per batch.
 * @param start a header, written together with the first rows.
 * @param rowText the text of a row with its line ends; `index` counts from 0 over the whole result.
 * @returns the number of rows written.
 */
export async function writeRows(
  result: Result,
  write: Write,
  options: RenderOptions,
  { start = '', rowText }: { start?: string; rowText: (row: Row, index: number) => string },
): Promise<number> {
  let count = 0;
  let isStarted = false;
  for await (const batch of batchesOf(result, options.signal)) {
    const before = count;
    await writeJoined(write, batch, (row, i) => rowText(row, before + i), isStarted ? '' : start);
    isStarted = true;
    count += batch.length;
  }
  if (!isStarted && start !== '') await write(start);
  return count;
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  if (signal.reason instanceof TelemetryError) throw signal.reason;
  throw new TelemetryError('interrupted', 'the output was interrupted', { cause: signal.reason });
}
