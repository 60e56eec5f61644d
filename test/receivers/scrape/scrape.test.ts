import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { scrapeTarget } from '../../../src/cli/config/scrape-target.js';
import { startServer } from '../../../src/server/server.js';
import { type RunningServer } from '../../../src/server/server-options.js';
import { http } from '../../helpers/http.js';
import { serverOptions } from '../../helpers/server-options.js';
import { payloads, storedStreams, temporaryStore, until } from '../../helpers/store.js';

/** Nothing else than the first scrape comes in a test. */
const SELDOM = '1h';

let store: string;
let server: RunningServer | undefined;
let target: Server;
let said: string[];

beforeEach(() => {
  store = temporaryStore();
  said = [];
});

afterEach(async () => {
  await server?.stop();
  server = undefined;
  target.closeAllConnections();
  target.close();
});

/** Serves like that at a free port, and returns its address. */
async function serving(listener: RequestListener): Promise<string> {
  target = createServer(listener).listen(0, '127.0.0.1');
  await once(target, 'listening');
  return `127.0.0.1:${(target.address() as AddressInfo).port}`;
}

async function scraping(...targets: readonly string[]): Promise<void> {
  server = await startServer(
    serverOptions(store, {
      maxEventSize: 100_000,
      sources: { scrape: targets.map(scrapeTarget) },
      log: text => void said.push(text),
    }),
  );
}

const events = () => payloads(store).map(payload => JSON.parse(payload) as Record<string, unknown>);
const values = (name: string) =>
  events()
    .filter(event => event.metric_name === name)
    .map(event => event.metric_value);

