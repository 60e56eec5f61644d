import prettyBytes from 'pretty-bytes';
import type { ServerFile } from '../../../client/server-file.js';
import { durationText, type Micros } from '../../../core/duration.js';
import type { Result } from '../../../core/result.js';
import type { StoreStatistics } from '../../../store/journal/statistics.js';
import type { Rate } from '../../../query/report/store-amounts.js';
import { zonedPrinter } from '../../../query/result/timestamps.js';
import type { EventGroup } from '../../../query/report/event-groups.js';
import type { RemoteState } from '../../../store/catalog/remote-state.js';
import { counted } from '../../shared/count.js';
import { lagText, remoteJson, rateText as remoteRate } from '../../shared/remote-text.js';
import { columnsOf, resultOf } from '../../shared/report.js';

export interface TypeStats {
  readonly type: string;
  readonly events: number;
  readonly bytes: number;
}

export interface Stats {
  readonly store: string;
  readonly server: ServerFile | undefined;
  readonly statistics: StoreStatistics;
  readonly remotes: readonly RemoteState[];
  readonly rates: readonly Rate[];
  readonly types: readonly TypeStats[];
}

const number = new Intl.NumberFormat('en-US');
const ratio = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const rate = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 });

const NAME_WIDTH = 10;

/** An overview of the store, one property per line. */
export function overview({ store, server, statistics, types, rates, remotes }: Stats): string {
  const { streams, oldest, newest, diskBytes } = statistics;
  const local = zonedPrinter(Intl.DateTimeFormat().resolvedOptions().timeZone, 'readable');
  const received = (at: Micros | undefined): string => (at === undefined ? '-' : `received ${local(BigInt(at))}`);
  const { events, bytes } = totals(types);
  const lines: [string, string][] = [
    ['store', store],
    ['server', server ? `${server.url} (pid ${server.pid}, since ${server.startedAt})` : 'not running'],
    ['events', number.format(events)],
    ['bytes', `${prettyBytes(bytes)} of payload, ${prettyBytes(diskBytes)} on disk`],
    ['journal', journalText(statistics)],
    ['archive', archiveText(statistics)],
    ['streams', number.format(streams)],
    ['oldest', received(oldest)],
    ['newest', received(newest)],
    ...rates.map((span): [string, string] => [
      `last ${durationText(span.seconds * 1000)}`,
      `${rateText(span)} (${number.format(span.events)})`,
    ]),
    ...(remotes.length === 0 ? [] : [['remotes', remotes.map(remoteLine).join('\n')] as [string, string]]),
  ];
  const indented = (value: string): string => value.replaceAll('\n', `\n${' '.repeat(NAME_WIDTH)}`);
  return lines.map(([name, value]) => `${name.padEnd(NAME_WIDTH)}${indented(value)}\n`).join('');
}

/** The state of a remote in one line. */
function remoteLine(remote: RemoteState): string {
  const error = remote.error === null ? '' : `, ${remote.error}`;
  return `${remote.name} ${remote.state}, lag ${lagText(remote)}, ${remoteRate(remote)}, retries ${remote.retries}${error}`;
}

export function typesTable(types: readonly TypeStats[]): Result {
  const all = totals(types).events;
  const rows = types.map(({ type, events, bytes }) => [
    type,
    number.format(events),
    `${((100 * events) / all).toFixed(1)}%`,
    prettyBytes(bytes),
  ]);
  return resultOf([...columnsOf(['type']), ...columnsOf(['events', 'share', 'bytes'], 'number')], rows);
}

