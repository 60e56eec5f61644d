import { createServer } from 'node:http';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { telemetry } from '../cli/command.js';
import { post, rawSocket } from '../helpers/http.js';
import { attribute, field, request } from '../helpers/otlp-bytes.js';
import { exportLogs, grpcAddressOf } from '../helpers/otlp-grpc.js';
import { serve } from '../helpers/server.js';
import { makeDirectory, payloads, storedStreams, until } from '../helpers/store.js';
import { watch } from '../helpers/watcher.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const SECRETS = ['ada.lovelace', '198.51.100.77', '2001:db8::beef', '4111111111111111', 'pa55word'];
const SAID = 'by ada.lovelace@example.com at 198.51.100.77 and 2001:db8::beef with 4111111111111111';

const ACTIVITY = {
  event_id: 'ada.lovelace@example.com',
  event_time: '2026-11-22T20:54:39.821Z',
  event_type: 'behavioral',
  event_name: 'login',
};

/** Every byte of a store, folders included. */
function bytesOf(store: string): Buffer {
  return Buffer.concat(
    readdirSync(store, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => readFileSync(join(entry.parentPath, entry.name))),
  );
}

test('keeps redacted values of every source out of every byte of the store', async () => {
  const dir = makeDirectory();
  onTestFinished(() => removeDirectory(dir));
  const store = join(dir, 'store');
  const exporter = createServer((_, response) => response.end(`up_to{who="${SAID}"} 1\n`)).listen(0, '127.0.0.1');
  await once(exporter, 'listening');
  onTestFinished(() => void exporter.close());
  const scraped = (exporter.address() as { port: number }).port;
  const server = await serve({
    store,
    args: [
      ...['--redact', 'email,ip,credit-card', '--otlp-grpc', '127.0.0.1:0'],
      ...['--syslog', '127.0.0.1:0', '--statsd', '127.0.0.1:0=1h'],
      ...['--scrape', `http://ada.lovelace:pa55word@127.0.0.1:${scraped}/of/ada.lovelace@example.com=1h`],
    ],
  });
  onTestFinished(() => void server.end());
  const portOf = (name: string): number => Number(new RegExp(`${name}: +127.0.0.1:(\\d+)`).exec(server.said())?.[1]);

  const record = field(2, field(5, field(1, SAID)), attribute(6, 'ada.lovelace@example.com', field(1, SAID)));
  await exportLogs(grpcAddressOf(server), { body: request([record]), headers: { 'x-of': 'ada.lovelace@example.com' } });
  await post(`${server.url}/v1/logs`, request([record]), { 'content-type': 'application/x-protobuf' });
  const otlpJson = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: SAID } }] }] }] };
  await post(`${server.url}/v1/logs`, JSON.stringify(otlpJson), { 'content-type': 'application/json' });
  await post(`${server.url}/v1/telemetry/events`, JSON.stringify({ ...ACTIVITY, who: SAID }));

  const udp = createSocket('udp4');
  const datagram = (text: string, port: number): Promise<unknown> =>
    new Promise(sent => udp.send(text, port, '127.0.0.1', sent));
  await datagram(`<13>1 - 198.51.100.77 app - - [x@1 who="ada.lovelace@example.com"] ${SAID}`, portOf('syslog'));
  await datagram(`hits:1|c|#who:ada.lovelace@example.com,ip:198.51.100.77`, portOf('statsd'));
  await datagram(`_e{3,${SAID.length}}:log|${SAID}|h:198.51.100.77`, portOf('statsd'));
  udp.close();
  const tcp = connect(portOf('syslog'), '127.0.0.1');
  tcp.write('<13>by ada.lovel');
  setTimeout(() => tcp.end(`ace@example.com at ${SAID}\n`), 50);

  const absolute = await rawSocket(Number(new URL(server.url).port));
  const [head, rest] = [`{"a":"${SAID.slice(0, 10)}`, `${SAID.slice(10)}"}`];
  await absolute.write(
    `POST http://ada.lovelace:pa55word@${new URL(server.url).host}/ HTTP/1.1\r\nHost: ${new URL(server.url).host}\r\n` +
      `Referer: http://ada:pa55word@x.example/\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${head.length + rest.length}\r\n\r\n${head}`,
  );
  setTimeout(() => void absolute.write(rest), 50);

  writeFileSync(join(dir, 'in.ndjson'), `{"a":"${SAID}"}\n`);
  writeFileSync(join(dir, 'in.log'), `at=info who="${SAID}"\n`);
  mkdirSync(join(dir, 'watched'));
  writeFileSync(join(dir, 'watched', 'ada.lovelace@example.com.log'), `${SAID}\n`);
  const cli = (...args: readonly string[]): Promise<{ code: number | null; err: string }> =>
    telemetry(args, { cwd: dir, env: { TELEMETRY_STORE: store } });
  expect(await cli('ingest', 'in.ndjson')).toMatchObject({ code: 0 });
  expect(await cli('ingest', '--type', 'logfmt', 'in.log')).toMatchObject({ code: 0 });
  expect(await cli('run', '--', 'echo', SAID)).toMatchObject({ code: 0 });
  expect(await cli('send', 'login', `who=${SAID}`)).toMatchObject({ code: 0 });
  const watcher = watch(dir, ['--from-start', 'watched/*.log']);

  const all = (): string => payloads(store).join('\n');
  await until(() => all().split('[credit-card]').length > 16);
  await watcher.end();
  await server.end();

  const bytes = bytesOf(store);
  expect(SECRETS.filter(secret => bytes.includes(secret))).toEqual([]);
  const transports = new Set(storedStreams(store).map(({ transport }) => transport));
  expect([...transports].sort()).toEqual(
    ['http', 'otlp-grpc', 'otlp-http', 'scrape', 'statsd', 'syslog-tcp', 'syslog-udp'].sort(),
  );
  expect(storedStreams(store).map(({ path }) => path)).toContain('/of/[email]');
});
