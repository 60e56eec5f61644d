import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { influxdb } from '../../../../../src/consumers/remotes/kinds/influxdb/kind.js';
import { pointLine } from '../../../../../src/consumers/remotes/kinds/influxdb/line.js';
import { startEngine, type Engine } from '../../../../helpers/engines.js';
import { httpReceiver } from '../../../../helpers/http-receiver.js';
import { openTestJournal } from '../../../../helpers/journal.js';
import { addRemote, forwardTo, remoteOf } from '../../../../helpers/remotes.js';
import { readStore, temporaryStore } from '../../../../helpers/store.js';

const program = fileURLToPath(new URL('../../../../../bin/telemetry.js', import.meta.url));

const started = await startEngine('influxdb');
const missing = 'missing' in started ? started.missing : undefined;

function addEvents(dir: string, lines: readonly string[]): void {
  const journal = openTestJournal(dir);
  journal.appendText(lines);
  journal.close();
}

interface Answer {
  readonly results: readonly {
    readonly series?: readonly {
      readonly columns: readonly string[];
      readonly values: readonly (readonly unknown[])[];
    }[];
  }[];
}

/** The rows of an InfluxQL query as objects; times are nanoseconds as text. */
async function ask(url: string, database: string, query: string): Promise<Record<string, unknown>[]> {
  const parameters = new URLSearchParams({ db: database, q: query, epoch: 'ns' });
  const response = await fetch(`http://${new URL(url).host}/query?${parameters.toString()}`, { method: 'POST' });
  const text = (await response.text()).replaceAll(/\b(\d{19})\b/g, '"$1"');
  const { results } = JSON.parse(text) as Answer;
  return (results[0]?.series ?? []).flatMap(({ columns, values }) =>
    values.map(row => Object.fromEntries(columns.map((column, i) => [column, row[i]]))),
  );
}

describe.skipIf(missing !== undefined)(`InfluxDB (${missing ?? '1.8'})`, () => {
  const engine = started as Engine;
  let url = '';
  let databases = 0;
  let database = '';

  beforeAll(() => {
    url = engine.values.URL!;
  });
  afterAll(() => engine.stop());
  beforeEach(async () => {
    database = `db${++databases}`;
    await ask(url, '', `create database ${database}`);
  });

  const address = (): string => `${new URL('/', url).href}${database}`;

  test('given metrics, then they are points to the nanosecond, and other events are not', async () => {
    const dir = temporaryStore();
    addEvents(dir, [
      '{"type":"metric","metric_name":"cpu load","metric_value":0.5,"host":"a b","time":"2026-05-01T10:00:00.123456789Z"}',
      '{"type":"log","message":"no point"}',
      '{"type":"metric","metric_name":"cpu load","metric_value":2,"host":"a b","time":"2026-05-01T10:00:01Z"}',
    ]);
    addRemote(dir, 'far', address());

    expect(await forwardTo(dir, 'far')).toMatchObject({ events: 2, rejected: 0, waiting: 0 });

    expect(await ask(url, database, 'select * from "cpu load"')).toEqual([
      { time: '1777629600123456789', host: 'a b', value: 0.5 },
      { time: '1777629601000000000', host: 'a b', value: 2 },
    ]);
    expect(await ask(url, database, 'show measurements')).toEqual([{ name: 'cpu load' }]);
  });

  test('given a type conflict, then the partial write is noticed and the event is named', async () => {
    const dir = temporaryStore();
    const metric = (value: string, n: number): string =>
      `{"type":"metric","metric_name":"m","extra":[${value}],"n":${n},"time":"2026-05-01T10:00:0${n}Z"}`;
    addEvents(dir, [
      metric('"text"', 1),
      metric('{"a":1}', 2),
      '{"type":"metric","metric_name":"m","extra":5,"n":3,"time":"2026-05-01T10:00:03Z"}',
    ]);
    await fetch(`http://${new URL(url).host}/write?db=${database}`, {
      method: 'POST',
      body: 'm extra="first" 1777629600000000000\n',
    });
    addRemote(dir, 'far', address());

    expect(await forwardTo(dir, 'far')).toMatchObject({ rejected: 1, waiting: 0 });

    const rejects = readStore<{ event_id: number; reason: string }>(dir, 'select event_id, reason from remote_rejects');
    expect(rejects).toEqual([
      { event_id: 3, reason: expect.stringMatching(/^partial write: field type conflict/) as string },
    ]);
    expect(await ask(url, database, 'select count(n) from m')).toMatchObject([{ count: 2 }]);
  });

  test('given the forwarder killed after a write, then each point is there once', async () => {
    const dir = temporaryStore();
    addEvents(
      dir,
      Array.from({ length: 900 }, (_, i) => `{"type":"metric","metric_name":"k","metric_value":1,"i":"${i}"}`),
    );
    addRemote(dir, 'far', address(), { batch: 300 });
    const args = [program, 'forward', 'far', '--until-current', '--store', dir];
    const env = { PATH: process.env.PATH, HOME: dir, TELEMETRY_FAULT: 'influxdb:written' };
    const [, signal] = (await once(spawn(process.execPath, args, { env, stdio: 'ignore' }), 'exit')) as [
      unknown,
      string,
    ];
    expect(signal).toBe('SIGKILL');

    await forwardTo(dir, 'far');

    expect(await ask(url, database, 'select count(value) from k')).toMatchObject([{ count: 900 }]);
  });

  test('given the server killed and started again, then what it acknowledged is there', async () => {
    const dir = temporaryStore();
    addEvents(dir, ['{"type":"metric","metric_name":"d","metric_value":1,"time":"2026-05-01T10:00:00Z"}']);
    addRemote(dir, 'far', address());
    await forwardTo(dir, 'far');
    process.kill(Number(engine.values.PID), 'SIGKILL');
    addEvents(dir, ['{"type":"metric","metric_name":"d","metric_value":2,"time":"2026-05-01T10:00:01Z"}']);
    await expect(forwardTo(dir, 'far')).rejects.toThrow(/cannot reach/);
    await engine.again();
    await forwardTo(dir, 'far');

    expect(await ask(url, database, 'select count(value) from d')).toMatchObject([{ count: 2 }]);
  });

  test('given a bucket that does not exist, then it is an error and no event is rejected', async () => {
    const dir = temporaryStore();
    addEvents(dir, ['{"type":"metric","metric_name":"m","metric_value":1}']);
    addRemote(dir, 'far', `${new URL('/', url).href}nowhere`);
    await expect(forwardTo(dir, 'far')).rejects.toThrow(/nowhere/);
    expect(readStore(dir, 'select * from remote_rejects')).toEqual([]);
  });
});