describe('a target that answers', () => {
  test('scrapes like Prometheus, with redirect, credentials and gzip, and is up', async () => {
    const requests: IncomingMessage[] = [];
    const address = await serving((request, response) => {
      requests.push(request);
      if (request.url === '/metrics') response.writeHead(302, { location: '/real' }).end();
      else response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('m{a="b"} 1\nn 2\n'));
    });

    await scraping(`http://me:secret@${address}=${SELDOM}`);
    await until(() => values('scrape_samples_scraped').length > 0);

    expect(requests.map(({ url }) => url)).toEqual(['/metrics', '/real']);
    expect(requests[1]!.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('me:secret').toString('base64')}`,
      'accept-encoding': 'gzip',
      'user-agent': 'telemetry/test',
      'x-prometheus-scrape-timeout-seconds': '10',
    });
    expect(requests[1]!.headers.accept).toMatch(
      /^application\/openmetrics-text;version=1.0.0.*text\/plain;version=0.0.4/,
    );
    expect(events()[0]).toMatchObject({ metric_name: 'm', a: 'b', job: 'scrape', instance: address });
    expect([values('up'), values('scrape_samples_scraped')]).toEqual([[1], [2]]);
    expect(said).toEqual([]);
  });

  test('makes one ended stream of several scrapes when the server stops', async () => {
    const address = await serving((_, response) => response.end('m 1\n'));

    await scraping(`${address}=100ms`);
    await until(() => values('up').length > 2);
    await server?.stop();
    server = undefined;

    const streams = storedStreams(store);
    expect(streams).toMatchObject([{ transport: 'scrape', path: '/metrics', remote: address }]);
    expect(streams[0]!.ended_at).not.toBeNull();
    expect(streams[0]!.events).toBe(events().length);
  });
});

test('judges an exposition by its last line where it is called text', async () => {
  const address = await serving((_, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end('# TYPE m_total counter\nm_total 1 1520879607.789 st@1520430000.5\n# EOF\n');
  });

  await scraping(`${address}=${SELDOM}`);
  await until(() => values('m_total').length > 0);

  expect(events()).toContainEqual(
    expect.objectContaining({ metric_name: 'm_total', time: '2018-03-12T18:33:27.789Z', created: 1520430000.5 }),
  );
});

test('scrapes more than ten targets without a warning of Node', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on('warning', note);
  const address = await serving((_, response) => response.end('m 1\n'));

  await scraping(...Array.from({ length: 25 }, (_, i) => `${address}/metrics?target=${i}=200ms`));
  await until(() => values('m').length > 50);
  process.off('warning', note);

  expect(warnings).toEqual([]);
});

describe('a target that fails', () => {
  /** Longer than its interval, which bounds what a scrape may take. */
  const never: RequestListener = () => undefined;
  const endless: RequestListener = (_, response) => {
    const line = Buffer.from(`# ${'a long comment '.repeat(1000)}\n`);
    const more = (): void => {
      if (!response.destroyed) response.write(line, more);
    };
    more();
  };

  test.each<[string, RequestListener, string, RegExp]>([
    ['is slow', never, 'timeout', /longer than 0.2 s/],
    ['is huge', endless, 'too_large', /more than 16777216 bytes/],
    [
      'is malformed',
      (_, response) => response.end('m 1\nn one\n'),
      'malformed',
      /line 2: a value is not a number: "one"/,
    ],
    [
      'breaks off',
      (_, response) => response.writeHead(200, { 'content-length': 9 }).write('m 1\n', () => response.destroy()),
      'unreachable',
      /aborted/,
    ],
    ['answers 500', (_, response) => response.writeHead(500).end(), 'status', /answered 500/],
    [
      'sends HTML',
      (_, response) => response.setHeader('content-type', 'text/html').end('<p>'),
      'malformed',
      /text\/html/,
    ],
    [
      'sends no gzip',
      (_, response) => response.setHeader('content-encoding', 'gzip').end('m'),
      'malformed',
      /invalid gzip/,
    ],
    [
      'redirects to a user that is not percent-encoded',
      (_, response) => response.writeHead(302, { location: 'http://a%zz@127.0.0.1:1/' }).end(),
      'unreachable',
      /ECONNREFUSED/,
    ],
    ['redirects for ever', (_, response) => response.writeHead(302, { location: '/' }).end(), 'status', /10 times/],
  ])('is down for a target that %s, stores nothing and logs it once', async (_, listener, outcome, why) => {
    const address = await serving(listener);
    const healthy = createServer((_, response) => response.end('healthy 1\n')).listen(0, '127.0.0.1');
    await once(healthy, 'listening');
    try {
      const other = `127.0.0.1:${(healthy.address() as AddressInfo).port}`;
      // An interval is the timeout as well: only what is to run into it has a short one.
      await scraping(`${address}=${outcome === 'timeout' ? '200ms' : '20s'}`, `${other}=${SELDOM}`);
      await until(() => values('up').includes(0) && values('healthy').length > 0);

      expect(
        events().filter(event => event.instance === address && !/^(up|scrape_)/.test(String(event.metric_name))),
      ).toEqual([]);
      // What is still wrong is not said again.
      if (outcome === 'timeout') await until(() => values('up').filter(value => value === 0).length > 1);
      expect(said).toEqual([expect.stringMatching(why)]);
      expect((await http(`${server!.url}/metrics`)).body).toMatch(
        new RegExp(`telemetry_scrapes_total\\{outcome="${outcome}"\\} [1-9]`),
      );
    } finally {
      healthy.close();
    }
  });

  test('given one that does not listen, when it begins to, then both changes are said', async () => {
    const address = await serving(never);
    const { port } = target.address() as AddressInfo;
    await new Promise(resolve => target.close(resolve));

    await scraping(`${address}=1s`);
    await until(() => values('up').length > 1);
    target = createServer((_, response) => response.end('m 1\n')).listen(port, '127.0.0.1');
    await until(() => said.length > 1);

    expect(said).toEqual([
      `scrape of ${address}/metrics failed: connect ECONNREFUSED ${address}`,
      `scrape of ${address}/metrics works again`,
    ]);
  });
});
