import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { joinParquet } from '../../../query/parquet/join-files.js';
import { syncPath } from '../../../store/archive/files.js';
import { parquetRows } from '../parquet-rows.js';
import type { ExportPart } from '../request.js';
import type { ExportWriter, WriterParts } from './writer.js';

/** Some seconds of work. Each part is scanned by itself, so smaller ones take longer in all. */
const IDS_PER_PART = 500_000;

const PART = /^part-(\d+)\.parquet$/;
const ID_DIGITS = 16;

/** One Parquet file: parts are files, which are joined in the end. */
export function parquetFile(parts: WriterParts, signal: AbortSignal): ExportWriter {
  const { session, predicate, state, data } = parts;
  const folder = join(parts.folder, 'parts');
  const fileOf = ({ toId }: Pick<ExportPart, 'toId'>): string =>
    join(folder, `part-${String(toId).padStart(ID_DIGITS, '0')}.parquet`);
  const found = (): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

  async function write(part: ExportPart): Promise<{ events: number }> {
    const temporary = join(parts.folder, 'part.tmp');
    const events = await parquetRows({ session, predicate, columns: state.columns, part }, temporary);
    if (events === 0 && found().length > 0) return { events };
    syncPath(temporary);
    renameSync(temporary, fileOf(part));
    syncPath(folder);
    return { events };
  }

  return {
    idsPerPart: IDS_PER_PART,
    resume() {
      mkdirSync(folder, { recursive: true });
      for (const name of found()) {
        const [, id] = PART.exec(name) ?? [];
        if (id === undefined || Number(id) > state.afterId) rmSync(join(folder, name));
      }
      return Promise.resolve(state);
    },
    write,
    async finish() {
      // A file of no rows still has columns.
      if (found().length === 0) await write({ afterId: 0, toId: 0 });
      await joinParquet(
        found().map(name => join(folder, name)),
        data,
        signal,
      );
      rmSync(folder, { recursive: true });
    },
    close: () => Promise.resolve(),
  };
}
