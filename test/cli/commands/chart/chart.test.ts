import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHROMIUM, openInChromium } from '../../../helpers/chromium.js';
import { HOSTILE_STRINGS, PWNED } from '../../../helpers/hostile-strings.js';
import { temporaryStore as temporaryDirectory } from '../../../helpers/store.js';
import { temporaryStore } from '../temporary-store.js';

const SERVICES = ['api', 'web'];

const spans = Array.from({ length: 40 }, (_, i) => ({
  type: 'trace',
  time: new Date(Date.UTC(2026, 10, 22, 10, 0, i * 15)).toISOString(),
  service: SERVICES[i % 2],
  name: `GET /${i % 4}`,
  duration_ms: 10 + ((i * 37) % 100),
}));

type Store = ReturnType<typeof temporaryStore>;

const asked = async (store: Store, ...args: string[]): Promise<unknown> => {
  const { code, out, err } = await store(...args);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out);
};

const rowsOf = <T = Record<string, never>>(store: Store, sql: string): Promise<T[]> =>
  asked(store, 'query', sql, '--format', 'json') as Promise<T[]>;

test('a line chart has the numbers of the query', async () => {
  const store = temporaryStore(...spans);
  const sql = `select time_bucket(interval 1 minute, time) as minute, service, sum(duration_ms) as busy_ms from spans group by 1, 2 order by 1`;
  const rows = await rowsOf<{ minute: string; service: string; busy_ms: number }>(store, sql);

  const chart = await asked(store, 'chart', sql, '--format', 'json', '--tz', 'UTC');

  expect(rows.length).toBe(20);
  expect(chart).toEqual({
    type: 'line',
    x: { name: 'minute', unit: '', timezone: 'UTC' },
    y: { name: 'busy_ms', unit: 'ms' },
    series: [...new Set(rows.map(({ service }) => service))].map(name => ({
      name,
      points: rows.filter(({ service }) => service === name).map(row => [Date.parse(row.minute), row.busy_ms]),
    })),
    notes: [],
  });
});

test('bars, a histogram, a scatter chart and a heatmap have the numbers of the query', async () => {
  const store = temporaryStore(...spans);
  const counts = await rowsOf(store, 'select name, count(*) as calls from spans group by 1 order by 1');
  const bins = await rowsOf(
    store,
    'select floor(duration_ms / 5) * 5 as bin, count(*) as n from spans group by 1 order by 1',
  );
  const points = await rowsOf(store, 'select id, duration_ms from spans order by id');

  expect(
    await asked(store, 'chart', 'select name, count(*) as calls from spans group by 1 order by 1', '--format', 'json'),
  ).toMatchObject({ type: 'bar', rows: counts.map(({ name, calls }) => ({ label: name, values: [calls] })) });

  const histogram = (await asked(store, 'chart', 'select duration_ms from spans', '--format', 'json')) as {
    rows: { label: string; values: number[] }[];
  };
  expect(histogram.rows.filter(({ values }) => values[0]! > 0)).toEqual(
    bins.map(({ bin, n }) => ({ label: expect.stringMatching(`^${bin}ms to `) as string, values: [n] })),
  );

  expect(
    await asked(store, 'chart', 'select id, duration_ms from spans order by id', '--format', 'json'),
  ).toMatchObject({
    type: 'scatter',
    series: [{ points: points.map(row => [row.id, row.duration_ms]) }],
  });

  const heatmap = (await asked(
    store,
    'chart',
    'select time, name from spans',
    '--type',
    'heatmap',
    '--format',
    'json',
  )) as {
    rows: { label: string; values: (number | null)[] }[];
  };
  expect(
    heatmap.rows
      .map(({ label, values }) => [label, values.reduce<number>((sum, value) => sum + (value ?? 0), 0)])
      .sort(),
  ).toEqual(counts.map(({ name, calls }) => [name, calls]));
});

test('query --chart draws what telemetry chart draws', async () => {
  const store = temporaryStore(...spans);
  const sql = 'select service, count(*) as calls from spans group by 1 order by 1';

  const { out } = await store('query', '--chart', '--ascii', sql);

  expect(out).toBe((await store('chart', '--ascii', sql)).out);
  expect(out).toBe(['calls by service', `api |${'#'.repeat(72)} 20`, `web |${'#'.repeat(72)} 20`, ''].join('\n'));
});

test('chart --where draws the times of the events, and bounds apply', async () => {
  const store = temporaryStore(...spans);
  const args = ['chart', '--where', "service = 'api'", '--since', '2026-11-22T10:05:00Z', '--format', 'json'];
  const [count] = await rowsOf(
    store,
    `select count(*) as n from events where service = 'api' and time >= '2026-11-22T10:05:00Z'`,
  );

  const { type, rows } = (await asked(store, ...args)) as { type: string; rows: { values: number[] }[] };

  expect(type).toBe('histogram');
  expect(rows.reduce((sum, { values }) => sum + values[0]!, 0)).toBe(count!.n);
});

