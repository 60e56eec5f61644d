import type { EventSink } from '../core/event.js';
import { csvRows } from '../decode/csv.js';
import { DecodeError, type Decoder } from '../decode/decoder.js';
import { TelemetryError } from '../core/errors.js';
import { jsonStream } from '../decode/json-stream.js';
import { isDocument } from '../decode/otlp/documents.js';
import { textEvent } from '../decode/json-text.js';
import { logfmtLine } from '../decode/logfmt.js';
import { countLines, eachBlock, markLength, type TakeBlock } from './blocks.js';
import type { Input } from './input.js';
import { takeLines } from './lines.js';
import type { Reading } from '../core/reading.js';
import { beforeLines, takeValues, type LineProgress, type OnBadLine } from './values.js';

const NEWLINE = 0x0a;

/** Reads a Parquet file from a row on: each row a line of JSON, some whole ones at a time. */
export type ReadParquet = (file: string, from: number) => AsyncIterable<Buffer>;

/** How an input is read. */
export interface ReadOptions {
  readonly sink: EventSink;
  /** Where to begin; counted as {@link ReadOptions.onPlace} does. */
  readonly offset: number;
  /** Lines before that. */
  readonly lines: number;
  /** In bytes. */
  readonly maxEventBytes: number;
  readonly signal: AbortSignal;
  readonly readParquet: ReadParquet;
  /** Whether what is no event is left out; otherwise `onBadLine` says to stop. */
  readonly isSkipping: boolean;
  readonly onBadLine: OnBadLine;
  /**
   * Called between two events, with the place to begin at for what follows; undefined where there is none but the start.
   * @param good how much of the file is read and need not be mended, where that is known, in bytes.
   */
  readonly onPlace: (
    place: { readonly offset: number; readonly lines: number } | undefined,
    good?: number,
  ) => Promise<void>;
}

/** Reads the events of an input, in their order. @throws DecodeError, TelemetryError. */
export async function readEvents(input: Input, reading: Reading, options: ReadOptions): Promise<void> {
  const { sink, maxEventBytes, onBadLine, lines } = options;
  const progress = beforeLines(lines);
  const lineOptions = { maxEventBytes, onBadLine, progress };
  const jsonLimits = { maxEventBytes, mayExceed: isDocument };
  switch (reading) {
    case 'ndjson':
      return readBlocks(input, takeValues(sink, { ...lineOptions, ...jsonLimits }), progress, options);
    case 'text':
      return readBlocks(input, takeLines(textLine, sink, lineOptions), progress, options);
    case 'logfmt':
      return readBlocks(
        input,
        takeLines((line, to) => logfmtLine(line, to, options), sink, lineOptions),
        progress,
        options,
      );
    case 'json':
      return readStream(input, jsonStream(sink, { ...jsonLimits, elements: true }), options);
    case 'csv':
    case 'tsv':
      return readStream(
        input,
        csvRows(sink, {
          maxEventBytes,
          delimiter: reading === 'csv' ? ',' : '\t',
          ...(options.isSkipping && {
            onBadRow: (error: DecodeError, text: string) => void onBadLine(error.line ?? 0, Buffer.from(text), error),
          }),
        }),
        options,
      );
    case 'parquet':
      return readRows(input, options);
  }
}

function textLine(line: string, sink: EventSink): void {
  const { bytes, facts } = textEvent(line);
  sink(bytes, 0, bytes.length, facts);
}

async function readBlocks(
  input: Input,
  take: TakeBlock,
  progress: LineProgress,
  { offset, maxEventBytes, signal, onPlace }: ReadOptions,
): Promise<void> {
  await eachBlock(
    input.chunks(offset, signal),
    maxEventBytes,
    take,
    () => progress.isStopped,
    taken => (progress.inBadLine ? Promise.resolve() : onPlace({ offset: offset + taken, lines: progress.lines })),
  );
}

async function readStream(input: Input, decoder: Decoder, { signal, onPlace }: ReadOptions): Promise<void> {
  let isFirst = true;
  try {
    for await (const chunk of input.chunks(0, signal)) {
      await decoder.write(isFirst ? chunk.subarray(markLength(chunk)) : chunk);
      isFirst = false;
      await onPlace(undefined);
    }
    await decoder.end();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const { line = 1, offset = 0 } = error;
    // What is wrong may begin before it shows; where all is one line, that is where it shows.
    await onPlace(undefined, line === 1 ? offset : await offsetOfLine(input, line, signal));
    const place = error.line === undefined ? '' : `, line ${error.line}`;
    throw new TelemetryError('failure', `${input.name}${place}: ${error.message}`, {
      remedy: 'What comes before it is stored. Mend the file and run this again: it goes on there.',
      cause: error,
    });
  }
}

/** Where a line begins, in bytes. */
async function offsetOfLine(input: Input, line: number, signal: AbortSignal): Promise<number> {
  let offset = 0;
  let left = line - 1;
  if (!input.file) return 0;
  for await (const chunk of input.chunks(0, signal)) {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) {
      if (--left === 0) return offset + at + 1;
    }
    offset += chunk.length;
  }
  return offset;
}

async function readRows(input: Input, options: ReadOptions): Promise<void> {
  const { sink, offset, maxEventBytes, signal, readParquet, onBadLine, onPlace } = options;
  if (!input.file) {
    throw new TelemetryError('usage', `${input.name} cannot be read as Parquet, which needs a file`, {
      remedy: 'Save it to a file first.',
    });
  }
  const progress = beforeLines(offset);
  const take = takeValues(sink, { maxEventBytes, onBadLine, progress });
  for await (const rows of readParquet(input.name, offset)) {
    if (signal.aborted) throw new TelemetryError('interrupted', 'interrupted; what was read before is stored');
    const after = progress.lines + countLines(rows);
    take(rows, false);
    // Not taken is the line ending of the last.
    if (!progress.isStopped) progress.lines = after;
    await onPlace({ offset: progress.lines, lines: 0 });
    if (progress.isStopped) return;
  }
}