describe('a point', () => {
  const line = (payload: string, type = 'metric', name = 'm'): string | undefined =>
    pointLine({ type, name, time: '1', payload: Buffer.from(payload) });

  test.each([
    ['{"metric_value":1,"a":"x","b":true}', 'm,a=x,b=true value=1 1'],
    [
      '{"count":3,"sum":1.5,"bucket_counts":[1,2],"explicit_bounds":[0.1]}',
      'm count=3,sum=1.5,bucket_counts.0=1,bucket_counts.1=2,explicit_bounds.0=0.1 1',
    ],
    ['{"metric_value":null,"metric_value_text":"NaN","k":"v"}', 'm,k=v value_text="NaN" 1'],
    ['{"metric_value":1,"a b":"c,d=e f","t":"tail\\\\"}', 'm,a\\ b=c\\,d\\=e\\ f,t=tail value=1 1'],
    ['{"metric_value":1,"n":"two\\nlines","empty":""}', 'm,n=two\\ lines value=1 1'],
    ['{"metric_value":1,"a":"x","a":"y","in":{"b":"z"}}', 'm,a=x,in.b=z value=1 1'],
    ['{"metric_value":1e999}', undefined],
  ])('of %s is %s', (payload, expected) => {
    expect(line(payload)).toBe(expected);
  });

  test('of another event has its texts as fields', () => {
    expect(line('{"message":"say \\"hi\\"","service":"api","ok":true}', 'log', 'log')).toBe(
      'log,service=api message="say \\"hi\\"",ok=true 1',
    );
  });
});

test.each(['influxdb://h', 'influxdb:///b', 'influxdb://h/b?precision=s'])(
  'given the URL %s, then it is refused',
  other => {
    expect(() => influxdb.check(remoteOf(other))).toThrow(/names a host and a bucket/);
  },
);

test('given events that make no point, then they do not count as sent', async () => {
  const { port, received } = await httpReceiver((_, response) => response.writeHead(204).end());
  const dir = temporaryStore();
  addEvents(dir, [
    '{"type":"metric","metric_name":"m","metric_value":1}',
    '{"type":"log","message":"no point"}',
    '{"type":"metric","note":"no field"}',
  ]);
  addRemote(dir, 'far', `influxdb://127.0.0.1:${port}/db`);

  expect(await forwardTo(dir, 'far')).toMatchObject({
    events: received.at(-1)!.body.trimEnd().split('\n').length,
    waiting: 0,
  });
  expect(readStore(dir, 'select cursor_id, sent_events from remotes')).toEqual([{ cursor_id: 3, sent_events: 1 }]);
});
