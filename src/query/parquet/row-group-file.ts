import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { footerBytes, type Footer, type Leaf } from './footer.js';

/** Bytes copied at once. */
const COPY_BYTES = 4 * 1024 * 1024;

const MAGIC = Buffer.from('PAR1');

/** A temporary Parquet file: one row group of another file at the same offsets, with a changed footer. */
export interface RowGroupFile {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Copies a row group, leaving the other offsets as holes, which use no disk space where the file system supports them.
 * @param isRaw true for a column to declare as bytes or integers.
 */
export async function rowGroupFile(
  file: FileHandle,
  footer: Footer,
  index: number,
  isRaw: (leaf: Leaf) => boolean,
): Promise<RowGroupFile> {
  const dir = await mkdtemp(join(tmpdir(), 'telemetry-parquet-'));
  const path = join(dir, 'rows.parquet');
  const remove = (): Promise<void> => rm(dir, { recursive: true, force: true });
  try {
    const copy = await open(path, 'wx', 0o600);
    try {
      await copy.write(MAGIC, 0, MAGIC.length, 0);
      for (const { start, length } of footer.groups[index]!.ranges) await copyRange(file, copy, start, length);
      const end = footerBytes(footer.withGroup(index, isRaw));
      await copy.write(end, 0, end.length, footer.start);
    } finally {
      await copy.close();
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, remove };
}

async function copyRange(from: FileHandle, to: FileHandle, start: number, length: number): Promise<void> {
  const chunk = Buffer.allocUnsafe(Math.min(COPY_BYTES, length));
  for (let done = 0; done < length;) {
    const { bytesRead } = await from.read(chunk, 0, Math.min(chunk.length, length - done), start + done);
    // DuckDB reports missing bytes.
    if (bytesRead === 0) return;
    await to.write(chunk, 0, bytesRead, start + done);
    done += bytesRead;
  }
}
