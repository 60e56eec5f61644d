import { expect, test } from 'vitest';
import { HttpConnection } from '../../../../../src/client/http-connection.js';
import { openGrpcExporter } from '../../../../../src/consumers/remotes/kinds/otlp/grpc-exporter.js';
import { HttpExporter } from '../../../../../src/consumers/remotes/kinds/otlp/http-exporter.js';
import { rowsOf } from '../../../../../src/query/result/rows.js';
import { openSession } from '../../../../../src/query/session.js';
import { commandInProcess } from '../../../../helpers/command-in-process.js';
import { postJson } from '../../../../helpers/http.js';
import { serveInProcess, type ServerInProcess } from '../../../../helpers/server-in-process.js';
import { payloads, readStore, temporaryStore, until } from '../../../../helpers/store.js';

const start = (): Promise<ServerInProcess> =>
  serveInProcess({ store: temporaryStore(), args: ['--otlp-grpc', '127.0.0.1:0'] });

/** The URL of a server as a remote. */
function urlOf(server: ServerInProcess, protocol: string): string {
  if (protocol === 'telemetry') return server.url.replace('http:', 'telemetry:');
  if (protocol === 'otlp') return server.url.replace('http:', 'otlp:');
  return `otlp+grpc://${/otlp grpc: +(\S+)/.exec(server.said())![1]!}`;
}

async function forwardTo(from: ServerInProcess, url: string): Promise<void> {
  const args = ['remote', 'create', 'next', url, '--store', from.store];
  expect(await commandInProcess(args, { cwd: from.store })).toMatchObject({ code: 0 });
}

const idOf = (store: string): string => readStore<{ id: string }>(store, 'select id from store')[0]!.id;
const spanOf = (name: string): string =>
  `{"type":"trace","name":"${name}","trace_id":"600fbba606b5fc9959c814c389dad17d","span_id":"a1b2c3d4e5f60718","duration_ms":1}`;
const namesIn = (store: string): string[] =>
  payloads(store)
    .map(payload => (JSON.parse(payload) as { name: string }).name)
    .sort();

test.each([
  ['otlp', 'otlp'],
  ['otlp+grpc', 'otlp+grpc'],
  ['otlp', 'telemetry'],
])('given a ring of two by %s and %s, then each has each span once', async (there, back) => {
  const [a, b] = [await start(), await start()];
  await forwardTo(a, urlOf(b, there));
  await forwardTo(b, urlOf(a, back));
  await Promise.all([postJson(a.url, spanOf('of a')), postJson(b.url, spanOf('of b'))]);
  await until(() => [a, b].every(({ store }) => payloads(store).length >= 2), 'the spans of the ring');
  // The last span has gone round once more, if it does at all.
  await postJson(a.url, spanOf('z'));
  await until(() => namesIn(b.store).includes('z'), 'the last span');
  await until(() => readStore<{ cursor_id: number }>(b.store, 'select cursor_id from remotes')[0]!.cursor_id === 3);

  expect(namesIn(a.store)).toEqual(['of a', 'of b', 'z']);
  expect(namesIn(b.store)).toEqual(['of a', 'of b', 'z']);
  expect(readStore(b.store, 'select sent_events, warning from remotes')).toEqual([{ sent_events: 1, warning: null }]);
  const session = await openSession({ dir: b.store });
  const origins = await rowsOf(await session.query('select distinct origin from streams where origin is not null'));
  session.close();
  expect(origins).toEqual([[idOf(a.store)]]);
  await Promise.all([a.end(), b.end()]);
});

const EMPTY_SPAN = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"op"}]}]}]}';

test.each(['http', 'grpc'])('given a span that came from a server, then it takes it not again by %s', async way => {
  const a = await start();
  const origin = new URL(a.url);
  const common = { headers: {}, isCompressed: false } as const;
  const address = new URL(urlOf(a, 'otlp+grpc')).host;
  const exporter =
    way === 'grpc'
      ? await openGrpcExporter({ ...common, address, trust: undefined })
      : new HttpExporter({
          ...common,
          http: new HttpConnection(origin, { options: {} }),
          endpoint: { origin, path: '/' },
          encoding: 'protobuf',
        });
  const send = (passed: string) =>
    exporter.send({ signal: 'traces', json: EMPTY_SPAN, origin: passed }, new AbortController().signal);

  expect(await send(`${idOf(a.store)},beef`)).toMatchObject({
    rejected: 1,
    message: expect.stringContaining('it has come from this store') as string,
  });
  expect(exporter.peer).toBe(idOf(a.store));
  expect(payloads(a.store)).toEqual([]);
  expect(await send('beef')).toMatchObject({ rejected: 0 });
  expect(payloads(a.store)).toHaveLength(1);
  expect(readStore(a.store, 'select origin from streams where events > 0')).toEqual([{ origin: 'beef' }]);
  exporter.close();
  await a.end();
});