test.each([
  [['chart', 'select 1; select 2'], 2, 'a chart draws one statement, but there are 2'],
  [['chart', 'select 1', '--out', 'x.gif'], 2, 'no kind of picture is known for ".gif"'],
  [['chart', 'select 1', '--out', 'x.svg', '--watch', '1s'], 2, '--watch draws on the terminal'],
  [['chart', 'select 1', '--watch', '1ms'], 2, 'too short an interval'],
  [['chart', 'select 1', '--ascii', '--braille'], 2, '--braille and --ascii exclude each other'],
  [['chart', 'select nope from events'], 4, 'nope'],
  [['chart', 'select 1 as n', '--y', 'm'], 2, 'the result has no column m'],
  [['query', 'select 1', '--chart', '--format', 'csv'], 2, '--chart draws, so it cannot be combined'],
  [['query', 'select 1', '--watch', '1s', '--exit-code'], 2, '--watch does not end by itself'],
  [['query', 'select 1', '--ascii'], 2, '--braille and --ascii need --chart'],
])('%j is refused', async (args, code, message) => {
  const result = await temporaryStore(...spans)(...args);
  expect(result.code).toBe(code);
  expect(result.err).toContain(message);
});

test('an SVG has the names and labels, and nothing that acts; a PNG is a picture', async () => {
  const dir = temporaryDirectory();
  const store = temporaryStore(...spans);
  const sql = 'select time, service, duration_ms from spans';

  for (const ending of ['svg', 'png', 'html']) {
    expect(await store('chart', sql, '--tz', 'UTC', '--out', join(dir, `a.${ending}`))).toEqual({
      code: 0,
      out: '',
      err: '',
    });
  }

  const svg = readFileSync(join(dir, 'a.svg'), 'utf8');
  for (const text of ['api', 'web', 'duration_ms', '50ms', '10:04', 'time, 2026-11-22 UTC'])
    expect(svg).toContain(`>${text}</text>`);
  expect(svg).not.toMatch(/<style|style=|<script|ecmeta|\son\w+=/);
  const png = readFileSync(join(dir, 'a.png'));
  expect(png.subarray(0, 8)).toEqual(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1920, 960]);
  expect(readFileSync(join(dir, 'a.html'), 'utf8')).toContain(svg.trim());
});

test('an SVG is the same each time, and has the ids that its clips and gradients name', async () => {
  const dir = temporaryDirectory();
  const store = temporaryStore(...spans);
  const written = async (type: string): Promise<string> => {
    await store('chart', 'select time, duration_ms from spans', '--type', type, '--out', join(dir, 'a.svg'));
    return readFileSync(join(dir, 'a.svg'), 'utf8');
  };

  for (const type of ['heatmap', 'line']) {
    const svg = await written(type);
    const named = [...svg.matchAll(/url\(#([^)]+)\)/g)].map(([, id]) => id!);
    expect(named.length).toBeGreaterThan(0);
    for (const id of named) expect(svg).toContain(` id="${id}"`);
    expect(await written(type)).toBe(svg);
  }
});

test('a picture names what the chart leaves out, and a page does so once', async () => {
  const dir = temporaryDirectory();
  const store = temporaryStore(...spans);
  const written = async (sql: string, ending: string): Promise<string> => {
    const file = join(dir, `a.${ending}`);
    expect((await store('chart', sql, '--type', 'line', '--out', file)).code).toBe(0);
    return readFileSync(file, 'utf8');
  };
  const many = 'select i, i::varchar as series, i as n from range(10) t(i)';
  const note = '2 smaller series left out: 0, 1';

  expect(await written(many, 'svg')).toContain(`>${note}</text>`);
  expect((await written(many, 'html')).split(note).length - 1).toBe(1);
  expect(await written('select 1 as i, null::int as n', 'svg')).toContain('>no values</text>');
  expect(await written('select 1 as i, 2 as n where false', 'svg')).toContain('>no rows</text>');
});

test.skipIf(CHROMIUM === undefined)(
  'a page of hostile strings runs and requests nothing (needs Chromium)',
  async () => {
    const dir = temporaryDirectory();
    const store = temporaryStore(
      ...HOSTILE_STRINGS.map(text => text.replace(/\p{Cs}/gu, '')).map((name, i) => ({
        type: 'trace',
        name,
        service: name,
        n: i + 1,
      })),
    );
    const file = join(dir, 'hostile.html');
    const sql = `select name, service, n from spans where name <> '${HOSTILE_STRINGS[0]!.replaceAll("'", "''")}' order by n`;

    const { code, err } = await store(
      'chart',
      sql,
      '--type',
      'bar',
      '--y',
      'n',
      '--out',
      file,
      '--title',
      HOSTILE_STRINGS[2]!,
    );
    expect([code, err]).toEqual([0, '']);
    const { dom, requests } = await openInChromium(file);

    expect(dom).toContain('</svg>');
    expect(dom).not.toContain(`<title>${PWNED}`);
    expect(dom.match(/<(?:script|img|iframe|image|link|foreignObject)\b/gi)).toBeNull();
    expect(dom.match(/<style\b/g)).toHaveLength(1);
    expect(requests).toEqual([]);
    writeFileSync(file, '');
  },
);
