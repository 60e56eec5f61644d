import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { once } from 'node:events';
import { StatsD } from 'hot-shots';
import { expect, test } from 'vitest';
import { http } from '../helpers/http.js';
import { hasProgram } from '../helpers/programs.js';
import { serve, serveRefused } from '../helpers/server.js';
import { serveInProcess } from '../helpers/server-in-process.js';
import { payloads, storedStreams, temporaryStore, until } from '../helpers/store.js';

const portIn = (said: string, name: string): number => Number(new RegExp(`${name}: +127.0.0.1:(\\d+)`).exec(said)?.[1]);
const eventsIn = (store: string) => payloads(store).map(payload => JSON.parse(payload) as Record<string, unknown>);

async function datagrams(port: number, ...messages: string[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const message of messages) await new Promise(resolve => socket.send(message, port, '127.0.0.1', resolve));
  socket.close();
}

test.skipIf(!hasProgram('logger'))(
  'stores each line of logger over UDP and TCP, in each format and framing',
  async () => {
    const store = temporaryStore();
    const server = await serve({ store, args: ['--syslog', '127.0.0.1:0'] });
    const to = ['-n', '127.0.0.1', '-P', String(portIn(server.said(), 'syslog')), '-p', 'local0.err', '-t', 'app'];
    const ways = [
      ['-d', '--rfc5424'],
      ['-d', '--rfc3164'],
      ['-T', '--rfc5424'],
      ['-T', '--rfc3164'],
      ['-T', '--rfc5424', '--octet-count'],
      ['-T', '--rfc3164', '--octet-count'],
    ];
    for (const way of ways) execFileSync('logger', [...to, ...way, `sent with ${way.join(' ')}`]);
    await until(() => payloads(store).length === ways.length);
    await server.end();

    const events = eventsIn(store);
    expect(events.map(({ msg }) => msg).sort()).toEqual(ways.map(way => `sent with ${way.join(' ')}`).sort());
    for (const event of events) {
      expect(event).toMatchObject({ type: 'log', level: 'ERROR', severity: 'err', facility: 'local0', app: 'app' });
      expect(Math.abs(Date.parse(String(event.time)) - Date.now())).toBeLessThan(60_000);
    }
    expect(events.some(event => 'timeQuality.tzKnown' in event)).toBe(true);
    expect(storedStreams(store).filter(({ transport }) => transport === 'syslog-udp')).toHaveLength(1);
  },
);

test.skipIf(!hasProgram('python3'))('keeps what Python logs, over UDP and TCP, without its NUL', async () => {
  const store = temporaryStore();
  const server = await serve({ store, args: ['--syslog', '127.0.0.1:0'] });
  const script = `
import logging, logging.handlers, socket, sys
for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
    handler = logging.handlers.SysLogHandler(('127.0.0.1', int(sys.argv[1])), socktype=kind)
    log = logging.getLogger(str(kind))
    log.addHandler(handler)
    log.error('{"a": "b: c"}')
    handler.setFormatter(logging.Formatter('shop[7]: %(message)s'))
    log.error('sold')
    handler.close()
`;
  execFileSync('python3', ['-c', script, String(portIn(server.said(), 'syslog'))]);
  await until(() => payloads(store).length === 4);
  await server.end();

  const log = { type: 'log', level: 'ERROR', severity: 'err', facility: 'user', host: '127.0.0.1' };
  const events = [
    { ...log, msg: '{"a": "b: c"}' },
    { ...log, app: 'shop', procid: '7', msg: 'sold' },
  ];
  const byMessage = (a: Record<string, unknown>, b: Record<string, unknown>) =>
    String(a.msg).localeCompare(String(b.msg));
  expect(eventsIn(store).sort(byMessage)).toEqual([...events, ...events].sort(byMessage));
});

test('ends a connection to the syslog port that speaks HTTP, and stores nothing of it', async () => {
  const store = temporaryStore();
  const server = await serveInProcess({ store, args: ['--syslog', 'tcp://127.0.0.1:0'] });
  const url = `http://127.0.0.1:${portIn(server.said(), 'syslog')}/<14>forged`;
  const reply = await http(url, { method: 'POST', body: '\n<14>forged: line\n<14>forged: line\n' });
  const metrics = (await http(`${server.url}/metrics`)).body;
  await server.end();

  expect(reply).toMatchObject({ status: 400, body: 'this port accepts syslog, not HTTP\n' });
  expect(metrics).toContain('telemetry_refused_total{reason="http_request"} 1');
  expect(payloads(store)).toEqual([]);
});