/** Event counts by a column, for people. */
export function groupsTable(by: string, groups: readonly EventGroup[]): Result {
  const all = groups.reduce((sum, { events }) => sum + events, 0);
  const isStream = groups.some(({ transport }) => transport !== undefined);
  const rows = groups.map(({ value, events, first, last, transport = null, remote = null, agent = null }) => [
    value,
    ...(isStream ? [transport, remote, agent] : []),
    number.format(events),
    `${((100 * events) / all).toFixed(1)}%`,
    toSecond(first),
    toSecond(last),
  ]);
  return resultOf(
    [
      ...columnsOf([by]).map(column => (by === 'file' ? { ...column, cutsAt: 'middle' as const } : column)),
      ...columnsOf(isStream ? ['transport', 'remote', 'agent'] : []),
      ...columnsOf(['events', 'share'], 'number'),
      ...columnsOf(['first', 'last'], 'time'),
    ],
    rows,
  );
}

/** Event counts by a column, for programs. */
export function groupsJson(by: string, groups: readonly EventGroup[]): unknown {
  const all = groups.reduce((sum, { events }) => sum + events, 0);
  return groups.map(({ value, events, first, last, ...stream }) => ({
    [by]: value,
    ...stream,
    events,
    share: events / all,
    first,
    last,
  }));
}

function toSecond(time: string): string {
  return time.replace(/\.\d+/, '');
}

export function statsJson({ store, server, statistics, types, rates, remotes }: Stats): unknown {
  const { identity, streams, oldest, newest, diskBytes, journal, archive } = statistics;
  const iso = zonedPrinter('UTC', 'iso');
  const time = (at: Micros | undefined): string | null => (at === undefined ? null : iso(BigInt(at)));
  return {
    store,
    ...identity,
    server: server ?? null,
    ...totals(types),
    ...(remotes.length > 0 && { remotes: remotes.map(remoteJson) }),
    disk_bytes: diskBytes,
    journal: { events: journal.events, disk_bytes: journal.diskBytes },
    archive: {
      segments: archive.segments,
      damaged_segments: archive.damaged,
      events: archive.events,
      payload_bytes: archive.payloadBytes,
      file_bytes: archive.fileBytes,
      bytes_per_event: archive.events === 0 ? null : archive.fileBytes / archive.events,
      compression: archive.fileBytes === 0 ? null : archive.payloadBytes / archive.fileBytes,
    },
    streams,
    oldest: time(oldest),
    newest: time(newest),
    rates: rates.map(span => ({ ...span, per_second: perSecond(span) })),
    types,
  };
}

function journalText({ journal }: StoreStatistics): string {
  return `${counted(journal.events, 'event')} in ${prettyBytes(journal.diskBytes)}`;
}

function archiveText({ archive }: StoreStatistics): string {
  const { segments, damaged, events, payloadBytes, fileBytes } = archive;
  const aside = damaged === 0 ? '' : `; ${number.format(damaged)} damaged and set aside`;
  if (events === 0) return `empty${aside}`;
  const files = counted(segments, 'segment');
  const each = `${ratio.format(fileBytes / events)} bytes an event`;
  const small = `${ratio.format(payloadBytes / fileBytes)} times smaller than sent`;
  return `${counted(events, 'event')} in ${files}, ${prettyBytes(fileBytes)}${aside}\n${each}, ${small}`;
}

/** A rate with at most two significant digits, in the largest unit that gives at least one event: `4 events/h`. */
export function rateText(span: Rate): string {
  if (span.events === 0) return '0 events/s';
  const perUnit = RATE_UNITS.map(([unit, seconds]) => ({ unit, events: perSecond(span) * seconds }));
  const { unit, events } = perUnit.find(candidate => candidate.events >= 1) ?? perUnit.at(-1)!;
  const text = rate.format(events);
  return `${text} ${text === '1' ? 'event' : 'events'}/${unit}`;
}

const RATE_UNITS: readonly (readonly [unit: string, seconds: number])[] = [
  ['s', 1],
  ['min', 60],
  ['h', 3600],
  ['day', 86_400],
];

function perSecond({ events, seconds }: Rate): number {
  return events / seconds;
}

function totals(types: readonly TypeStats[]): { events: number; bytes: number } {
  return types.reduce((sum, { events, bytes }) => ({ events: sum.events + events, bytes: sum.bytes + bytes }), {
    events: 0,
    bytes: 0,
  });
}
