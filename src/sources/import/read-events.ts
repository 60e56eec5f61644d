import type { EventSink } from '../../core/event.js';
import { TelemetryError } from '../../core/errors.js';
import { CsvReader } from '../../formats/csv/rows.js';
import { DecodeError, type Decoder } from '../../formats/decoder.js';
import { ElementsAt, pathOf } from '../../formats/json/elements-at.js';
import { jsonStream } from '../../formats/json/stream.js';
import type { LineReading } from '../../core/input-format.js';
import { isDocument } from '../../formats/otlp/documents.js';
import { countLines, eachBlock, markLength, type TakeBlock } from '../shared/blocks.js';
import type { Input } from '../shared/input.js';
import { lineFormat } from '../shared/line-formats.js';
import { LogLines } from '../shared/log-lines.js';
import type { Member } from '../shared/members.js';
import type { ReadAs } from './input-format.js';
import { beforeLines, takeValues, type LineProgress, type OnBadLine } from './values.js';

const NEWLINE = 0x0a;

/** Reads a Parquet file from a row on: each row a line of JSON, some whole ones at a time. */
export type ReadParquet = (file: string, from: number) => AsyncIterable<Buffer>;

/** How an input is read. */
export interface ReadOptions {
  /** Takes what was written as JSON, and what was made of cells, rows and lines of a type. */
  readonly sink: EventSink;
  /** Takes the events that were made of text, which have their members. */
  readonly texts: EventSink;
  /** Members of events that are made of text. */
  readonly members: readonly Member[];
  /** Where to begin; counted as {@link ReadOptions.onPlace} does. */
  readonly offset: number;
  /** Lines before that. */
  readonly lines: number;
  /** In bytes. */
  readonly maxEventBytes: number;
  readonly signal: AbortSignal;
  readonly readParquet: ReadParquet;
  readonly onBadLine: OnBadLine;
  /**
   * Called between two events, with the place to begin at for what follows; undefined where there is none but the start,
   * or none yet but the one before.
   * @param good how much of the file is read and need not be mended, where that is known, in bytes.
   */
  readonly onPlace: (
    place: { readonly offset: number; readonly lines: number } | undefined,
    good?: number,
  ) => Promise<void>;
  /** Called in the place of it while reading cannot begin behind what was read: within a line, say. */
  readonly onNoPlace: () => Promise<void>;
}

/** Reads the events of an input, in their order. @throws DecodeError, TelemetryError. */
export async function readEvents(input: Input, as: ReadAs, options: ReadOptions): Promise<void> {
  const { sink, maxEventBytes, onBadLine, lines } = options;
  const jsonLimits = { maxEventBytes, mayExceed: isDocument };
  switch (as.reading) {
    case 'ndjson': {
      const progress = beforeLines(lines);
      return readBlocks(input, takeValues(sink, { ...jsonLimits, onBadLine, progress }), progress, options);
    }
    case 'json':
      if (as.each === undefined) return readStream(input, jsonStream(sink, { ...jsonLimits, elements: true }), options);
      return readStream(
        input,
        new ElementsAt(pathOf(as.each), sink, { maxEventBytes }),
        options,
        `What comes before it is stored. Name the list with --each, or mend the file, and run this again.`,
      );
    case 'csv':
    case 'tsv':
      return readTable(input, as.delimiter ?? (as.reading === 'tsv' ? '\t' : undefined), options);
    case 'parquet':
      return readRows(input, options);
    default:
      return readLines(input, as.reading, as.pattern, options);
  }
}

async function readLines(
  input: Input,
  reading: LineReading,
  pattern: string | undefined,
  options: ReadOptions,
): Promise<void> {
  const limit = (): number => options.maxEventBytes;
  const format = lineFormat(reading, { pattern, now: () => input.modified, limit });
  const taken = new LogLines({
    format: () => format,
    members: options.members,
    objects: options.sink,
    texts: options.texts,
    limit,
    onBad: (line, text, error) => (options.onBadLine(line, text, error) ? 'skip' : 'stop'),
    lines: options.lines,
  });
  return readBlocks(input, (block, isLast) => taken.take(block, isLast), taken, options);
}

async function readTable(input: Input, delimiter: string | undefined, options: ReadOptions): Promise<void> {
  const { sink, maxEventBytes, onBadLine, offset, lines } = options;
  const table = new CsvReader(sink, {
    maxEventBytes,
    delimiter,
    onBadRow: (error, text) => onBadLine(error.line ?? 0, text, error),
  });
  if (offset > 0 && !table.resume(input.beginning, lines)) {
    throw new TelemetryError('failure', `cannot find the header of ${input.name}, of which ${lines} lines are stored`, {
      remedy: 'Import it once more with --again.',
    });
  }
  return readBlocks(input, (block, isLast) => table.take(block, isLast), table, options);
}

async function readBlocks(
  input: Input,
  take: TakeBlock,
  progress: Readonly<LineProgress>,
  { offset, maxEventBytes, signal, onPlace, onNoPlace }: ReadOptions,
): Promise<void> {
  await eachBlock(
    input.chunks(offset, signal),
    maxEventBytes,
    take,
    () => progress.isStopped,
    taken => (progress.inBadLine ? onNoPlace() : onPlace({ offset: offset + taken, lines: progress.lines })),
  );
}

/** What to do about a document that is wrong. */
const MEND = 'What comes before it is stored. Mend the file and run this again: it goes on there.';

async function readStream(
  input: Input,
  decoder: Decoder,
  { signal, onPlace }: ReadOptions,
  remedy = MEND,
): Promise<void> {
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
      remedy,
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