test('keeps and counts lines that are not syslog, over both protocols', async () => {
  const store = temporaryStore();
  const server = await serveInProcess({ store, args: ['--syslog', '127.0.0.1:0'] });
  const port = portIn(server.said(), 'syslog');
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.end('no syslog\n<13>the last, without an end');
  await datagrams(port, 'neither');
  await until(() => payloads(store).length === 3);
  const metrics = (await http(`${server.url}/metrics`)).body;
  await server.end();

  expect(
    eventsIn(store)
      .map(({ msg }) => msg)
      .sort(),
  ).toEqual(['neither', 'no syslog', 'the last, without an end']);
  expect(metrics).toContain('telemetry_malformed_total{source="syslog"} 2');
  expect(metrics).toContain('telemetry_datagrams_dropped_total{source="syslog"} 0');
});

test('stores the samples of a statsd client when the server stops early', async () => {
  const store = temporaryStore();
  const server = await serveInProcess({ store, args: ['--statsd', '127.0.0.1:0=1h'] });
  const port = portIn(server.said(), 'statsd');
  const client = new StatsD({ host: '127.0.0.1', port, globalTags: { env: 'test' } });
  client.increment('hits', 3);
  client.gauge('queue', 10);
  for (let i = 0; i < 3; i++) client.gauge('below', -5);
  client.gauge('then', 7, { timestamp: 1_656_581_400 });
  client.timing('took', 250);
  client.set('users', 'ada');
  client.distribution('sizes', 5);
  client.event('deployed', 'version 7\nto all', { hostname: 'web-1', alert_type: 'success' });
  client.check('db.up', client.CHECKS.CRITICAL, { message: 'no answer' });
  await new Promise<void>(resolve => client.close(() => resolve()));
  await datagrams(port, 'junk');
  await until(async () =>
    (await http(`${server.url}/metrics`)).body.includes('telemetry_refused_total{reason="invalid_statsd"} 1'),
  );
  await server.end();

  const events = eventsIn(store);
  expect(events.filter(({ type }) => type !== 'metric')).toMatchObject([
    { type: 'event', title: 'deployed', text: 'version 7\nto all', host: 'web-1', alert_type: 'success', env: 'test' },
    { type: 'service_check', name: 'db.up', status: 'critical', message: 'no answer', env: 'test' },
  ]);
  const metrics = events.filter(({ type }) => type === 'metric');
  const found = metrics.map(({ metric_name, metric_type, metric_value, env }) => [
    metric_name,
    metric_type,
    metric_value,
    env,
  ]);
  expect(found.sort()).toEqual([
    ['below', 'gauge', -5, 'test'],
    ['hits', 'counter', 3, 'test'],
    ['queue', 'gauge', 10, 'test'],
    ['sizes', 'distribution', 5, 'test'],
    ['then', 'gauge', 7, 'test'],
    ['took', 'timer', 250, 'test'],
    ['users', 'set', 1, 'test'],
  ]);
  expect(metrics.find(({ metric_name }) => metric_name === 'then')?.time).toBe('2022-06-30T09:30:00.000Z');
});

test.each([
  [[], -15],
  [['--statsd-gauges', 'absolute'], -5],
])('with %j, three plain gauges of -5 are %d', async (args, value) => {
  const store = temporaryStore();
  const server = await serveInProcess({ store, args: ['--statsd', '127.0.0.1:0=1h', ...args] });
  await datagrams(portIn(server.said(), 'statsd'), 'g:-5|g:-5|g', 'g:-5|g', 'last:1|c', 'last:x|c');
  await until(async () => (await http(`${server.url}/metrics`)).body.includes('{reason="invalid_statsd"} 1'));
  await server.end();

  expect(eventsIn(store).map(({ metric_name, metric_value }) => [metric_name, metric_value])).toEqual([
    ['g', value],
    ['last', 1],
  ]);
});

test.each(['--syslog', '--statsd'])(
  'refuses %s at an address of other machines unless anonymous senders may',
  async flag => {
    const { code, err } = await serveRefused({
      store: temporaryStore(),
      args: [flag, '0.0.0.0:0', '--token', 'secret'],
    });

    expect(code).toBe(2);
    expect(err).toContain('has no credentials');
    expect(err).toContain('--allow-anonymous');
  },
);

test('given a port that is taken, then the server says which, and does not start', async () => {
  const taken = createSocket('udp4').bind(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address();
  const { code, err } = await serveRefused({ store: temporaryStore(), args: ['--statsd', `127.0.0.1:${port}`] });
  taken.close();

  expect(code).toBe(1);
  expect(err).toContain(`UDP port ${port} of 127.0.0.1 is in use`);
});
