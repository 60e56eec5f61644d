import type { Column, ColumnKind, Row } from '../../../src/core/result.js';
import type { Wish } from '../../../src/render/charts/assign.js';

/** A result to draw. */
export interface Example {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly wish?: Wish;
}

const start = Date.UTC(2026, 10, 22, 10);

function columnsOf(names: Readonly<Record<string, ColumnKind>>): Column[] {
  return Object.entries(names).map(([name, kind]) => ({
    name,
    kind,
    type: kind === 'time' ? 'TIMESTAMP WITH TIME ZONE' : kind === 'number' ? 'DOUBLE' : 'VARCHAR',
  }));
}

const minute = (i: number): string => new Date(start + i * 60_000).toISOString();

/** A wave with a peak at minute 30 and a gap from minute 44 to 46. */
const wave = Array.from({ length: 60 }, (_, i): Row => {
  const value = i >= 44 && i <= 46 ? null : String(Math.round(120 + 80 * Math.sin(i / 7) + (i === 30 ? 500 : 0)));
  return [minute(i), value];
});

const services = ['api', 'web', 'worker'];

const byService = wave.flatMap(([time], i) =>
  services.map((service, s): Row => [time!, service, String(Math.round(50 * (s + 1) + 30 * Math.cos(i / (4 + s))))]),
);

/** A number from 0 to 1 that looks random and is the same in every run. */
function noise(i: number): number {
  const value = Math.sin(i * 12.9898) * 43758.5453;
  return value - Math.floor(value);
}

/** Every type, as the result chooses it or as it is asked for. */
export const EXAMPLES: readonly Example[] = [
  { name: 'line', columns: columnsOf({ minute: 'time', p95_ms: 'number' }), rows: wave },
  { name: 'line-series', columns: columnsOf({ minute: 'time', service: 'text', p95_ms: 'number' }), rows: byService },
  {
    name: 'area',
    columns: columnsOf({ minute: 'time', heap_bytes: 'number' }),
    rows: wave.map(([t, v]) => [t!, v === null ? null : `${v}000000`]),
    wish: { type: 'area' },
  },
  {
    name: 'area-series',
    columns: columnsOf({ minute: 'time', service: 'text', calls: 'number' }),
    rows: byService,
    wish: { type: 'area' },
  },
  {
    name: 'bar',
    columns: columnsOf({ route: 'text', calls: 'number' }),
    rows: [
      ['GET /users', '12500'],
      ['POST /orders', '340'],
      ['GET /\u001b[31m\u202e', '12'],
      ['GET /健康', '0'],
      [null, '5'],
    ],
  },
  {
    name: 'bar-series',
    columns: columnsOf({ service: 'text', status: 'text', calls: 'number' }),
    rows: [
      ['api', 'ok', '1200'],
      ['api', 'error', '340'],
      ['web', 'ok', '-120'],
      ['worker', 'error', '7'],
    ],
  },
  {
    name: 'histogram',
    columns: columnsOf({ duration_ms: 'number' }),
    rows: Array.from({ length: 500 }, (_, i) => [String(Math.round(10 * Math.exp(3 * noise(i))))]),
  },
  {
    name: 'histogram-times',
    columns: columnsOf({ time: 'time' }),
    rows: Array.from({ length: 300 }, (_, i) => [minute(60 * noise(i) ** 2)]),
  },
  {
    name: 'scatter',
    columns: columnsOf({ body_bytes: 'number', duration_ms: 'number' }),
    rows: Array.from({ length: 120 }, (_, i) => [
      String(Math.round(90_000 * noise(i))),
      String(20 + 80 * noise(i) * noise(i + 500)),
    ]),
  },
  {
    name: 'heatmap-text',
    columns: columnsOf({ minute: 'time', host: 'text', cpu_percent: 'number' }),
    rows: Array.from({ length: 30 }, (_, i) => i).flatMap(i =>
      'abcdefghij'
        .split('')
        .map((host, h): Row => [minute(i), `host-${host}`, String(Math.round(100 * Math.abs(Math.sin(i / 9 + h))))]),
    ),
  },
  {
    name: 'heatmap-numbers',
    columns: columnsOf({ time: 'time', duration_ms: 'number' }),
    rows: Array.from({ length: 800 }, (_, i) => [minute(i / 15), String(100 * noise(i) * (1 + i / 800))]),
    wish: { type: 'heatmap' },
  },
];
