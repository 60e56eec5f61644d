import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { removeObjects, writeObjects } from '../objects.js';
import type { ExportWriter, WriterParts } from './writer.js';

/** The events of an object at most: with a million rows, readers have a few row groups a file to share out. */
const IDS_PER_PART = 1_000_000;

/** A folder of Parquet objects: see objects.ts. */
export function parquetFolder({ session, predicate, state, command, folder, data }: WriterParts): ExportWriter {
  const { partitionBy, by } = command;
  const source = { session, predicate, columns: state.columns, partitionBy, by };
  return {
    idsPerPart: IDS_PER_PART,
    repeatsParts: true,
    resume() {
      rmSync(join(folder, 'object.parquet'), { force: true });
      if (state.part) removeObjects(data, state.part);
      return Promise.resolve(state);
    },
    async write(part) {
      const objects = await writeObjects(source, part, { root: data, unfinished: folder });
      return { events: objects.reduce((sum, { events }) => sum + events, 0) };
    },
    finish: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
