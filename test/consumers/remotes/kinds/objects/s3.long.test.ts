import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { RemoteReader } from '../../../../../src/consumers/remotes/kind.js';
import { objectsKind } from '../../../../../src/consumers/remotes/kinds/objects/kind.js';
import { locationOf } from '../../../../../src/consumers/remotes/kinds/objects/location.js';
import {
  ConditionFailed,
  type ObjectStorage,
} from '../../../../../src/consumers/remotes/kinds/objects/object-storage.js';
import { openStorage } from '../../../../../src/consumers/remotes/kinds/objects/open-storage.js';
import { FileStorage } from '../../../../../src/consumers/remotes/kinds/objects/file-storage.js';
import { rowsOf } from '../../../../../src/query/result/rows.js';
import { remoteOf } from '../../../../helpers/remotes.js';
import { readStore, until } from '../../../../helpers/store.js';
import { addRemote, askObjects, entriesIn, forward, makeStore, numbered, parquetIn, place, rootIn } from './fixture.js';
import { extensions, Gateway, noExtensions, noGateway } from './gateway.js';

/** Repeats what fails until it succeeds. */
async function untilDone(step: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await step();
      return;
    } catch {
      await sleep(50);
    }
  }
}

const because = (reason: string | undefined): string => (reason === undefined ? '' : ` (${reason})`);

