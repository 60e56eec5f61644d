import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { quoteText } from '../sql/text.js';
import { unfinishedFile } from './files.js';
import { TextCopier } from './text-copier.js';

/** Consecutive lines that are read back: all of them lie in one or two of DuckDB's vectors, so that few pages are decoded. */
export const SAMPLE_LINES = 64;

/** Bytes that are read back at most, unless one line has more: the events that were sealed are still in memory. */
export const MAX_SAMPLE_BYTES = 4 * 1024 * 1024;

/** Written at once. Each file of lines has a buffer of this size. */
const BUFFER_BYTES = 64 * 1024;

/** The separator and the digits of a shape, and the line feed. */
const TAIL_BYTES = 16;

const LINE_FEED = 0x0a;

/** The digits of an id. */
export const MAX_ID_BYTES = 16;

/** DuckDB's default, and the rest of a line around its payload. */
const MIN_LINE_BYTES = 2 * 1024 * 1024;

/** DuckDB has some of these at a time. */
const MIN_BUFFER_BYTES = 4 * 1024 * 1024;
const OTHER_BYTES = 1024;

/** The parts of lines that are in DuckDB's way unless they occur. */
export interface LineProperties {
  /** True when some payload has U+0002 and U+0003 for line breaks. */
  readonly hasBreaks: boolean;
  /** True when some payload comes after an encoding. */
  readonly hasEncodings: boolean;
  /** The bytes of the longest line. */
  readonly longest: number;
}

/**
 * A file of events as lines (journal/event-lines.ts), each followed by U+0001 and the number of its batch shape. DuckDB
 * reads it far faster than rows that are appended one by one. The file is overwritten by the next batch: its pages are
 * there already.
 */
export class LineFile {
  readonly path: string;
  readonly #descriptor: number;
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  readonly #copier = new TextCopier(this.#buffer);
  #at = 0;
  #position = 0;
  #lines = 0;
  /** The offsets of some consecutive lines. */
  readonly #sample = { from: 0, to: 0 };

  constructor(path: string) {
    this.path = path;
    this.#descriptor = openSync(path, 'w+', 0o600);
  }

  /** Forgets what is in the file. */
  restart(): void {
    this.#at = 0;
    this.#position = 0;
    this.#lines = 0;
  }

  /** Writes up to {@link SAMPLE_LINES} consecutive lines, chosen at random, to another file. Returns its path. */
  writeSample(): string {
    const { from, to } = this.#sample;
    let bytes = this.#read(from, Math.min(to, from + MAX_SAMPLE_BYTES));
    if (bytes.length < to - from) {
      const end = bytes.lastIndexOf(LINE_FEED) + 1;
      bytes = end > 0 ? bytes.subarray(0, end) : this.#read(from, to);
    }
    writeFileSync(this.#samplePath, bytes, { mode: 0o600 });
    return this.#samplePath;
  }

  #read(from: number, to: number): Buffer {
    const bytes = Buffer.allocUnsafe(to - from);
    for (let at = 0; at < bytes.length;) {
      const read = readSync(this.#descriptor, bytes, at, bytes.length - at, from + at);
      if (read === 0) throw new Error(`${this.path} is shorter than what was written to it`);
      at += read;
    }
    return bytes;
  }

  get #samplePath(): string {
    return `${this.path}-sample`;
  }

  append(lines: Buffer, from: number, to: number, batchShape: number): void {
    this.#begin();
    const length = to - from;
    if (this.#at + length + TAIL_BYTES > BUFFER_BYTES) {
      this.#flush();
      if (length + TAIL_BYTES > BUFFER_BYTES) this.#write(lines.subarray(from, to));
    }
    if (length + TAIL_BYTES <= BUFFER_BYTES) this.#copy(lines, from, to);
    this.#end(batchShape);
  }

  /** Appends an event in parts: its id, the text up to its payload, and the payload. */
  appendEvent(id: number, head: Buffer, bytes: Buffer, from: number, to: number, batchShape: number): void {
    this.#begin();
    const length = MAX_ID_BYTES + head.length + to - from + TAIL_BYTES;
    if (this.#at + length > BUFFER_BYTES) this.#flush();
    this.#digits(id);
    this.#copy(head, 0, head.length);
    if (length > BUFFER_BYTES) {
      this.#flush();
      this.#write(bytes.subarray(from, to));
    } else this.#copy(bytes, from, to);
    this.#end(batchShape);
  }

  /** Begins a line. Of n runs of lines so far, each is the sample with a probability of 1/n. */
  #begin(): void {
    const at = this.#position + this.#at;
    if (this.#lines % SAMPLE_LINES === 0) {
      const runs = this.#lines / SAMPLE_LINES + 1;
      if (this.#sample.to === Infinity) this.#sample.to = at;
      if (Math.random() * runs < 1) Object.assign(this.#sample, { from: at, to: Infinity });
    }
    this.#lines++;
  }

  #copy(bytes: Buffer, from: number, to: number): void {
    this.#copier.copy(bytes, from, to, this.#at);
    this.#at += to - from;
  }

  #end(batchShape: number): void {
    this.#buffer[this.#at++] = 1;
    this.#digits(batchShape);
    this.#buffer[this.#at++] = LINE_FEED;
  }

