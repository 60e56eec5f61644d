import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Catalog } from '../../../catalog/catalog.js';
import type { Segment } from '../../../catalog/segments.js';
import { quoteText } from '../../../sql/text.js';
import { ENCODING_SENT, readable, viewsOf } from '../../as-sent.js';
import { describeGroup, segmentStats } from '../../segment-stats.js';
import { finishFile, unfinishedFile } from '../../files.js';
import type { ArchiveKind, ArchivePlace } from '../../format.js';
import { attachForReading, ATTACHED, DATABASE_FILE, TABLE, withDatabase } from './database.js';

const COLUMNS = 'id, stream_id, received_at, "time", "type", "name", "encoding", payload';

/** Events written before the database is closed for a moment, so that queries do not wait long. */
const PART_EVENTS = 200_000;

/** One DuckDB database with a table of all events. A segment is the rows with its number. */
export const duckdbKind: ArchiveKind = {
  name: 'duckdb',
  async begin(place) {
    if (existsSync(join(place.dir, DATABASE_FILE))) await writing(place, () => removeUnknown(place));
  },
  async write(place) {
    const { group } = place;
    const rows = `select id, stream_id, received_at, "time", "type", "name", ${ENCODING_SENT} as "encoding",
      coalesce(sent, payload) as payload from ${group.rows} order by id`;
    const before = sizeOf(place.dir);
    const { file, checksum } = await writing(place, async number => {
      await place.connection.run(`insert into ${TABLE} select ${number}, * from (${rows})`);
      return { file: nameOf(number), checksum: await checksumOf(place.connection, number) };
    });
    const bytes = Math.max(0, sizeOf(place.dir) - before);
    return { ...describeGroup(group), kind: 'duckdb', file, bytes, checksum, columns: {}, shapes: [] };
  },
  mergeable: segments => [[...segments]],
  async merge(place) {
    const { dir, connection, segments, condition, day, type } = place;
    const before = sizeOf(dir);
    const rows = `${TABLE} where ${within(segments)} and (${condition})`;
    let number: number | undefined;
    let checksum = '';
    const stats = await writing(place, () => segmentStats(connection, rows, segments));
    if (!stats) return undefined;
    for (let after = 0; after < stats.lastId;) {
      const part = async (own: number): Promise<void> => {
        number ??= own;
        const next = `select ${COLUMNS} from ${rows} and id > ${after} order by id limit ${PART_EVENTS}`;
        await connection.run(`insert into ${TABLE} select ${number}, * from (${next})`);
        const last = await connection.runAndReadAll(`select max(id)::double from ${TABLE} where segment = ${number}`);
        after = last.getRows()[0]![0] as number;
        if (after >= stats.lastId) checksum = await checksumOf(connection, number);
      };
      await writing(place, part);
    }
    const bytes = Math.max(0, sizeOf(dir) - before);
    const tier = Math.max(...segments.map(segment => segment.tier));
    return {
      ...stats,
      kind: 'duckdb',
      file: nameOf(number!),
      day,
      type,
      tier,
      bytes,
      checksum,
      columns: {},
      shapes: [],
    };
  },
  async reading({ connection, dir }, work) {
    await attachForReading(connection, dir);
    try {
      return await work();
    } finally {
      await connection.run(`detach ${ATTACHED}`);
    }
  },
  sent: ({ segments }) =>
    `select id, stream_id, received_at, payload, "encoding" from ${TABLE} where ${within(segments)}`,
  selects: view => viewsOf(view, segments => [readable(`select ${COLUMNS} from ${TABLE} where ${within(segments)}`)]),
};

/** True when a segment is rows of the database, not a file. */
export function isInDatabase(file: string): boolean {
  return file.startsWith(`${DATABASE_FILE}#`);
}

/**
 * A checksum in hex over the rows of a segment. It is a sum, so it needs no order and little memory.
 * @param number the segment's number.
 */
