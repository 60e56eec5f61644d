import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askInProcess, commandInProcess } from '../../../helpers/command-in-process.js';
import { removeDirectory } from '../../../helpers/remove-directory.js';
import { serve, type TestServer } from '../../../helpers/server.js';
import { makeDirectory } from '../../../helpers/store.js';

let cwd: string;
let store: string;
let server: TestServer;

beforeAll(async () => {
  cwd = makeDirectory();
  store = join(cwd, 'store');
  writeFileSync(join(cwd, 'a.ndjson'), '{"type":"log","ts":"2026-11-20T08:00:00Z"}\n{"type":"log","n":2}\n');
  await commandInProcess(['ingest', '--store', store, 'a.ndjson'], { cwd });
  server = await serve({ store, args: ['--query-processes', '1'] });
});
afterAll(async () => {
  await server.end();
  removeDirectory(cwd);
});

test.each([
  [['--type', 'nosuch'], 'no event has the type "nosuch"; telemetry stats lists the types\n'],
  [['--since', '2040-01-01'], 'no event happened within the bounds: 2 events lie outside\n'],
  [['--until', '2001-01-01'], 'no event happened within the bounds: 2 events lie outside\n'],
  [['--from-id', '9'], 'no event has the id 9 or a higher one: the last is 2\n'],
  [['--type', 'logs', '--grep', 'nosuch'], ''],
  [['--from-id', '2', '--grep', 'nosuch'], ''],
])('a tail that prints nothing says why, with a server and without: %j', async (args, err) => {
  const line = ['tail', '--store', store, '--no-follow', ...args];
  expect(await askInProcess(line, { cwd })).toEqual({ code: 0, out: '', err });
  expect(await commandInProcess(line, { cwd })).toEqual({ code: 0, out: '', err });
});

test('a tail that prints events has no such note', async () => {
  const line = ['tail', '--store', store, '--no-follow', '--type', 'nosuch,log'];
  expect(await askInProcess(line, { cwd })).toMatchObject({ code: 0, err: '' });
});