  #digits(number: number): void {
    let digits = 1;
    for (let rest = number; rest > 9; rest = Math.floor(rest / 10)) digits++;
    for (let i = digits - 1, rest = number; i >= 0; i--, rest = Math.floor(rest / 10)) {
      this.#buffer[this.#at + i] = 0x30 + (rest % 10);
    }
    this.#at += digits;
  }

  /** Makes the file hold what was appended since {@link restart}, and nothing else. */
  finish(): void {
    this.#flush();
    if (this.#sample.to === Infinity) this.#sample.to = this.#position;
    ftruncateSync(this.#descriptor, this.#position);
  }

  close(): void {
    closeSync(this.#descriptor);
    for (const path of [this.path, this.#samplePath]) rmSync(path, { force: true });
  }

  #flush(): void {
    this.#write(this.#buffer.subarray(0, this.#at));
    this.#at = 0;
  }

  #write(bytes: Buffer): void {
    for (let from = 0; from < bytes.length;) {
      const written = writeSync(this.#descriptor, bytes, from, bytes.length - from, this.#position);
      from += written;
      this.#position += written;
    }
  }
}

/** Files of lines in the store at `dir`, in its folder of unfinished files. They last from batch to batch. */
export class LineFiles {
  readonly #dir: string;
  readonly #name: string;
  readonly #files: LineFile[] = [];
  #used = 0;

  /** @param name distinguishes them from those of another batch. */
  constructor(dir: string, name: string) {
    this.#dir = dir;
    this.#name = name;
  }

  /** Starts a batch: all files are free. */
  restart(): void {
    this.#used = 0;
  }

  /** An empty file. */
  take(): LineFile {
    const at = this.#used++;
    const file = (this.#files[at] ??= new LineFile(
      unfinishedFile(this.#dir, `lines-${process.pid}-${this.#name}-${at}`),
    ));
    file.restart();
    return file;
  }

  close(): void {
    for (const file of this.#files.splice(0)) file.close();
  }
}

/** A file of lines with their properties. */
type LineSource = LineProperties & { readonly file: LineFile };

/** SQL for some consecutive rows of one of the files: see {@link lineRows}. */
export function sampledRows(sources: readonly LineSource[]): string {
  const source = sources[Math.floor(Math.random() * sources.length)]!;
  return `(${rowsOf(source, source.file.writeSample())})`;
}

/** SQL for the rows of files: id, stream_id, received_at, payload, encoding, sent and form, in id order. */
export function lineRows(sources: readonly LineSource[]): string {
  const rows = sources.map(source => rowsOf(source, source.file.path));
  return rows.length === 1 ? `(${rows[0]!})` : `(select * from (${rows.join('\nunion all\n')}) order by id)`;
}

function rowsOf({ hasBreaks, hasEncodings, longest }: LineProperties, path: string): string {
  const line = Math.max(MIN_LINE_BYTES, longest + OTHER_BYTES);
  const read = `read_csv(${quoteText(path)}, columns = {id: 'BIGINT', stream_id: 'BIGINT', received_at: 'BIGINT',
    payload: 'VARCHAR', form: 'INTEGER'}, delim = '\u0001', quote = '', escape = '', header = false, new_line = '\\n',
    auto_detect = false, max_line_size = ${line}, buffer_size = ${Math.max(line, MIN_BUFFER_BYTES)})`;
  const payload = hasBreaks ? `translate(payload, chr(2) || chr(3), chr(10) || chr(13))` : 'payload';
  const list = (columns: string): string =>
    `select id, stream_id, make_timestamptz(received_at) as received_at, ${columns}, form from ${read}`;
  if (!hasEncodings) return list(`${payload} as payload, null::varchar as "encoding", null::varchar as sent`);
  const part = (number: number): string => `split_part(${payload}, chr(4), ${number})`;
  const ifEncoded = (then: string, otherwise: string): string =>
    `case when starts_with(payload, chr(4)) then ${then} else ${otherwise} end`;
  return list(`${ifEncoded(part(4), payload)} as payload, ${ifEncoded(`nullif(${part(2)}, '')`, 'null')} as "encoding",
    ${ifEncoded(`nullif(${part(3)}, '')`, 'null')} as sent`);
}
