import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dial } from '../helpers/acks.js';
import { http, post } from '../helpers/http.js';
import { serve, type TestServer } from '../helpers/server.js';
import { makeDirectory, payloads, temporaryStore } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

describe('what a server says of itself', () => {
  const store = makeDirectory();
  let server: TestServer;
  beforeAll(async () => {
    server = await serve({ store });
  });
  afterAll(async () => {
    await server.end();
    removeDirectory(store);
  });

  const metric = async (name: string): Promise<number> => {
    const { body } = await http(`${server.url}/metrics`);
    const line = body.split('\n').find(line => line.startsWith(`${name} `));
    return Number(line?.slice(name.length) ?? 0);
  };

  test('given GET /healthz, /readyz, /version and /, then each answers', async () => {
    expect(await http(`${server.url}/healthz`)).toMatchObject({ status: 200, body: 'ok\n' });
    expect(await http(`${server.url}/readyz`)).toMatchObject({ status: 200, body: 'ready\n' });
    const reply = await http(`${server.url}/version`);
    expect(JSON.parse(reply.body)).toEqual({ name: 'telemetry', version });
    expect(reply.headers['content-type']).toBe('application/json');
    expect(await http(server.url)).toMatchObject({ status: 200, body: expect.stringContaining('POST') as string });
  });

  test('given HEAD, then there is the head alone', async () => {
    expect(await http(`${server.url}/healthz`, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  });

  test('given traffic, then the metrics count it at once', async () => {
    const names = [
      'telemetry_events_accepted_total{transport="http"}',
      'telemetry_events_accepted_total{transport="websocket"}',
      'telemetry_events_duplicate_total',
      'telemetry_received_bytes_total',
      'telemetry_refused_total{reason="invalid_json"}',
      'telemetry_refused_total{reason="foreign_origin"}',
      'telemetry_commit_failures_total',
    ];
    const before = await Promise.all(names.map(metric));
    const body = '{"event_id":"metrics"}{"event_id":"metrics"}{}';

    await post(server.url, body);
    await post(server.url, '1 nope');
    await post(server.url, '1', { origin: 'https://example.com' });
    const sender = await dial(server.url);
    sender.send('{"a":1}');
    sender.send('text');
    await sender.acked(2);

    const after = await Promise.all(names.map(metric));
    const bytes = body.length + '1 nope'.length + '{"a":1}text'.length;
    expect(after.map((value, i) => value - before[i]!)).toEqual([3, 2, 1, bytes, 1, 1, 0]);
    expect(await metric('telemetry_open_streams')).toBe(1);
    expect(await metric('telemetry_queue_bytes')).toBe(0);
    expect(await metric('telemetry_commit_seconds_count')).toBeGreaterThan(2);
    expect(await metric('telemetry_commit_seconds_bucket{le="+Inf"}')).toBe(
      await metric('telemetry_commit_seconds_count'),
    );
    sender.socket.terminate();
  });

  test('given the metrics, then they are Prometheus text with help and types', async () => {
    const { headers, body } = await http(`${server.url}/metrics`);

    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    const named = [...body.matchAll(/^# TYPE (telemetry_\S+) (counter|gauge|histogram)$/gm)].map(match => match[1]!);
    expect(named.length).toBeGreaterThan(6);
    for (const name of named) expect(body).toContain(`# HELP ${name} `);
    expect(body).toContain('process_resident_memory_bytes');
  });
});

describe('the banner', () => {
  test.each([
    ['fsync', /on disk \(fsync\)/],
    ['os', /\(os\).*crash of telemetry/],
    ['none', /\(none\).*power cut/],
  ])('given --durability %s, then it and every reply say so', async (durability, promise) => {
    const store = temporaryStore();
    const server = await serve({ store, args: ['--durability', durability] });

    expect(server.said()).toMatch(promise);
    expect(server.said()).toContain(store);
    expect(await post(server.url, '{}')).toMatchObject({
      body: '1\n',
      headers: { 'telemetry-durability': durability },
    });
    expect(await post(server.url, 'x')).toMatchObject({ status: 400, headers: { 'telemetry-durability': durability } });
    const sender = await dial(server.url);
    sender.send('{}');
    await sender.acked(1);
    expect(await server.end()).toBe(0);
    expect(payloads(store)).toHaveLength(2);
  });

  const hasCurl = (() => {
    try {
      return execFileSync('curl', ['--version']).length > 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  })();

  test.skipIf(!hasCurl).each([
    ['no token', {}],
    ['a token', { TELEMETRY_TOKEN: "it's a $ecret" }],
  ])('stores the event of the %s line when pasted into a shell (needs curl)', async (...given) => {
    const env = given[1] as Record<string, string>;
    const store = temporaryStore();
    const server = await serve({ store, env });
    const line = /^ {2}(curl .*)$/m.exec(server.said())![1]!;

    const out = execFileSync('sh', ['-c', line.replace('curl', 'curl -sS')], {
      env: { PATH: process.env.PATH, ...env },
    });

    expect(out.toString()).toBe('1\n');
    expect(payloads(store)).toEqual(['{"type":"log","level":"INFO","msg":"hi mom"}']);
    await server.end();
  });

  test('given an IPv6 address, then the URL has brackets and works', async () => {
    const server = await serve({ store: temporaryStore(), args: ['--host', '::1'] });

    expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect(await post(server.url, '{}')).toMatchObject({ body: '1\n' });
    await server.end();
  });
});