export async function checksumOf(connection: DuckDBConnection, number: number): Promise<string> {
  const text = `concat_ws('|', id, stream_id, epoch_us(received_at), epoch_us("time"), "type", "name", "encoding", payload)`;
  const reader = await connection.runAndReadAll(
    `select printf('%s-%s', sum(md5_number_lower(${text}))::varchar, sum(md5_number_upper(${text}))::varchar)
     from ${TABLE} where segment = ${number}`,
  );
  return String(reader.getRows()[0]![0]);
}

/** The number of a segment in the database. */
export function numberOf(file: string): number {
  return Number(file.slice(DATABASE_FILE.length + 1));
}

/**
 * Removes rows that no segment uses. Rewrites the file without them when they are more than half of it. Needs the
 * archive's lock.
 */
export async function tidyDatabase(place: ArchivePlace): Promise<void> {
  const { dir, connection, catalog } = place;
  if (!existsSync(join(dir, DATABASE_FILE))) return;
  const known = knownNumbers(catalog);
  if (known.length === 0) {
    for (const suffix of ['', '.wal']) rmSync(join(dir, DATABASE_FILE + suffix), { force: true });
    return;
  }
  const unfinished = unfinishedFile(dir, DATABASE_FILE);
  await writing(place, async () => {
    await removeUnknown(place);
    await connection.run(`checkpoint ${ATTACHED}`);
    const reader = await connection.runAndReadAll(
      `select used_blocks::double, total_blocks::double from pragma_database_size()
       where database_name = ${quoteText(ATTACHED)}`,
    );
    const [used, total] = reader.getRows()[0] as [number, number];
    if (used > total / 2) return;
    await connection.run(`attach ${quoteText(unfinished)} as unfinished`);
    await connection.run(`copy from database ${ATTACHED} to unfinished`);
    await connection.run('checkpoint unfinished');
    await connection.run('detach unfinished');
  });
  if (existsSync(unfinished)) await finishFile(dir, unfinished, DATABASE_FILE);
}

/** Runs `work` with the database open, passing the number of a new segment. */
async function writing<T>(place: ArchivePlace, work: (number: number) => Promise<T>): Promise<T> {
  const { dir, connection, catalog, signal } = place;
  if (!existsSync(join(dir, DATABASE_FILE))) await createDatabase(place);
  return withDatabase(connection, dir, signal, async () => {
    const reader = await connection.runAndReadAll(`select coalesce(max(segment), 0) from ${TABLE}`);
    return work(Math.max(reader.getRows()[0]![0] as number, ...knownNumbers(catalog)) + 1);
  });
}

async function removeUnknown({ connection, catalog }: ArchivePlace): Promise<void> {
  const known = [0, ...knownNumbers(catalog)].join(', ');
  await connection.run(`delete from ${TABLE} where segment not in (${known})`);
}

async function createDatabase({ dir, connection }: ArchivePlace): Promise<void> {
  const unfinished = unfinishedFile(dir, DATABASE_FILE);
  rmSync(unfinished, { force: true });
  await connection.run(`attach ${quoteText(unfinished)} as ${ATTACHED}`);
  await connection.run(
    `create table ${TABLE}(segment INTEGER, id BIGINT, stream_id BIGINT, received_at TIMESTAMPTZ, "time" TIMESTAMPTZ,
       "type" VARCHAR, "name" VARCHAR, "encoding" VARCHAR, payload VARCHAR)`,
  );
  await connection.run(`detach ${ATTACHED}`);
  await finishFile(dir, unfinished, DATABASE_FILE);
}

/** The file names of the database's segments that are in use or may still be read. */
export function databaseSegments(catalog: Catalog): string[] {
  return [...catalog.segments(), ...catalog.damagedSegments(), ...catalog.dropped()]
    .map(({ file }) => file)
    .filter(isInDatabase);
}

function knownNumbers(catalog: Catalog): number[] {
  return databaseSegments(catalog).map(numberOf);
}

function nameOf(number: number): string {
  return `${DATABASE_FILE}#${number}`;
}

function within(segments: readonly Segment[]): string {
  return `segment in (${segments.map(({ file }) => numberOf(file)).join(', ')})`;
}

function sizeOf(dir: string): number {
  return statSync(join(dir, DATABASE_FILE), { throwIfNoEntry: false })?.size ?? 0;
}
