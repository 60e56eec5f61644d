import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codeOf } from '../../core/errors.js';
import type { PartitionKey } from '../../core/export-format.js';
import { rowsOf } from '../../query/result/rows.js';
import type { Predicate } from '../../query/predicate.js';
import type { Session } from '../../query/session.js';
import type { BoundsBy } from '../../query/view/range.js';
import { syncPath } from '../../store/archive/files.js';
import { quoteText } from '../../store/sql/text.js';
import { stageRows, type StagedRows } from './staged-rows.js';
import { parquetRows } from './parquet-rows.js';
import type { ExportColumn, ExportPart } from './request.js';
import { sourceSql, whereSql } from './rows.js';

/** The events that objects are written of. The session shows those of one part. */
export interface ObjectSource {
  readonly session: Session;
  readonly predicate: Predicate | undefined;
  readonly columns: readonly ExportColumn[];
  readonly partitionBy: readonly PartitionKey[];
  /** True to have the partition keys as columns as well. */
  readonly keepsKeys?: boolean;
  /** The time that `day` is the UTC day of: when an event happened, or when the server received it. */
  readonly by: BoundsBy;
}

/** The folders that objects are written to. */
export interface ObjectFolders {
  /** The root of the partitions. */
  readonly root: string;
  /** The folder of unfinished objects, which the session may write; on the same file system. */
  readonly unfinished: string;
}

/** A Parquet file for others to read. It is complete, or it is not there. */
export interface WrittenObject {
  /** Relative to the root: `day=2026-11-28/type=log/events-1-500000.parquet`. */
  readonly file: string;
  readonly events: number;
  readonly bytes: number;
  /** The one type of its events; undefined where `type` is not a partition. */
  readonly type: string | undefined;
}

/**
 * Writes the events in view as Parquet objects: one a partition, with core columns, flat columns and the payload, without
 * the columns that folders are named after. An object that exists is replaced, so that a repeated part writes nothing
 * twice. All are on disk when this resolves.
 * @param part the ids of the events in view: they name the objects.
 */
export async function writeObjects(
  source: ObjectSource,
  part: ExportPart,
  { root, unfinished }: ObjectFolders,
): Promise<WrittenObject[]> {
  const written: WrittenObject[] = [];
  const folders = new Set<string>();
  const { session } = source;
  const stage = (): Promise<StagedRows> => stageRows(session, source.predicate, source.columns, unfinished);
  let staged = session.showsJournal ? await stage() : undefined;
  const partitions = await partitionsOf({ ...source, predicate: staged?.predicate ?? source.predicate });
  if (partitions.length > MAX_DIRECT) staged ??= await stage();
  for (const { folders: names, condition, type } of partitions) {
    const file = join(...names, nameOf(part));
    const temporary = join(unfinished, 'object.parquet');
    const columns = staged?.columnsOf(type) ?? source.columns;
    const kept = source.keepsKeys
      ? columns
      : columns.filter(({ name }) => !source.partitionBy.includes(name as PartitionKey));
    const predicate = staged?.predicate ?? source.predicate;
    const rows = { session, predicate, columns: kept, condition, type, part };
    const events = await parquetRows(rows, temporary);
    // Retention may have removed them since they were counted.
    if (events === 0) continue;
    const place = join(root, file);
    mkdirSync(dirname(place), { recursive: true });
    syncPath(temporary);
    renameSync(temporary, place);
    for (let folder = dirname(place); folder.length >= root.length; folder = dirname(folder)) folders.add(folder);
    written.push({ file, events, bytes: statSync(place).size, type });
  }
  if (staged) rmSync(staged.file);
  for (const folder of folders) syncPath(folder);
  return written;
}

/** Events of one object. */
interface Partition {
  readonly folders: readonly string[];
  readonly condition: string | undefined;
  readonly type: string | undefined;
}

/** With more partitions than this, events of segments are read once for all of them; those of the journal always are. */
const MAX_DIRECT = 8;

const DAY_MICROS = 86_400_000_000;

/** Finds the partitions that the events in view belong to. */
async function partitionsOf({ session, predicate, partitionBy, by }: ObjectSource): Promise<Partition[]> {
  if (partitionBy.length === 0) return [{ folders: [], condition: undefined, type: undefined }];
  const time = by === 'time' ? '"time"' : 'received_at';
  const micros = `epoch_us(${time})`;
  // DuckDB's division rounds towards zero: a time before 1970 is on the day before.
  const day = `${micros} // ${DAY_MICROS} - if(${micros} % ${DAY_MICROS} < 0, 1, 0)`;
  const keys = { day, type: '"type"' };
  const list = partitionBy.map(key => `${keys[key]} as ${key}_key`).join(', ');
  const sql = `select distinct ${list} from ${sourceSql(predicate)}${whereSql(predicate)} order by all`;
  const rows = await rowsOf(await session.query(sql));
  return rows.map(row => {
    const values = Object.fromEntries(partitionBy.map((key, i) => [key, row[i]!])) as Partial<
      Record<PartitionKey, string>
    >;
    const { day, type } = values;
    const conditions = [
      ...(type === undefined ? [] : [`"type" = ${quoteText(type)}`]),
      ...(day === undefined ? [] : [dayCondition(time, Number(day))]),
    ];
    const folders = partitionBy.map(key => `${key}=${folderValue(key === 'day' ? dayText(Number(day)) : type!)}`);
    return { folders, condition: conditions.join(' and '), type };
  });
}

function dayCondition(time: string, day: number): string {
  const at = (days: number): string => `make_timestamptz(${BigInt(days) * BigInt(DAY_MICROS)}::bigint)`;
  return `${time} >= ${at(day)} and ${time} < ${at(day + 1)}`;
}

/** The ISO 8601 date of a number of days since 1970. */
function dayText(day: number): string {
  return new Date((day * DAY_MICROS) / 1000).toISOString().replace(/T.*/, '');
}

/** The most bytes of a folder's name in the common file systems, less the key. */
const MAX_VALUE_BYTES = 240;

/** The value that readers of partitioned folders take for NULL. */
const NULL_VALUE = '__HIVE_DEFAULT_PARTITION__';

/** A value as part of a path: as in URLs, which DuckDB, Hive and Spark undo. */
function folderValue(value: string): string {
  const encoded = encodeURIComponent(value.toWellFormed()).replaceAll(
    /[!'()*~]/g,
    char => `%${char.charCodeAt(0).toString(16)}`,
  );
  return encoded === '' || encoded.length > MAX_VALUE_BYTES ? NULL_VALUE : encoded;
}

const ID_DIGITS = 12;

/** The name of an object: the ids that its events were chosen from. */
function nameOf({ afterId, toId }: ExportPart): string {
  return `events-${[afterId + 1, toId].map(id => String(id).padStart(ID_DIGITS, '0')).join('-')}.parquet`;
}

const OBJECT = /^events-\d+-\d+\.parquet$/;
const PARTITION = /^(?:day|type)=/;

/** Removes the objects below a folder, all or those of a part, and the folders that this leaves empty. */
export function removeObjects(folder: string, part?: ExportPart): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && PARTITION.test(entry.name)) {
      removeObjects(path, part);
      removeIfEmpty(path);
    } else if (part === undefined ? OBJECT.test(entry.name) : entry.name === nameOf(part)) rmSync(path);
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw error;
  }
}
