import { rmSync } from 'node:fs';
import { open, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportWriter, WriterParts } from './writer.js';

/** In parts of this many ids, the rows of a part are sorted in memory. */
const IDS_PER_PART = 20_000;

/** Bytes copied at once. */
const COPY_BYTES = 1024 * 1024;

/** Takes the bytes of a text export, in order. */
export type TextOutput = (bytes: Uint8Array) => Promise<void>;

/** A part of a text. */
export interface TextPart {
  /** SQL of the rows, in order. */
  readonly sql: string;
  /** Options of DuckDB's COPY. */
  readonly options: string;
}

/**
 * A text file that grows by parts, or a pipe.
 * @param partOf called for each part, with true for the first of the file.
 * @param output takes the text in place of a file.
 */
export function textFile(
  { session, state, folder, data }: WriterParts,
  partOf: (isFirst: boolean) => TextPart,
  output?: TextOutput,
): ExportWriter {
  const file = output ? undefined : new GrowingFile(data, state.bytes ?? 0);
  const temporary = join(folder, 'part.tmp');
  let isFirst = (state.bytes ?? 0) === 0;

  async function write(): Promise<{ events: number; bytes?: number }> {
    const { sql, options } = partOf(isFirst);
    const events = await session.copyTo(temporary, sql, { text: options });
    if (events > 0 || isFirst) {
      await eachChunk(temporary, output ?? (bytes => file!.append(bytes)));
      isFirst = false;
    }
    rmSync(temporary, { force: true });
    return { events, ...(file && { bytes: await file.sync() }) };
  }

  return {
    idsPerPart: IDS_PER_PART,
    async resume() {
      rmSync(temporary, { force: true });
      await file?.open();
      return state;
    },
    write,
    async finish() {
      // A file of no rows still has a header.
      if (isFirst) await write();
    },
    close: async () => file?.close(),
  };
}

/** A file that text is appended to, after the bytes that count. */
export class GrowingFile {
  readonly #path: string;
  #bytes: number;
  #file: FileHandle | undefined;

  constructor(path: string, bytes: number) {
    this.#path = path;
    this.#bytes = bytes;
  }

  /** Drops what was appended after the bytes that count. */
  async open(): Promise<void> {
    this.#file = await open(this.#path, 'a');
    await truncate(this.#path, this.#bytes);
  }

  async append(bytes: Uint8Array): Promise<void> {
    await this.#file!.appendFile(bytes);
    this.#bytes += bytes.length;
  }

  /** Returns the length once all of it is on disk. */
  async sync(): Promise<number> {
    await this.#file!.sync();
    return this.#bytes;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}

async function eachChunk(path: string, take: TextOutput): Promise<void> {
  const file = await open(path);
  try {
    for (;;) {
      // The output may keep a chunk until it is written.
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(COPY_BYTES), 0, COPY_BYTES);
      if (bytesRead === 0) return;
      await take(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
