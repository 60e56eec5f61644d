import { join } from 'node:path';
import type { Micros } from '../../core/duration.js';
import type { CubeBucket, CubeFile, TouchedBucket } from '../../store/catalog/cubes.js';
import { quoteName, quoteText } from '../../store/sql/text.js';
import { keyOf, withCondition, type BucketPlan, type CubeDefinition } from './definition.js';

/** Times from `from` to `to`, both included. */
interface Window {
  readonly from: Micros;
  readonly to: Micros;
}

/** With more windows than this, the closest ones are read as one: each is a condition on every row. */
const MAX_WINDOWS = 64;

/** SQL for the buckets that the events with ids in `(afterId, uptoId]` touch, newest first. */
export function touchedSql({ touched }: BucketPlan, afterId: number, uptoId: number): string {
  return `select * from (${withCondition(touched, `id > ${afterId} and id <= ${uptoId}`)}) order by bucket desc`;
}

/** A touched bucket as a row of {@link touchedSql}. */
export function touchedOf(row: readonly unknown[]): TouchedBucket {
  const [bucket, events, timeFrom, timeTo] = row.map(Number) as [number, number, number, number];
  return { bucket, events, timeFrom, timeTo };
}

/** SQL for the rows of buckets, from all of their events up to an id. */
export function rowsSql({ rows, key }: BucketPlan, keys: readonly number[], uptoId?: number): string {
  const upto = uptoId === undefined ? '' : ` and id <= ${uptoId}`;
  return withCondition(rows, keys.length === 0 ? 'false' : `${key} in (${keys.join(', ')})${upto}`);
}

/**
 * SQL for the events of stored buckets that are still there, of those that each was computed from: fewer than
 * {@link CubeBucket.events} where some were removed. A bucket without any has no row.
 */
export function remainingSql({ touched, key }: BucketPlan, buckets: readonly CubeBucket[]): string {
  const byId = new Map<number, number[]>();
  for (const { bucket, uptoId } of buckets) byId.set(uptoId, [...(byId.get(uptoId) ?? []), bucket]);
  const conditions = [...byId].map(([uptoId, keys]) => `id <= ${uptoId} and ${key} in (${keys.join(', ')})`);
  return `select bucket, events from (${withCondition(touched, conditions.map(one => `(${one})`).join(' or '))})`;
}

/** The times of all events of buckets: of those that they were computed from, and of those that touched them since. */
export function windowsOf(touched: readonly TouchedBucket[], stored: ReadonlyMap<number, CubeBucket>): Window[] {
  const all = touched
    .map(({ bucket, timeFrom, timeTo }) => {
      const before = stored.get(bucket);
      return { from: Math.min(timeFrom, before?.timeFrom ?? timeFrom), to: Math.max(timeTo, before?.timeTo ?? timeTo) };
    })
    .sort((a, b) => a.from - b.from);
  // Neighbouring buckets have their events a moment apart: a scan reads what lies between them in any case.
  const width = all.reduce((sum, { from, to }) => sum + to - from, 0) / Math.max(1, all.length);
  const apart = merged(all, width);
  if (apart.length <= MAX_WINDOWS) return apart;
  const gaps = apart
    .slice(1)
    .map(({ from }, i) => from - apart[i]!.to)
    .sort((a, b) => b - a);
  return merged(all, gaps[MAX_WINDOWS - 1]!);
}

function merged(sorted: readonly Window[], gap: Micros): Window[] {
  const windows: Window[] = [];
  for (const window of sorted) {
    const last = windows.at(-1);
    if (last && window.from - last.to <= gap)
      windows[windows.length - 1] = { ...last, to: Math.max(last.to, window.to) };
    else windows.push(window);
  }
  return windows;
}

/** SQL for the stored rows of a cube without some buckets. */
export function storedSql(
  dir: string,
  { columns, bucket, plan }: CubeDefinition,
  files: readonly CubeFile[],
  without: readonly number[] = [],
): string {
  const list = columns.map(({ name, type }) => `cast(${quoteName(name)} as ${type}) as ${quoteName(name)}`).join(', ');
  if (files.length === 0) {
    const nulls = columns.map(({ name, type }) => `cast(null as ${type}) as ${quoteName(name)}`);
    return `select ${nulls.join(', ')} where false`;
  }
  const type = columns.find(({ name }) => name.toLowerCase() === bucket.toLowerCase())?.type ?? '';
  const key = keyOf(type, `cast(${quoteName(bucket)} as ${type})`);
  const from = (paths: readonly string[], dead: readonly number[]): string => {
    const where = plan === undefined || dead.length === 0 ? '' : ` where ${key} not in (${dead.join(', ')})`;
    return `select ${list} from read_parquet([${paths.map(path => quoteText(join(dir, path))).join(', ')}])${where}`;
  };
  const whole = files.filter(({ dead }) => dead.length === 0);
  const selects = [
    ...(whole.length === 0
      ? []
      : [
          from(
            whole.map(({ file }) => file),
            without,
          ),
        ]),
    ...files
      .filter(({ dead }) => dead.length > 0)
      .map(({ file, dead }) => from([file], [...new Set([...dead, ...without])])),
  ];
  return selects.join('\nunion all\n');
}
