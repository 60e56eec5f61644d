import type { MetricSummary, StoreReport } from '../../../consumers/report/read-report.js';
import { zonedPrinter } from '../../../query/result/timestamps.js';
import { formatQuantity } from '../../../render/charts/quantity.js';
import { MAX_SERIES } from '../../../render/charts/series-color.js';
import type { ReportPage, ReportTable } from '../../../render/report/page.js';
import { counted } from '../../shared/count.js';
import { VERSION } from '../../shared/version.js';
import { drawnTrace } from '../trace/drawn.js';
import type { ReportOptions } from './options.js';

/** Bars of less than this share of a trace are shorter than a pixel; several traces of all their rows make a slow page. */
const MIN_SHARE = 0.001;

const DRAWN = { folds: true, showsLogs: true, onlyMatches: false, hideBelow: { share: MIN_SHARE } };

/** The texts of a report. Times are in UTC without --tz: the page is read elsewhere. */
export function pageOf(report: StoreReport, options: ReportOptions): ReportPage {
  const { times, types, events, errors, slowest, errorPatterns } = report;
  const timezone = options.tz ?? 'UTC';
  const print = zonedPrinter(timezone, 'readable');
  const text = (micros: number): string => `${print(BigInt(Math.floor(micros / 1000)) * 1000n)} ${timezone}`;
  const end = times && times.start + times.step * times.steps;
  return {
    title: options.title ?? 'Telemetry report',
    facts: [
      counted(events, 'event'),
      counted(errors, 'error'),
      ...(times && end !== undefined ? [`${text(times.start)} to ${text(end)}`] : []),
    ],
    time: times && end !== undefined ? { from: text(times.start), to: text(end), series: seriesOf(types) } : undefined,
    errors: errorTable(report, options.limit),
    traces: slowest.map(trace => drawnTrace(trace, { ...DRAWN, timezone })),
    operations: operationTable(report, options.limit),
    metrics: metricTable(report, options.limit),
    notes: [
      ...(errorPatterns.withoutMessage > 0
        ? [`without a message, and so without a pattern: ${counted(errorPatterns.withoutMessage, 'error')}`]
        : []),
      ...(options.redact.length > 0 ? [`redacted again: ${options.redact.join(', ')}`] : []),
      `written by telemetry ${VERSION}`,
    ],
  };
}

/** The types with the most events, and the others as one series: colours repeat after {@link MAX_SERIES}. */
function seriesOf(types: StoreReport['types']): NonNullable<ReportPage['time']>['series'] {
  const all = types.map(({ type, counts }) => ({ name: type, counts }));
  if (all.length <= MAX_SERIES) return all;
  const others = all.slice(MAX_SERIES - 1);
  const counts = others[0]!.counts.map((_, i) => others.reduce((sum, other) => sum + other.counts[i]!, 0));
  return [...all.slice(0, MAX_SERIES - 1), { name: counted(others.length, 'other type'), counts }];
}

function table<T>(
  items: readonly T[],
  limit: number,
  columns: ReportTable['columns'],
  row: (item: T) => ReportTable['rows'][number],
): ReportTable {
  return { columns, rows: items.slice(0, limit).map(row), more: Math.max(0, items.length - limit) };
}

function errorTable({ errorPatterns }: StoreReport, limit: number): ReportTable {
  const columns = [
    { name: 'events', isNumber: true },
    { name: 'over time' },
    { name: 'pattern' },
    { name: 'example' },
    { name: 'last' },
  ];
  return table(errorPatterns.patterns, limit, columns, ({ events, counts, template, example, last }) => [
    events.toLocaleString('en-US'),
    { spark: counts },
    template,
    example === template ? '' : example,
    last,
  ]);
}

function operationTable({ operations }: StoreReport, limit: number): ReportTable {
  const columns = [
    { name: 'service' },
    { name: 'operation' },
    ...['calls', 'errors', 'p50', 'p95', 'p99', 'total'].map(name => ({ name, isNumber: true })),
    { name: 'over time' },
  ];
  const ms = (value: number | null): string => (value === null ? '-' : formatQuantity(value, 'ms'));
  return table(
    operations,
    limit,
    columns,
    ({ service, operation, calls, errors, p50, p95, p99, total, callsOverTime }) => [
      service ?? '-',
      operation ?? '-',
      calls.toLocaleString('en-US'),
      errors.toLocaleString('en-US'),
      ...[p50, p95, p99, total].map(ms),
      { spark: callsOverTime },
    ],
  );
}

function metricTable({ metrics }: StoreReport, limit: number): ReportTable {
  const columns = [
    { name: 'service' },
    { name: 'metric' },
    ...['points', 'min', 'avg', 'max', 'last'].map(name => ({ name, isNumber: true })),
    { name: 'mean over time' },
  ];
  return table(
    metrics,
    limit,
    columns,
    ({ service, name, unit, points, min, avg, max, last, means }: MetricSummary) => [
      service ?? '-',
      name,
      points.toLocaleString('en-US'),
      ...[min, avg, max, last].map(value => (value === null ? '-' : formatQuantity(value, unit ?? ''))),
      { spark: means },
    ],
  );
}
