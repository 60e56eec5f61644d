import type { Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { PassThrough, Readable, type Duplex } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf, TelemetryError } from '../../core/errors.js';
import { unreadableFile } from '../../core/file-error.js';
import { zstdDecompress } from '../../formats/compression/zstd.js';

/** Bytes read at once. */
const CHUNK_BYTES = 1024 * 1024;

/** The first line decides the format, or this many bytes of it. */
const BEGINNING_BYTES = 64 * 1024;

/** After an abort, a pipe may deliver more for this long. */
const LAST_WORDS_MS = 200;

const NEWLINE = 0x0a;

/** A text to read events from. */
export interface Input {
  /** As the user named it. */
  readonly name: string;
  /** The file, when it can be read again; undefined for a pipe. */
  readonly file: FileHandle | undefined;
  /** Size on disk, in bytes; undefined for a pipe. */
  readonly size: number | undefined;
  readonly isCompressed: boolean;
  /** The first bytes, decompressed. */
  readonly beginning: Buffer;
  /** Bytes read so far, as they are on disk. */
  readonly read: number;
  /** Last write, in milliseconds since 1970; for a pipe, the time of opening. */
  readonly modified: number;
  /**
   * The decompressed text from an offset; a chunk is valid until the next is requested. Rejects once the signal aborts.
   */
  readonly chunks: (from: number, signal: AbortSignal) => AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/** An input that is a file. */
export interface FileInput extends Input {
  readonly file: FileHandle;
  readonly size: number;
}

/** True for a file, which can be read again. */
export function isFile(input: Input): input is FileInput {
  return input.file !== undefined;
}

/** Options of {@link openInput}. */
export interface OpenOptions {
  /** Ends a pipe soon after it aborts, as if it were complete: in a pipeline the writer is interrupted, too. */
  readonly signal?: AbortSignal;
  /** False when the first chunk of a pipe is enough: its format need not be detected. */
  readonly needsLine?: boolean;
}

/**
 * Opens a file, or wraps a stream. Detects gzip (RFC 1952) and zstd (RFC 8878) by their magic numbers.
 * @throws TelemetryError `failure` when it cannot be read.
 */
export async function openInput(name: string, stdin: Readable, options: OpenOptions = {}): Promise<Input> {
  if (name === '-') return openStream('stdin', stdin, options);
  let file: FileHandle | undefined;
  try {
    file = await open(name);
    const stats = await file.stat();
    if (stats.isDirectory()) throw unreadableFile(name, { code: 'EISDIR' });
    if (!stats.isFile()) return await openStream(name, file.createReadStream({ highWaterMark: CHUNK_BYTES }), options);
    return await openFile(name, file, stats);
  } catch (error) {
    await file?.close();
    if (error instanceof TelemetryError) throw error;
    throw unreadableFile(name, error);
  }
}

async function openFile(name: string, file: FileHandle, { size, mtimeMs }: Stats): Promise<Input> {
  let read = 0;
  /** @param isReused true when each chunk overwrites the one before */
  const raw = async function* (from: number, isReused: boolean): AsyncGenerator<Buffer> {
    let chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    // An abandoned reader may still be reading: each one has a separate offset.
    for (let at = from; ;) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, at);
      if (bytesRead === 0) return;
      read = at += bytesRead;
      yield chunk.subarray(0, bytesRead);
      if (!isReused) chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    }
  };
  const first = Buffer.alloc(Math.min(size, CHUNK_BYTES));
  const { bytesRead } = await file.read(first, 0, first.length, 0);
  const head = first.subarray(0, bytesRead);
  const isCompressed = inflaterFor(head) !== undefined;
  return {
    name,
    file,
    size,
    isCompressed,
    beginning: isCompressed ? await beginningOf(inflated(name, raw(0, false), head)) : head,
    modified: mtimeMs,
    get read() {
      return read;
    },
    chunks(from, signal) {
      const text = isCompressed ? dropped(inflated(name, raw(0, false), head), from) : raw(from, true);
      return until(signal, text);
    },
    close: () => file.close(),
  };
}

