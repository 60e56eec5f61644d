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

const iso = zonedPrinter('UTC', 'iso');

/** Prints all cubes. */
export async function printList({ store, format }: CubeOptions, context: Context): Promise<void> {
  const statuses = cubeStatuses(store);
  const { streams } = context;
  const rows = statuses.map(status => {
    const { cube, buckets, lag, refreshedAt, error } = status;
    return [
      cube.name,
      modeOf(status),
      durationText(cube.definition.everyMs),
      String(buckets.live + buckets.frozen + buckets.partial),
      String(lag),
      refreshedAt === null ? 'never' : readable()(BigInt(refreshedAt)),
      error === null ? 'ok' : 'error',
    ];
  });
  const names = ['name', 'mode', 'every', 'buckets', 'lag', 'refreshed', 'state'];
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
  const { cube, buckets, cursorId, lag, refreshedAt, touched, lateDropped, rows, files, bytes, error, note } = status;
  const { definition } = cube;
  const { live, frozen, partial } = buckets;
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
    ['touched', counted(touched, 'bucket')],
    ['buckets', `${live} live, ${frozen} frozen, ${partial} partial`],
    ['late-dropped', counted(lateDropped, 'event')],
    ['size', `${prettyBytes(bytes)}, ${counted(rows, 'row')} in ${counted(files, 'file')}`],
    ['last error', error ?? 'none'],
    ...(note === null ? [] : [['note', note] as [string, string]]),
  ];
  return lines.map(([label, value]) => `${label.padEnd(13)} ${value}\n`).join('');
}

function jsonOf(status: CubeStatus): unknown {
  const { cube, buckets, cursorId, lag, refreshedAt, touched, lateDropped, rows, files, bytes, error, note } = status;
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
    live: buckets.live,
    frozen: buckets.frozen,
    partial: buckets.partial,
    late_dropped: lateDropped,
    rows,
    files,
    bytes,
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
