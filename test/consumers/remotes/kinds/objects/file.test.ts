import { cpSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readStore } from '../../../../helpers/store.js';
import {
  addRemote,
  askObjects,
  entriesIn,
  forward,
  forwardCommand,
  makeStore,
  numbered,
  parquetIn,
  place,
  rootIn,
} from './fixture.js';
import { removeDirectory } from '../../../../helpers/remove-directory.js';

const EVENTS = [
  '{"type":"log","level":"ERROR","msg":"boom","store_id":"Berlin","Day":3,"time":"2024-05-01T10:00:00.123456789Z"}',
  '{"type":"log","msg":"caf\u00e9","i":9007199254740993,"u":18446744073709551615,"time":"2024-05-02T10:00:00Z"}',
  '{"type":"a/b *?[x]%","a": 1.0,"n":null,"time":"2024-05-02T11:00:00Z"}',
  '{"type":"a/b *?[x]%","a": 2,"time":"2024-05-02T11:00:00Z"}',
  '"text"',
];

/** The steps of forwarding at which a process can be killed. */
const FAULTS = [
  'forward:begun',
  'objects:written',
  'objects:cut',
  'objects:recorded',
  'objects:put',
  'objects:named',
  'objects:forgotten',
  'forward:sent',
];

const hashesOf = (store: string): string[] =>
  readStore<{ hash: string }>(store, 'select hash from remote_objects').map(({ hash }) => hash);

/** A store with events and a remote to an empty folder. */
function setUp(lines: readonly string[]) {
  const home = place();
  const [store, lake] = [join(home, 'store'), join(home, 'lake')];
  makeStore(store, lines);
  addRemote(store, 'lake', `file://${lake}`);
  return { home, store, lake };
}

