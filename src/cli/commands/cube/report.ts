import prettyBytes from 'pretty-bytes';
import { durationText } from '../../../core/duration.js';
import { TelemetryError } from '../../../core/errors.js';
import { cubeStatuses, type CubeStatus } from '../../../consumers/cubes/status.js';
import { zonedPrinter } from '../../../query/result/timestamps.js';
import { render } from '../../../render/formats.js';
import { objectNamed } from '../../../store/catalog/objects.js';
import type { Context } from '../../shared/context.js';
import { counted } from '../../shared/count.js';
import { columnsOf, printReport, resultOf } from '../../shared/report.js';
import type { CubeOptions } from './options.js';

/** The characters of a printed time up to its seconds. */
const SECONDS = '2026-01-01 00:00:00'.length;

const iso = zonedPrinter('UTC', 'iso');

/** Prints all cubes. */
export async function printList({ store, format }: CubeOptions, context: Context): Promise<void> {
  const statuses = cubeStatuses(store);
  const { streams } = context;
  const rows = statuses.map(status => {
    const { cube, buckets, rows, lag, refreshedAt, error } = status;
    return [
      cube.name,
      modeOf(status),
      buckets === undefined ? '-' : String(Object.values(buckets).reduce((sum, count) => sum + count, 0)),
      String(rows),
      String(lag),
      refreshedAt === null ? 'never' : readable()(BigInt(refreshedAt)).slice(0, SECONDS),
      error !== null ? 'error' : status.changedViews.length > 0 ? 'stale' : 'ok',
    ];
  });
  const names = ['name', 'mode', 'buckets', 'rows', 'lag', 'refreshed', 'state'];
  await printReport(format, context, {
    table: () =>
      render('table', resultOf(columnsOf(names), rows), text => streams.out.write(text), {
        columns: streams.columns,
        color: streams.color,
      }),
    json: statuses.map(jsonOf),
  });
}

/** Prints the state of one cube. */
export async function printStatus({ store, format, names }: CubeOptions, context: Context): Promise<void> {
  const { name } = objectNamed(store, 'cube', names[0]!);
  const status = cubeStatuses(store).find(({ cube }) => cube.name === name);
  if (!status) throw new TelemetryError('failure', `no cube has the name "${name}"`);
  await printReport(format, context, {
    table: () => context.streams.out.write(textOf(status)),
    json: jsonOf(status),
    isIndented: true,
  });
}

function textOf(status: CubeStatus): string {
  const { cube, cursorId, lag, refreshedAt, rows, files, bytes, error, note } = status;
  const { definition } = cube;
  const lines: [string, string][] = [
    ['name', cube.name],
    ['query', definition.sql],
    ['bucket', definition.bucket],
    ['mode', modeOf(status) + (definition.whole === undefined ? '' : `: ${definition.whole}`)],
    ['every', durationText(definition.everyMs)],
    ['keep', definition.keepMs === undefined ? 'all buckets' : durationText(definition.keepMs)],
    ['time zone', definition.timezone],
    ['columns', definition.columns.map(column => `${column.name} ${column.type}`).join(', ')],
    ['refreshed', refreshedAt === null ? 'never' : readable()(BigInt(refreshedAt))],
    ['cursor', `event ${cursorId}`],
    ['lag', counted(lag, 'event')],
    ...bucketLines(status),
    ['size', `${prettyBytes(bytes)}, ${counted(rows, 'row')} in ${counted(files, 'file')}`],
    ...staleLines(status),
    ['last error', error ?? 'none'],
    ...(note === null ? [] : [['note', note] as [string, string]]),
  ];
  return lines.map(([label, value]) => `${label.padEnd(13)} ${value}\n`).join('');
}

function staleLines({ changedViews }: CubeStatus): [string, string][] {
  if (changedViews.length === 0) return [];
  return [['stale', `${changedViews.join(' and ')} changed: the next refresh computes the cube again`]];
}

/** Buckets of a state that are named one by one; of more, the first and the last. */
const MAX_NAMED = 6;

/** The lines about buckets; none for a cube that is computed as a whole. */
function bucketLines({ buckets, touched, partial, incomplete, lateDropped }: CubeStatus): [string, string][] {
  if (!buckets) return [];
  const { live, frozen } = buckets;
  const lost = incomplete.length === 0 ? '' : `, ${incomplete.length} incomplete`;
  const named = (label: string, names: readonly string[]): [string, string][] => {
    if (names.length === 0) return [];
    return [[label, names.length <= MAX_NAMED ? names.join(', ') : `${names[0]!} to ${names.at(-1)!}`]];
  };
  return [
    ['touched', counted(touched, 'bucket')],
    ['buckets', `${live} live, ${frozen} frozen, ${partial.length} partial${lost}`],
    ...named('partial', partial),
    ...named('incomplete', incomplete),
    ['late-dropped', counted(lateDropped, 'event')],
  ];
}

function jsonOf(status: CubeStatus): unknown {
  const { cube, buckets, partial, incomplete, cursorId, lag, refreshedAt, touched, lateDropped } = status;
  const { rows, files, bytes, error, note } = status;
  const { sql, bucket, everyMs, keepMs, timezone, columns, whole } = cube.definition;
  return {
    name: cube.name,
    sql,
    bucket,
    mode: modeOf(status),
    reason: whole ?? null,
    every_ms: everyMs,
    keep_ms: keepMs ?? null,
    timezone,
    columns,
    created_at: iso(BigInt(cube.createdAt)),
    refreshed_at: refreshedAt === null ? null : iso(BigInt(refreshedAt)),
    cursor: cursorId,
    lag,
    touched,
    live: buckets?.live ?? null,
    frozen: buckets?.frozen ?? null,
    partial: buckets?.partial ?? null,
    incomplete: buckets?.incomplete ?? null,
    partial_buckets: partial,
    incomplete_buckets: incomplete,
    late_dropped: lateDropped,
    rows,
    files,
    bytes,
    stale: status.changedViews,
    error,
    note,
  };
}

function modeOf({ cube }: CubeStatus): string {
  return cube.definition.plan ? 'incremental' : 'whole';
}

function readable(): (time: bigint) => string {
  return zonedPrinter(Intl.DateTimeFormat().resolvedOptions().timeZone, 'readable');
}
