import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ducklakeKind } from '../../../../../src/consumers/remotes/kinds/ducklake/kind.js';
import type { RemoteDefinition } from '../../../../../src/consumers/remotes/remote.js';
import { startPostgres, type TestPostgres } from '../../../../helpers/postgres.js';
import { remoteOf } from '../../../../helpers/remotes.js';
import { readStore } from '../../../../helpers/store.js';
import { addRemote, forward, forwardCommand, makeStore, numbered, parquetIn, place } from '../objects/fixture.js';
import { extensions, Gateway, noExtensions, noGateway } from '../objects/gateway.js';

const because = (reason: string | undefined): string => (reason === undefined ? '' : ` (${reason})`);

/** The steps of forwarding at which a process can be killed. */
const FAULTS = ['objects:recorded', 'objects:put', 'lake:added', 'objects:named', 'forward:sent'];

/** Those at which the catalog is written, or is behind the objects. */
const CATALOG_FAULTS = ['objects:put', 'lake:added', 'objects:named'];

/** Adds ten events and kills the forwarding process at each of the steps, then forwards the rest. */
async function killAtEachStep(store: string, faults = FAULTS): Promise<void> {
  for (const [i, fault] of faults.entries()) {
    makeStore(store, numbered(i * 10 + 11, i * 10 + 20));
    const { signal, stderr } = forwardCommand(store, { TELEMETRY_FAULT: fault });
    expect(signal, stderr).toBe('SIGKILL');
  }
  await forward(store);
}

/** Asks a bare DuckDB about a lake. */
async function askLake(catalog: string, sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    const scanner = ['sqlite', 'postgres'].find(scheme => catalog.startsWith(`ducklake:${scheme}:`));
    for (const name of ['ducklake', 'httpfs', ...(scanner === undefined ? [] : [`${scanner}_scanner`])]) {
      await connection.run(`load '${extensionFile(name)}'`);
    }
    await connection.run(`attach '${catalog}' as lake (read_only); use lake`);
    return (await connection.runAndReadAll(sql)).getRowsJson();
  } finally {
    instance.closeSync();
  }
}

function extensionFile(name: string): string {
  const file = readdirSync(extensions!, { recursive: true, encoding: 'utf8' }).find(path =>
    path.endsWith(`/${name}.duckdb_extension`),
  );
  return join(extensions!, file!);
}

function setUp(scheme: string, lines: readonly string[]) {
  const home = place();
  const store = join(home, 'store');
  const catalog = `ducklake:${scheme}${join(home, 'catalog.db')}`;
  const data = join(home, 'data');
  const definition: Partial<RemoteDefinition> = {
    options: { 'data-path': data, 'duckdb-extensions': extensions! },
  };
  makeStore(store, lines);
  addRemote(store, 'lake', catalog, definition);
  return { home, store, catalog, data, definition, ask: (sql: string) => askLake(catalog, sql) };
}

describe.skipIf(noExtensions)(`a DuckLake${because(noExtensions)}`, () => {
  test.each(['', 'sqlite:'])('given a catalog %s, then the lake has each event', async scheme => {
    const odd = [
      '{"type":"a/b","n":9007199254740993,"u":18446744073709551615,"time":"2024-05-01T10:00:00.123456789Z"}',
      '{"type":"log","l":[1, 2],"b":true,"d":-0.0,"store_id":"x","Day":1}',
      JSON.stringify({ type: 'x'.repeat(300) }),
    ];
    const { store, ask, data } = setUp(scheme, odd);
    expect(await forward(store)).toMatchObject({ events: 3 });

    expect(await ask('select id, "type", payload, n, u, l, b, d, "Day" from events order by id')).toEqual([
      ['1', 'a/b', odd[0], '9007199254740993', '18446744073709551615', null, null, null, null],
      ['2', 'log', odd[1], null, null, '[1,2]', true, -0, '1'],
      ['3', 'x'.repeat(300), odd[2], null, null, null, null, null, null],
    ]);
    expect(await ask(`select count(*) from ducklake_list_files('lake', 'events')`)).toEqual([['3']]);
    expect(await ask('select remote, table_name, last_id from telemetry_cursors')).toEqual([['lake', 'events', '3']]);
    expect(parquetIn(data)).toHaveLength(3);
  });

  test('given another type of an attribute, then its column has what fits', async () => {
    const { store, ask } = setUp('', ['{"n":1,"m":"a"}']);
    await forward(store);
    makeStore(store, ['{"n":2.5,"m":7,"new":true}', '{"n":3,"m":"b"}', '{"n":"x"}', '{"n":4}']);
    await forward(store);

    expect(await ask('select id, n, m, "new", payload from events order by id')).toEqual([
      ['1', '1', 'a', null, '{"n":1,"m":"a"}'],
      ['2', null, '7', true, '{"n":2.5,"m":7,"new":true}'],
      ['3', '3', 'b', null, '{"n":3,"m":"b"}'],
      ['4', null, null, null, '{"n":"x"}'],
      ['5', '4', null, null, '{"n":4}'],
    ]);
  });

  test('given a kill at each step, then each event arrives once', async () => {
    const { store, ask, data } = setUp('', numbered(1, 10));
    await killAtEachStep(store);

    const events = String(10 + 10 * FAULTS.length);
    expect(await ask('select count(*), count(distinct id), max(n) from events')).toEqual([[events, events, events]]);
    const files = await ask(`select data_file from ducklake_list_files('lake', 'events') order by 1`);
    expect(files.map(([file]) => file)).toEqual(parquetIn(data).map(file => join(data, file)));
    expect(readStore(store, 'select * from remote_objects')).toEqual([]);
  });

  test('given two stores, then the table has the events of both', async () => {
    const { store, catalog, definition, home, ask } = setUp('sqlite:', numbered(1, 30));
    const second = join(home, 'second');
    makeStore(second, numbered(1, 20));
    addRemote(second, 'lake', catalog, definition);
    await forward(store);
    await forward(second);

    expect(await ask('select store_id, count(*) from events group by 1 order by 2')).toEqual([
      [expect.any(String), '20'],
      [expect.any(String), '30'],
    ]);
  });

  test('given a table with other columns, then it is refused by name', async () => {
    const { store, catalog, definition, ask } = setUp('', numbered(1, 3));
    await forward(store);
    const options = { ...definition.options, table: 'telemetry_cursors' };
    addRemote(store, 'other', catalog, { options });

    await expect(forward(store, 'other')).rejects.toThrow(
      /telemetry_cursors of the lake has other columns than an events table: it has no/,
    );
    expect(await ask('select count(*) from events')).toEqual([['3']]);
  });

  test.skipIf(noGateway)(`given data in a bucket, then the lake has each event${because(noGateway)}`, async () => {
    const gateway = new Gateway();
    const { store, catalog, definition, ask } = setUp('', numbered(1, 5));
    try {
      const { username, password } = new URL(gateway.url('x'));
      Object.assign(process.env, { AWS_ACCESS_KEY_ID: username, AWS_SECRET_ACCESS_KEY: password });
      const options = { ...definition.options, 'data-path': 's3://events/lake', endpoint: gateway.endpoint };
      addRemote(store, 'lake', catalog, { options }, true);
      await forward(store);

      expect(await ask(`select data_file from ducklake_list_files('lake', 'events')`)).toEqual([
        [expect.stringMatching(/^s3:\/\/events\/lake\/events\/day=2024-05-01\/type=log\/events-/)],
      ]);
      expect(parquetIn(join(gateway.bucketFolder, 'lake'))).toHaveLength(1);
    } finally {
      delete process.env.AWS_ACCESS_KEY_ID;
      delete process.env.AWS_SECRET_ACCESS_KEY;
      gateway.stop();
    }
  });
});