describe('objects in a folder', () => {
  test('given odd events, then each is in an object of its day and type', async () => {
    const { store, lake } = setUp(EVENTS);

    expect(await forward(store)).toMatchObject({ events: 5, waiting: 0 });

    const entries = entriesIn(lake);
    expect(entries.map(({ day, type, events, first_id, last_id }) => [day, type, events, first_id, last_id])).toEqual([
      ['2024-05-01', 'log', 1, 1, 5],
      ['2024-05-02', 'a/b *?[x]%', 2, 1, 5],
      ['2024-05-02', 'log', 1, 1, 5],
      [expect.any(String), 'event', 1, 1, 5],
    ]);
    for (const { file, bytes, sha256 } of entries) {
      expect(statSync(join(lake, file)).size).toBe(bytes);
      expect(
        createHash('sha256')
          .update(readFileSync(join(lake, file)))
          .digest('hex'),
      ).toBe(sha256);
    }
    expect(await askObjects(lake, 'select id, "type", payload, i, u, a from events order by id')).toEqual([
      ['1', 'log', EVENTS[0], null, null, null],
      ['2', 'log', EVENTS[1], '9007199254740993', '18446744073709551615', null],
      ['3', 'a/b *?[x]%', EVENTS[2], null, null, 1],
      ['4', 'a/b *?[x]%', EVENTS[3], null, null, 2],
      ['5', 'event', EVENTS[4], null, null, null],
    ]);
    const [{ id, epoch }] = readStore<{ id: string; epoch: string }>(store, 'select id, epoch from store') as [
      { id: string; epoch: string },
    ];
    expect(await askObjects(lake, 'select distinct store_id, epoch from events')).toEqual([[id, epoch]]);
    expect(rootIn(lake).stores).toEqual([{ store_id: id, epoch, remote: 'lake', last_id: 5, events: 5 }]);
    expect(readStore(store, 'select * from remote_objects')).toEqual([]);
  });

  test('given more events, then they are in new objects', async () => {
    const { store, lake } = setUp(numbered(1, 10));
    await forward(store);
    const before = parquetIn(lake);
    makeStore(store, numbered(11, 25));
    await forward(store);

    expect(parquetIn(lake)).toEqual(expect.arrayContaining(before));
    expect(await askObjects(lake, 'select count(*), count(distinct n), max(id) from events')).toEqual([
      ['25', '25', '25'],
    ]);
  });

  test('given a cursor that was lost, then the manifest says where to continue', async () => {
    const { store, lake } = setUp(numbered(1, 10));
    await forward(store);
    removeDirectory(join(store, 'remotes'));
    makeStore(store, numbered(11, 12));
    addRemote(store, 'LAKE', `file://${lake}`, {}, true);
    await forward(store, 'LAKE');

    expect(await askObjects(lake, 'select count(*), count(distinct n) from events')).toEqual([['12', '12']]);
  });

  test('given another remote of the store, then it is refused by name', async () => {
    const { store, lake } = setUp(numbered(1, 10));
    await forward(store);
    addRemote(store, 'other', `file://${lake}`);

    await expect(forward(store, 'other')).rejects.toThrow(/has events of this store from its remote lake/);
  });

  test('given two stores at the same time, then the objects of both are named', async () => {
    const { store, lake, home } = setUp(numbered(1, 3000));
    const second = join(home, 'second');
    makeStore(second, numbered(1, 2000));
    addRemote(second, 'lake', `file://${lake}`, { batch: 400 });
    addRemote(store, 'lake', `file://${lake}`, { batch: 400 }, true);
    await Promise.all([forward(store), forward(second)]);

    expect(
      rootIn(lake)
        .stores.map(({ last_id, events }) => [last_id, events])
        .sort(),
    ).toEqual([
      [2000, 2000],
      [3000, 3000],
    ]);
    expect(await askObjects(lake, 'select count(*), count(distinct (store_id, epoch, id)) from events')).toEqual([
      ['5000', '5000'],
    ]);
    expect(
      entriesIn(lake)
        .map(({ file }) => file)
        .sort(),
    ).toEqual(parquetIn(lake));
  });

  test('given a kill at each step, then each event arrives once', async () => {
    const { store, lake } = setUp(EVENTS);
    const recorded: string[] = [];
    const sent: string[] = [];
    for (const [i, fault] of FAULTS.entries()) {
      makeStore(store, numbered(i * 10 + 1, i * 10 + 10));
      const { signal, stderr } = forwardCommand(store, { TELEMETRY_FAULT: fault });
      expect(signal, stderr).toBe('SIGKILL');
      recorded.push(...hashesOf(store));
      sent.push(...parquetIn(lake));
    }
    await forward(store);

    const entries = entriesIn(lake);
    const events = EVENTS.length + FAULTS.length * 10;
    expect(recorded.length).toBeGreaterThan(0);
    expect(entries.map(({ sha256 }) => sha256)).toEqual(expect.arrayContaining(recorded));
    expect(parquetIn(lake)).toEqual(entries.map(({ file }) => file).sort());
    expect(parquetIn(lake)).toEqual(expect.arrayContaining(sent));
    expect(await askObjects(lake, 'select count(*), count(distinct id), max(id) from events')).toEqual([
      Array(3).fill(String(events)),
    ]);
    expect(hashesOf(store)).toEqual([]);
    expect(readdirSync(join(store, 'remotes', 'lake', 'cut'))).toEqual([]);
  });

  test('given a copy of the store, then both send each of their events once', async () => {
    const { store, lake, home } = setUp(numbered(1, 20));
    forwardCommand(store, { TELEMETRY_FAULT: 'objects:put' });
    const copy = join(home, 'copy');
    cpSync(store, copy, { recursive: true });
    await forward(copy);
    await forward(store);

    expect(await askObjects(lake, 'select epoch, count(*), count(distinct id) from events group by 1')).toEqual([
      [expect.any(String), '20', '20'],
      [expect.any(String), '20', '20'],
    ]);
  });
});