describe.skipIf(noGateway)(`objects in a bucket${because(noGateway)}`, () => {
  let gateway: Gateway;
  beforeAll(() => {
    gateway = new Gateway();
  });
  afterAll(() => gateway.stop());

  const options = () => ({ options: { endpoint: gateway.endpoint } });
  const storageOf = (prefix: string): Promise<ObjectStorage> =>
    openStorage(locationOf(remoteOf(gateway.url(prefix), options())));

  function setUp(prefix: string, lines: readonly string[], batch?: number) {
    const store = join(place(), 'store');
    makeStore(store, lines);
    addRemote(store, 'lake', gateway.url(prefix), { ...options(), ...(batch !== undefined && { batch }) });
    return { store, lake: join(gateway.bucketFolder, prefix) };
  }

  test('given a folder and a bucket, then both keep the same conditions', async () => {
    for (const storage of [await storageOf('conditions'), new FileStorage(place())]) {
      expect(await storage.get('a')).toBeUndefined();
      await expect(storage.put('a', Buffer.from('1'), { ifMatch: '"x"' })).rejects.toThrow(ConditionFailed);
      await storage.put('a', Buffer.from('2'), { ifAbsent: true });
      await expect(storage.put('a', Buffer.from('3'), { ifAbsent: true })).rejects.toThrow(ConditionFailed);
      const { etag } = (await storage.get('a'))!;
      await storage.put('a', Buffer.from('4'), { ifMatch: etag });
      await expect(storage.put('a', Buffer.from('5'), { ifMatch: etag })).rejects.toThrow(ConditionFailed);
      expect(String((await storage.get('a'))!.content)).toBe('4');
      expect(await storage.size('a')).toBe(1);
      await storage.delete(['a', 'b']);
      expect(await storage.size('a')).toBeUndefined();
      storage.close();
    }
  });

  test('given bytes that differ from their hash, then the gateway refuses them', async () => {
    const { store } = setUp('hash', numbered(1, 3));
    const storage = await storageOf('hash');
    const file = { path: join(store, 'telemetry.db'), bytes: 4096, sha256: 'a'.repeat(64) };

    await expect(storage.putFile('x', file, new AbortController().signal)).rejects.toThrow(/cannot write s3:.*hash\/x/);
    expect(await storage.size('x')).toBeUndefined();
  });

  test('given a wrong secret, then the error names the bucket and not the secret', async () => {
    const { store } = setUp('secret', numbered(1, 3));
    const url = new URL(gateway.url('secret'));
    url.password = 'not-the-secret';
    addRemote(store, 'lake', url.href, options(), true);

    const error = await forward(store).catch(String);
    expect(error).toMatch(/cannot read s3:\/\/events\/secret\/_telemetry\/manifest.json: SignatureDoesNotMatch/);
    expect(error).not.toContain('not-the-secret');
  });

  test('given a gateway that is killed again and again, then each event arrives once', async () => {
    const { store, lake } = setUp('killed', numbered(1, 2000), 250);
    const done = untilDone(() => forward(store));
    for (let n = 1; n <= 4; n++) {
      await until(() => parquetIn(lake).length >= n);
      gateway.kill();
      await sleep(100);
      gateway.start();
    }
    await done;

    expect(await askObjects(lake, 'select count(*), count(distinct id), max(n) from events')).toEqual([
      ['2000', '2000', '2000'],
    ]);
    expect(
      entriesIn(lake)
        .map(({ file }) => file)
        .sort(),
    ).toEqual(parquetIn(lake));
    expect(readStore(store, 'select * from remote_objects')).toEqual([]);
  });

  test('given two stores at the same time, then the objects of both are named', async () => {
    const { store, lake } = setUp('two', numbered(1, 1000), 200);
    const { store: second } = setUp('two', numbered(1, 600), 200);
    await Promise.all([forward(store), forward(second)]);

    expect(
      rootIn(lake)
        .stores.map(({ last_id }) => last_id)
        .sort(),
    ).toEqual([1000, 600]);
    expect(await askObjects(lake, 'select count(*), count(distinct (store_id, epoch, id)) from events')).toEqual([
      ['1600', '1600'],
    ]);
  });

  describe.skipIf(noExtensions)(`read back${because(noExtensions)}`, () => {
    async function read(prefix: string): Promise<RemoteReader & { ask: (sql: string) => Promise<unknown> }> {
      const reader = await objectsKind.read!({
        ...{
          remote: remoteOf(gateway.url(prefix), options()),
          store: { id: '', epoch: '' },
          dir: place(),
          folder: place(),
          extensions,
        },
        signal: new AbortController().signal,
      });
      onTestFinished(() => reader.close());
      return Object.assign(reader, { ask: async (sql: string) => rowsOf(await reader.query(sql)) });
    }

    test('sees the events that the manifest names', async () => {
      const long = 'x'.repeat(300);
      const odd = [
        '{"type":"a/b *?[x]%","n":9007199254740993,"time":"2024-05-01T10:00:00.123456789Z"}',
        `{"type":"${long}","n":1}`,
      ];
      const { store } = setUp('read', odd);
      await forward(store);
      makeStore(store, numbered(2, 3));
      await forward(store);
      const reader = await read('read');

      expect(await reader.ask('select id, "type", n, payload ->> \'time\' from events order by id')).toEqual([
        ['1', 'a/b *?[x]%', '9007199254740993', '2024-05-01T10:00:00.123456789Z'],
        ['2', long, '1', null],
        ['3', 'log', '2', '2024-05-01T00:00:00Z'],
        ['4', 'log', '3', '2024-05-01T00:00:00Z'],
      ]);
      expect(await reader.ask(`select "type", events from (${reader.statsSql}) order by 1`)).toEqual([
        ['a/b *?[x]%', '1'],
        ['log', '2'],
        [long, '1'],
      ]);
    });

    test('given no objects yet, then there are no events', async () => {
      const reader = await read('nothing');

      expect(await reader.ask('select count(*), count(payload), max(time) from events')).toEqual([['0', '0', null]]);
    });

    test.each([
      "select * from read_text('/etc/hostname')",
      "select * from read_text('s3://events/other/secret')",
      "select * from read_parquet('s3://events/**')",
      "select * from read_text('https://127.0.0.1/x')",
      "copy events to '/tmp/x'",
      'set threads = 1',
      "create secret x (type s3, key_id 'a')",
    ])('refuses %s', async sql => {
      const reader = await read('nothing');

      await expect(reader.ask(sql)).rejects.toThrow(/Permission Error|a query cannot run/);
    });

    test('given the secrets of DuckDB, then they are not shown', async () => {
      const reader = await read('nothing');

      expect(JSON.stringify(await reader.ask('select * from duckdb_secrets()'))).not.toContain('test-secret');
    });
  });
});
