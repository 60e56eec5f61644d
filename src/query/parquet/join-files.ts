import { open, type FileHandle } from 'node:fs/promises';
import { TelemetryError } from '../../core/errors.js';
import { footerBytes, MAGIC, readFooterStruct } from './footer.js';
import { movedGroups, withGroups } from './row-groups.js';
import type { ThriftStruct } from './thrift.js';

/** Bytes copied at once. */
const COPY_BYTES = 4 * 1024 * 1024;

/**
 * Joins Parquet files of one schema into a new one: their row groups one after another, as they are, and a footer that
 * names them all. The file is on disk when this resolves.
 * @throws TelemetryError `failure` for a file that cannot be read, `interrupted`.
 */
export async function joinParquet(files: readonly string[], target: string, signal: AbortSignal): Promise<void> {
  const out = await open(target, 'w');
  try {
    await out.write(MAGIC);
    let at = MAGIC.length;
    let first: ThriftStruct | undefined;
    const groups: ThriftStruct[] = [];
    for (const name of files) {
      const file = await open(name);
      try {
        const found = await readFooterStruct(file);
        if (!found) throw new TelemetryError('failure', `cannot read ${name} as Parquet`);
        first ??= found.struct;
        groups.push(...movedGroups(found.struct, at - MAGIC.length, groups.length));
        at += await copyBytes(file, found.start, out, signal);
      } finally {
        await file.close();
      }
    }
    if (!first) throw new TelemetryError('failure', `${target} would join no files`);
    await out.write(footerBytes(withGroups(first, groups)));
    await out.sync();
  } finally {
    await out.close();
  }
}

/** Appends the bytes between the magic number and `end`. Returns their number. */
async function copyBytes(from: FileHandle, end: number, to: FileHandle, signal: AbortSignal): Promise<number> {
  const buffer = Buffer.allocUnsafe(COPY_BYTES);
  let at = MAGIC.length;
  while (at < end) {
    if (signal.aborted) throw new TelemetryError('interrupted', 'interrupted');
    const { bytesRead } = await from.read(buffer, 0, Math.min(COPY_BYTES, end - at), at);
    if (bytesRead === 0) throw new TelemetryError('failure', 'a Parquet file ends before its footer');
    await to.write(buffer, 0, bytesRead);
    at += bytesRead;
  }
  return end - MAGIC.length;
}