describe.skipIf(noExtensions)(`a DuckLake with its catalog in PostgreSQL${because(noExtensions)}`, () => {
  let server: TestPostgres;
  let missing: string | undefined;
  let databases = 0;
  let catalog = '';

  beforeAll(async () => {
    const started = await startPostgres();
    if ('missing' in started) missing = started.missing;
    else server = started;
  });
  afterAll(async () => {
    if (missing === undefined) await server.stop();
  });
  beforeEach(async context => {
    if (missing !== undefined) context.skip(missing);
    const database = `lake${++databases}`;
    await server.ask(`create database ${database}`);
    const { hostname, port, username } = new URL(server.url);
    catalog = `ducklake:postgres:dbname=${database} host=${hostname} port=${port} user=${username}`;
  });

  /** Stores with a remote to one lake. */
  function storesOf(...all: (readonly string[])[]): { readonly stores: string[]; readonly data: string } {
    const home = place();
    const data = join(home, 'data');
    const options = { 'data-path': data, 'duckdb-extensions': extensions! };
    const stores = all.map((lines, i) => {
      const store = join(home, `store${i}`);
      makeStore(store, lines);
      addRemote(store, 'lake', encodeURI(catalog), { options, batch: 5 });
      return store;
    });
    return { stores, data };
  }

  test('given two stores at the same time, then the lake has the events of both', async () => {
    const { stores } = storesOf(numbered(1, 15), numbered(1, 10));
    // The catalog refuses one of two commits at the same moment, which is tried again.
    await Promise.all(
      stores.map(async store => {
        while (
          !(await forward(store).then(
            () => true,
            () => false,
          ))
        );
      }),
    );

    expect(
      await askLake(catalog, 'select store_id, count(*), count(distinct id) from events group by 1 order by 2'),
    ).toEqual([
      [expect.any(String), '10', '10'],
      [expect.any(String), '15', '15'],
    ]);
  });

  test('given a kill at each step of the catalog, then each event arrives once', async () => {
    const { stores, data } = storesOf(numbered(1, 10));
    const [store] = stores as [string];
    await killAtEachStep(store, CATALOG_FAULTS);

    const events = String(10 + 10 * CATALOG_FAULTS.length);
    expect(await askLake(catalog, 'select count(*), count(distinct id), max(n) from events')).toEqual([
      [events, events, events],
    ]);
    const files = await askLake(catalog, `select data_file from ducklake_list_files('lake', 'events') order by 1`);
    expect(files.map(([file]) => file)).toEqual(parquetIn(data).map(file => join(data, file)));
  });
});

test.each([
  ['ducklake:catalog.db', {}, /the path of its catalog is not absolute/],
  ['ducklake:/catalog.db', {}, /it has no --data-path/],
  ['ducklake:postgres:dbname=x password=y', {}, /it has a password/],
  ['ducklake:/catalog.db', { 'data-path': 's3://key:secret@b/x' }, /its --data-path has a secret/],
  ['ducklake:/catalog.db', { 'data-path': 'data' }, /neither a URL nor an absolute path/],
])('refuses %s with options %o', (url, options, message) => {
  expect(() => ducklakeKind.check(remoteOf(url, { options }))).toThrow(message);
});
