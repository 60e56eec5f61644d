import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seal } from '../helpers/archive.js';
import { commandInProcess } from '../helpers/command-in-process.js';
import { openTestJournal, type TestJournal } from '../helpers/journal.js';
import { cleanEnv, telemetry, TELEMETRY, temporaryDirectory } from './command.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const DAY = 86_400_000;

describe('telemetry prune and stats', () => {
  let cwd: string;
  let store: string;
  let journal: TestJournal;

  beforeEach(() => {
    cwd = temporaryDirectory();
    store = join(cwd, 'store');
    journal = openTestJournal(store);
  });
  afterEach(() => {
    journal.close();
    removeDirectory(cwd);
  });

  const prune = (...args: string[]) => telemetry(['prune', '--store', store, ...args], { cwd });
  const pruneInProcess = (...args: string[]) => commandInProcess(['prune', '--store', store, ...args], { cwd });
  const payloads = async (): Promise<unknown[]> => {
    const { out } = await commandInProcess(['query', '--store', store, 'select payload from events order by id'], {
      cwd,
    });
    return out.split('\n').flatMap(line => (line === '' ? [] : [(JSON.parse(line) as { payload: unknown }).payload]));
  };
  const sample = (): void => {
    journal.append(
      [
        { type: 'log', n: 1 },
        { type: 'metric', n: 2 },
      ],
      Date.now() - 20 * DAY,
    );
    journal.append([
      { type: 'log', n: 3 },
      { type: 'metric', n: 4 },
    ]);
  };

  test('given --dry-run, then the table shows what would go, and all stays', async () => {
    sample();
    const { code, out } = await prune('--keep', 'metric', '--older-than', '14d', '--dry-run', '--format', 'table');
    expect(code).toBe(0);
    expect(out).toMatch(/log +│ +1 │ +20 B │ +1 │ +20 B/);
    expect(out).toMatch(/metric +│ +0 │ +0 B │ +2 │ +46 B/);
    expect(out).toContain('nothing was removed');
    expect(await payloads()).toHaveLength(4);
  });

  test('given --yes, then what matches is gone, and json says what the disk got back', async () => {
    sample();
    const { code, out } = await prune('--keep', 'metric', '--older-than', '14d', '--yes');
    expect(code).toBe(0);
    const said = JSON.parse(out) as { done: { disk: { before: number; after: number; freed: number } } };
    expect(said).toMatchObject({
      dry_run: false,
      plan: { removed: { events: 1 } },
      done: { removed_events: 1, complete: true },
    });
    expect(said.done.disk.freed).toBe(said.done.disk.before - said.done.disk.after);
    expect(await payloads()).toEqual([
      { type: 'metric', n: 2 },
      { type: 'log', n: 3 },
      { type: 'metric', n: 4 },
    ]);
  });

  test('given that nothing matches, then it says why', async () => {
    sample();
    const { code, out } = await pruneInProcess('--keep', 'metric', '--older-than', '30d', '--yes', '--format', 'table');
    expect({ code, out }).toEqual({ code: 0, out: 'nothing to remove: 2 non-metric events are younger than 30d\n' });
  });

  test.each([
    [['--yes'], /at least one of --keep, --where and --older-than/],
    [['--keep', 'metric'], /--yes/],
    [['--older-than', 'soon', '--yes'], /not a duration/],
  ])('given %j, then exit 2 and nothing is removed', async (args, message) => {
    sample();
    const { code, out, err } = await pruneInProcess(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(await payloads()).toHaveLength(4);
  });

  test('warns of a kept type without events and names the existing ones', async () => {
    sample();
    const { err } = await pruneInProcess('--keep', 'metrix', '--dry-run');
    expect(err).toMatch(/warning: .*"metrix".*metric, log/);
  });

  test('given no store, then exit 3 and none is made', async () => {
    const none = join(cwd, 'none');
    const { code } = await telemetry(['prune', '--store', none, '--keep', 'metric', '--yes'], { cwd });
    expect(code).toBe(3);
    expect(existsSync(none)).toBe(false);
  });

  test('given a tail and a query under way, when all is pruned, then neither breaks', async () => {
    journal.append(Array.from({ length: 60_000 }, (_, n) => ({ type: 'log', n, text: 'x'.repeat(200) })));
    const env = cleanEnv(cwd);
    const start = (...args: string[]) => spawn(process.execPath, [TELEMETRY, ...args, '--store', store], { env });
    const query = start('query', 'select id from events');
    const tail = start('tail', '-n', '1', '--format', 'ndjson', '--columns', 'id');
    try {
      const rows = createInterface({ input: query.stdout })[Symbol.asyncIterator]();
      const lines = createInterface({ input: tail.stdout })[Symbol.asyncIterator]();
      expect((await lines.next()).value).toBe('{"id":60000}');
      expect((await rows.next()).value).toBe('{"id":1}');

      expect((await prune('--keep', 'metric', '--yes')).code).toBe(0);

      let count = 1;
      const ended = once(query, 'close');
      for (let row = await rows.next(); !row.done; row = await rows.next()) count++;
      expect(await ended).toEqual([0, null]);
      expect(count).toBe(60_000);
      journal.append([{ type: 'log', n: 1 }]);
      expect((await lines.next()).value).toBe('{"id":60001}');
    } finally {
      query.kill('SIGKILL');
      tail.kill('SIGKILL');
    }
  });

  test('given a store, then stats counts its events, bytes, streams and rates', async () => {
    sample();
    const { code, out } = await telemetry(['stats', '--store', store], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      store,
      server: null,
      events: 4,
      bytes: 86,
      streams: 2,
      rates: [
        { seconds: 60, events: 2 },
        { seconds: 300, events: 2 },
        { seconds: 3600, events: 2 },
      ],
      types: [
        { type: 'log', events: 2, bytes: 40 },
        { type: 'metric', events: 2, bytes: 46 },
      ],
    });
  });

  test('counts each event once in stats and schema, and shows the size of the archive', async () => {
    sample();
    await seal(store, 2);
    const { out } = await telemetry(['stats', '--store', store], { cwd });
    const said = JSON.parse(out) as { archive: { payload_bytes: number; file_bytes: number } };
    expect(said).toMatchObject({
      events: 4,
      bytes: 86,
      journal: { events: 2 },
      archive: { segments: 1, damaged_segments: 0, events: 2, payload_bytes: 43 },
      rates: [{ events: 2 }, { events: 2 }, { events: 2 }],
      types: [
        { type: 'log', events: 2, bytes: 40 },
        { type: 'metric', events: 2, bytes: 46 },
      ],
    });
    expect(said.archive.file_bytes).toBeGreaterThan(0);
    const schema = await commandInProcess(['schema', '--store', store, '--format', 'json'], { cwd });
    const columns = JSON.parse(schema.out) as { column: string; table: string; count: number; example: string }[];
    const of = (name: string) => columns.find(({ column, table }) => table === 'events' && column === name);
    expect(of('n')).toMatchObject({ count: 4, type: 'BIGINT' });
    expect(of('payload')).toMatchObject({ count: 4, example: '{"type":"log","n":1}' });
  });

  test('given an empty store, then stats says so without a number that is not one', async () => {
    const { code, out } = await telemetry(['stats', '--store', store, '--format', 'table'], { cwd });
    expect(code).toBe(0);
    expect(out).toMatch(/^events +0$/m);
    expect(out).toMatch(/^archive +empty$/m);
    expect(out).toMatch(/^oldest +-$/m);
    expect(out).not.toContain('NaN');
  });
});
