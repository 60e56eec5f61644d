import type { EventSink } from '../../core/event.js';
import { TelemetryError } from '../../core/errors.js';
import { isCopyText } from '../../formats/csv/copy-text.js';
import { CsvReader } from '../../formats/csv/rows.js';
import { DecodeError, type Decoder } from '../../formats/decoder.js';
import { KnownObjects } from '../../formats/json/known-objects.js';
import { ElementsAt, pathOf } from '../../formats/json/elements-at.js';
import { jsonStream } from '../../formats/json/stream.js';
import type { LineInputFormat } from '../../core/input-format.js';
import { isDocument } from '../../formats/otlp/documents.js';
import { countLines, eachBlock, markLength, type TakeBlock } from '../shared/blocks.js';
import type { Input } from '../shared/input.js';
import { lineFormat, type LineFormat } from '../shared/line-formats.js';
import { LogLines } from '../shared/log-lines.js';
import type { Member } from '../shared/members.js';
import type { ChosenFormat } from './input-format.js';
import { MixedLines } from './mixed-lines.js';
import { beforeLines, takeValues, type LineProgress, type OnBadLine } from './values.js';

const NEWLINE = 0x0a;

/** Reads a Parquet file from a row: rows as lines of JSON, several whole ones at a time. */
export type ReadParquet = (file: string, from: number) => AsyncIterable<Buffer>;

/** Options of {@link readEvents}. */
export interface ReadOptions {
  /** Takes JSON, and events made of cells, rows and typed lines. */
  readonly sink: EventSink;
  /** Takes events made of text, which have their members. */
  readonly texts: EventSink;
  /** Members of events made of text. */
  readonly members: readonly Member[];
  /** The offset to begin at, in the unit of {@link ReadOptions.onOffset}. */
  readonly offset: number;
  /** Lines before the offset. */
  readonly lines: number;
  /** In bytes. */
  readonly maxEventBytes: number;
  readonly signal: AbortSignal;
  readonly readParquet: ReadParquet;
  readonly onBadLine: OnBadLine;
  /** Takes a sentence for the user. */
  readonly onNote: (text: string) => Promise<void>;
  /**
   * Called between two events with the offset to resume at; undefined when the only such offset is the start or the
   * previous one.
   * @param good the number of bytes read that need no correction, where known.
   */
  readonly onOffset: (
    next: { readonly offset: number; readonly lines: number } | undefined,
    good?: number,
  ) => Promise<void>;
  /** Called instead of `onOffset` while reading cannot resume here, such as within a line. */
  readonly onNoOffset: () => Promise<void>;
}

/** Reads the events of an input in order. @throws DecodeError, TelemetryError. */
export async function readEvents(input: Input, as: ChosenFormat, options: ReadOptions): Promise<void> {
  const { sink, maxEventBytes, onBadLine, lines } = options;
  if (as.reading !== 'parquet') refuseUtf16(input);
  const jsonLimits = { maxEventBytes, mayExceed: isDocument, knownObjects: new KnownObjects() };
  switch (as.reading) {
    case 'ndjson': {
      if (as.mixed) return readMixed(input, options);
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
      return readLines(input, typedLines(input, as.reading, as.pattern, options), options);
  }
}

/** The byte order marks of UTF-16, also the beginning of those of UTF-32. */
const UTF16_MARKS = ['\xff\xfe', '\xfe\xff'];

function refuseUtf16({ name, beginning }: Input): void {
  if (!UTF16_MARKS.includes(beginning.toString('latin1', 0, 2))) return;
  throw new TelemetryError('failure', `${name}, line 1: the text is in UTF-16 and not valid UTF-8`, {
    remedy: 'Convert it and import the result, with iconv -f UTF-16 -t UTF-8, or save it as UTF-8.',
  });
}

function typedLines(
  input: Input,
  reading: LineInputFormat,
  pattern: string | undefined,
  { maxEventBytes }: ReadOptions,
): LineFormat {
  return lineFormat(reading, { pattern, now: () => input.modified, limit: () => maxEventBytes });
}

async function readMixed(input: Input, options: ReadOptions): Promise<void> {
  const format = new MixedLines(() => options.maxEventBytes);
  await readLines(input, format, options);
  if (format.texts === 0) return;
  const lines = format.texts === 1 ? '1 line that is not JSON is' : `${format.texts} lines that are not JSON are`;
  await options.onNote(`${input.name}: ${lines} stored as text; --type ndjson stops at the first`);
}

async function readLines(input: Input, format: LineFormat, options: ReadOptions): Promise<void> {
  const limit = (): number => options.maxEventBytes;
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
    isCopyText: delimiter === '\t' && isCopyText(input.beginning),
    onBadRow: (error, text) => onBadLine(error.line ?? 0, text, error),
  });
  if (offset > 0 && !table.resume(input.beginning, lines)) {
    throw new TelemetryError('failure', `cannot find the header of ${input.name}, of which ${lines} lines are stored`, {
      remedy: 'Import it once more with --again.',
    });
  }
  const take: TakeBlock = (block, isLast) => {
    try {
      return table.take(block, isLast);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      // A wrong header, without which no row can be read.
      throw new TelemetryError('failure', `${input.name}, line ${error.line ?? 1}: ${error.message}`, {
        remedy: 'Mend the header of the file and run this again.',
        cause: error,
      });
    }
  };
  return readBlocks(input, take, table, options);
}

async function readBlocks(
  input: Input,
  take: TakeBlock,
  progress: Readonly<LineProgress>,
  { offset, maxEventBytes, signal, onOffset, onNoOffset }: ReadOptions,
): Promise<void> {
  await eachBlock(
    input.chunks(offset, signal),
    maxEventBytes,
    take,
    () => progress.isStopped,
    taken => (progress.inBadLine ? onNoOffset() : onOffset({ offset: offset + taken, lines: progress.lines })),
  );
}

/** The remedy for an event over the limit. */
const RAISE =
  'What comes before it is stored. Raise the limit with --max-event-size, or name a list in it with --each.';

/** The remedy for an invalid document. */
const MEND = 'What comes before it is stored. Mend the file and run this again: it continues there.';

async function readStream(
  input: Input,
  decoder: Decoder,
  { signal, onOffset }: ReadOptions,
  remedy = MEND,
): Promise<void> {
  let isFirst = true;
  try {
    for await (const chunk of input.chunks(0, signal)) {
      await decoder.write(isFirst ? chunk.subarray(markLength(chunk)) : chunk);
      isFirst = false;
      await onOffset(undefined);
    }
    await decoder.end();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const { line = 1, offset = 0 } = error;
    // The error may begin before it is detected; in a single line, the offset of the error is used.
    await onOffset(undefined, line === 1 ? offset : await offsetOfLine(input, line, signal));
    const where = error.line === undefined ? '' : `, line ${error.line}`;
    throw new TelemetryError('failure', `${input.name}${where}: ${error.message}`, {
      remedy: error.reason === 'event_too_large' ? RAISE : remedy,
      cause: error,
    });
  }
}

/** The offset of a line, in bytes. */
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
  const { sink, offset, maxEventBytes, signal, readParquet, onBadLine, onOffset } = options;
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
    // The line ending of the last one is not taken yet.
    if (!progress.isStopped) progress.lines = after;
    await onOffset({ offset: progress.lines, lines: 0 });
    if (progress.isStopped) return;
  }
}