async function openStream(name: string, stream: Readable, options: OpenOptions): Promise<Input> {
  const { signal = new AbortController().signal, needsLine = true } = options;
  let read = 0;
  const raw = (async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of untilLastWords(signal, stream)) {
      read += chunk.length;
      yield chunk;
    }
  })();
  const first = await raw.next();
  const head = first.done ? Buffer.alloc(0) : first.value;
  const isCompressed = inflaterFor(head) !== undefined;
  const all = prepended([head], raw);
  const text = isCompressed ? inflated(name, all, head) : all;
  const beginnings: Buffer[] = [];
  for (let bytes = 0; ;) {
    const next = await text.next();
    if (next.done === true) break;
    beginnings.push(next.value);
    bytes += next.value.length;
    if (!needsLine || bytes >= BEGINNING_BYTES || next.value.includes(NEWLINE)) break;
  }
  return {
    name,
    file: undefined,
    size: undefined,
    isCompressed,
    beginning: Buffer.concat(beginnings),
    modified: Date.now(),
    get read() {
      return read;
    },
    chunks: (_, stop) => until(stop, prepended(beginnings, text)),
    close: () => Promise.resolve(void stream.destroy()),
  };
}

/** The decompressor for the magic number; undefined for plain text. */
function inflaterFor(head: Buffer): (() => Duplex) | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return () => createGunzip({ chunkSize: CHUNK_BYTES });
  if (head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528) return zstdDecompress;
  return undefined;
}

async function* inflated(name: string, raw: AsyncIterable<Buffer>, head: Buffer): AsyncGenerator<Buffer, undefined> {
  const source = Readable.from(raw, { objectMode: false, highWaterMark: CHUNK_BYTES });
  const inflater = inflaterFor(head)?.() ?? new PassThrough();
  source.on('error', error => inflater.destroy(error));
  try {
    for await (const chunk of source.pipe(inflater)) yield chunk as Buffer;
  } catch (error) {
    throw new TelemetryError('failure', `cannot decompress ${name}: ${messageOf(error)}`, {
      remedy: 'What comes before that is stored. Get the file whole and run this again: it continues there.',
      cause: error,
    });
  } finally {
    source.destroy();
  }
}

async function beginningOf(text: AsyncGenerator<Buffer>): Promise<Buffer> {
  for await (const chunk of text) if (chunk.length > 0) return chunk;
  return Buffer.alloc(0);
}

async function* prepended(first: readonly Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for (const chunk of first) if (chunk.length > 0) yield chunk;
  yield* rest;
}

/** The chunks of a stream. Ends soon after the signal aborts, even without data: a pipe may be silent for hours. */
async function* untilLastWords(signal: AbortSignal, stream: Readable): AsyncGenerator<Buffer> {
  const chunks = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  let end: () => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => void (timer ??= setTimeout(() => end(), LAST_WORDS_MS));
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  try {
    for (;;) {
      // A promise per chunk: a shared one would keep every chunk alive.
      const next = await new Promise<IteratorResult<Buffer, unknown> | undefined>((resolve, reject) => {
        end = () => resolve(undefined);
        chunks.next().then(resolve, reject);
      });
      if (next === undefined || next.done === true) return;
      yield next.value;
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

async function* dropped(text: AsyncGenerator<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of text) {
    if (left >= chunk.length) left -= chunk.length;
    else {
      yield left > 0 ? chunk.subarray(left) : chunk;
      left = 0;
    }
  }
}

/** Chunks that end with an error once the signal aborts. */
async function* until(signal: AbortSignal, text: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let stop: () => void = () => undefined;
  const onAbort = (): void => stop();
  signal.addEventListener('abort', onAbort);
  try {
    for (;;) {
      const next = await new Promise<IteratorResult<Buffer, unknown>>((resolve, reject) => {
        stop = () => reject(new TelemetryError('interrupted', 'interrupted; what was read before is stored'));
        if (signal.aborted) stop();
        else text.next().then(resolve, reject);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not awaited: it returns only after the next chunk.
    text.return(undefined).catch(() => undefined);
  }
}
