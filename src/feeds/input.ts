import { open, type FileHandle } from 'node:fs/promises';
import { PassThrough, Readable, type Duplex } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { codeOf, messageOf, TelemetryError } from '../core/errors.js';
import { zstdDecompress } from '../decode/zstd.js';

/** How much is read at once. */
const CHUNK_BYTES = 1024 * 1024;

/** Text that is to be read as events. */
export interface Input {
  /** As the user named it. */
  readonly name: string;
  /** The file, when it is one that can be read again; undefined for a pipe. */
  readonly file: FileHandle | undefined;
  /** In bytes, as it lies on the disk; undefined for a pipe. */
  readonly size: number | undefined;
  readonly isCompressed: boolean;
  /** The first bytes, decompressed. */
  readonly beginning: Buffer;
  /** Bytes read so far, as they lie on the disk. */
  readonly read: number;
  /** The text from a place in it on, decompressed; a chunk stands until the next is asked for. Ends with an error once the signal aborts. */
  readonly chunks: (from: number, signal: AbortSignal) => AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/** An input that is a file. */
export interface FileInput extends Input {
  readonly file: FileHandle;
  readonly size: number;
}

/** Whether an input is a file, which can be read again. */
export function isFile(input: Input): input is FileInput {
  return input.file !== undefined;
}

/**
 * Opens a file, or takes a stream for one. gzip (RFC 1952) and zstd (RFC 8878) are told by their first bytes.
 * @throws TelemetryError `failure` when it cannot be read.
 */
export async function openInput(name: string, stdin: Readable): Promise<Input> {
  if (name === '-') return openStream('stdin', stdin);
  let file: FileHandle | undefined;
  try {
    file = await open(name);
    const stats = await file.stat();
    if (stats.isDirectory()) throw new Error('it is a directory');
    if (!stats.isFile()) return await openStream(name, file.createReadStream({ highWaterMark: CHUNK_BYTES }));
    return await openFile(name, file, stats.size);
  } catch (error) {
    await file?.close();
    if (error instanceof TelemetryError) throw error;
    const reason = codeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error);
    throw new TelemetryError('failure', `cannot read ${name}: ${reason}`, { cause: error });
  }
}

async function openFile(name: string, file: FileHandle, size: number): Promise<Input> {
  let read = 0;
  /** @param isReused whether each chunk comes in the memory of the one before it */
  const raw = async function* (from: number, isReused: boolean): AsyncGenerator<Buffer> {
    let chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    // One that was left before its end may still be reading while the next is: each has its own place.
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

async function openStream(name: string, stream: Readable): Promise<Input> {
  let read = 0;
  const raw = (async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of stream) {
      read += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  })();
  const first = await raw.next();
  const head = first.done ? Buffer.alloc(0) : first.value;
  const isCompressed = inflaterFor(head) !== undefined;
  const all = prepended(head, raw);
  const text = isCompressed ? inflated(name, all, head) : all;
  const start = await text.next();
  const beginning = start.done ? Buffer.alloc(0) : start.value;
  return {
    name,
    file: undefined,
    size: undefined,
    isCompressed,
    beginning,
    get read() {
      return read;
    },
    chunks: (_, signal) => until(signal, prepended(beginning, text)),
    close: () => Promise.resolve(void stream.destroy()),
  };
}

/** What undoes the compression that the first bytes tell of. */
function inflaterFor(head: Buffer): (() => Duplex) | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return () => createGunzip({ chunkSize: CHUNK_BYTES });
  if (head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528) return zstdDecompress;
  return undefined;
}

async function* inflated(name: string, raw: AsyncIterable<Buffer>, head: Buffer): AsyncGenerator<Buffer> {
  const source = Readable.from(raw, { objectMode: false, highWaterMark: CHUNK_BYTES });
  const inflater = inflaterFor(head)?.() ?? new PassThrough();
  source.on('error', error => inflater.destroy(error));
  try {
    for await (const chunk of source.pipe(inflater)) yield chunk as Buffer;
  } catch (error) {
    throw new TelemetryError('failure', `cannot decompress ${name}: ${messageOf(error)}`, {
      remedy: 'What comes before that is stored. Get the file whole and run this again: it goes on there.',
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

async function* prepended(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  yield* rest;
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

/** Ends with an error once the signal aborts, also where nothing comes: a pipe may be silent for hours. */
async function* until(signal: AbortSignal, text: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let stop: () => void = () => undefined;
  const onAbort = (): void => stop();
  signal.addEventListener('abort', onAbort);
  try {
    for (;;) {
      // A promise of its own for each chunk: one for all would keep every chunk as long as it stands itself.
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
    // Not waited for: it ends once something comes.
    text.return(undefined).catch(() => undefined);
  }
}
