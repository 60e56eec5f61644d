import prettyBytes from 'pretty-bytes';
import type { ServerFile } from '../../../client/server-file.js';
import type { Micros } from '../../../core/duration.js';
import type { Result } from '../../../core/result.js';
import type { JournalStatistics, Rate } from '../../../journal/statistics.js';
import { zonedPrinter } from '../../../query/timestamps.js';

export interface TypeStats {
  readonly type: string;
  readonly events: number;
  readonly bytes: number;
}

export interface Stats {
  readonly store: string;
  readonly server: ServerFile | undefined;
  readonly journal: JournalStatistics;
  readonly types: readonly TypeStats[];
  readonly diskBytes: number;
}

const number = new Intl.NumberFormat('en-US');
const rate = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

/** The store as a whole, a fact a line. */
export function overview({ store, server, journal, types, diskBytes }: Stats): string {
  const { streams, oldest, newest, rates } = journal;
  const local = zonedPrinter(Intl.DateTimeFormat().resolvedOptions().timeZone, 'readable');
  const time = (at: Micros | undefined): string => (at === undefined ? '-' : local(BigInt(at)));
  const { events, bytes } = totals(types);
  const lines: [string, string][] = [
    ['store', store],
    ['server', server ? `${server.url} (pid ${server.pid}, since ${server.startedAt})` : 'none is running'],
    ['events', number.format(events)],
    ['bytes', `${prettyBytes(bytes)} of payload, ${prettyBytes(diskBytes)} on disk`],
    ['streams', number.format(streams)],
    ['oldest', time(oldest)],
    ['newest', time(newest)],
    ...rates.map((span): [string, string] => [
      `last ${span.seconds / 60}m`,
      `${rate.format(perSecond(span))} events/s (${number.format(span.events)})`,
    ]),
  ];
  return lines.map(([name, value]) => `${name.padEnd(10)}${value}\n`).join('');
}

export function typesTable(types: readonly TypeStats[]): Result {
  const all = totals(types).events;
  const rows = types.map(({ type, events, bytes }) => [
    type,
    number.format(events),
    `${((100 * events) / all).toFixed(1)}%`,
    prettyBytes(bytes),
  ]);
  return {
    columns: ['type', 'events', 'share', 'bytes'].map((name, i) => ({
      name,
      type: 'VARCHAR',
      kind: i === 0 ? 'text' : 'number',
    })),
    batches: (async function* () {
      yield await Promise.resolve(rows);
    })(),
  };
}

export function statsJson({ store, server, journal, types, diskBytes }: Stats): string {
  const { streams, oldest, newest, rates } = journal;
  const iso = zonedPrinter('UTC', 'iso');
  const time = (at: Micros | undefined): string | null => (at === undefined ? null : iso(BigInt(at)));
  return `${JSON.stringify({
    store,
    server: server ?? null,
    ...totals(types),
    disk_bytes: diskBytes,
    streams,
    oldest: time(oldest),
    newest: time(newest),
    rates: rates.map(span => ({ ...span, per_second: perSecond(span) })),
    types,
  })}\n`;
}

function perSecond({ events, seconds }: Rate): number {
  return events / seconds;
}

function totals(types: readonly TypeStats[]): { events: number; bytes: number } {
  return types.reduce((sum, { events, bytes }) => ({ events: sum.events + events, bytes: sum.bytes + bytes }), {
    events: 0,
    bytes: 0,
  });
}
