import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commandInProcess } from '../helpers/command-in-process.js';
import { post } from '../helpers/http.js';
import { serveInProcess, type ServerInProcess } from '../helpers/server-in-process.js';
import { temporaryStore } from '../helpers/store.js';

let server: ServerInProcess;
afterEach(() => server.end());
beforeEach(async () => {
  server = await serveInProcess({ store: temporaryStore(), args: ['--query-processes', '1'] });
  await post(server.url, '{"type":"log","n":1}\n{"type":"log","n":2}');
});

function ask(path: string, body?: object): Promise<Response> {
  const authorization = `Bearer ${readFileSync(join(server.store, 'read.token'), 'utf8').trim()}`;
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  return fetch(server.url + path, { headers: { authorization }, ...sent });
}

/** The warnings of a reply, whose body is read or given up. */
async function warning(path: string, body?: object): Promise<string | null> {
  const { headers, body: stream } = await ask(path, body);
  await stream?.cancel();
  return headers.get('telemetry-warning');
}

/** Seals the events and damages their segment. */
async function damage(): Promise<void> {
  await commandInProcess(['seal', '--store', server.store], { cwd: server.store });
  const folder = join(server.store, 'archive');
  const [file] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.parquet'));
  writeFileSync(join(folder, file!), 'damaged');
}

const MISSING = /^2 events are missing: the segment .* is left out/;

test('a query and a tail warn of a damaged segment in a header', async () => {
  await damage();
  expect(await warning('/api/query', { sql: 'select count(*) from events' })).toMatch(MISSING);
  expect(await warning('/api/tail')).toMatch(MISSING);
});

test('a tail warns of a column that no event has', async () => {
  expect(await warning('/api/tail?filter=nosuch%3D1')).toBe('no event has "nosuch" yet; it is NULL until one does');
});

test('a tail sends later warnings as comments', async () => {
  const { body, headers } = await ask('/api/tail?filter=nosuch%3D1');
  expect(headers.get('telemetry-warning')).not.toBeNull();
  await post(server.url, '{"type":"log","nosuch":1}');
  let text = '';
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes('data: ')) break;
  }
  expect(text).toContain('\n\n: telemetry-warning: "nosuch" has appeared and is used from now on\n\n');
});

test.each(['ndjson', 'json', 'csv'])('a query in %s notices that no event is in its bounds', async format => {
  const sql = 'select count(*) from events';
  expect(await warning('/api/query', { sql, format, since: '2250-01-01' })).toBe(
    'no event happened within the bounds: 2 events lie outside; "by": "received" bounds the time of receipt',
  );
});

test('a schema notices that no event has the type', async () => {
  expect(await warning('/api/schema?type=nosuch')).toBe(
    'no event has the type "nosuch"; telemetry stats lists the types',
  );
});
