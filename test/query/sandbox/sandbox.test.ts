import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ask, column, createFixture } from '../fixture.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'sandbox-'))));
afterEach(() => removeDirectory(dir));

const EVIL = 'evil.out';

describe.each([
  [
    'changes',
    [
      'delete from events',
      'insert into events values (1)',
      'update events set id = 1',
      'drop view events',
      'truncate events',
      'alter table events rename to x',
      'create table t(i int)',
      'create or replace view events as select 1',
      'create macro m() as 1',
      `create secret s (type s3, key_id 'x')`,
      'begin',
      'checkpoint',
      'vacuum',
      'use memory',
      'prepare p as select 1',
      'comment on view events is $$x$$',
      'merge into events using events on true when matched then delete',
    ],
  ],
  [
    'settings',
    [
      'set threads = 1',
      'reset threads',
      'set enable_external_access = true',
      'set lock_configuration = false',
      `set TimeZone = 'Europe/Berlin'`,
      'pragma threads = 4',
      'pragma enable_profiling',
      `pragma enable_logging`,
      `select * from enable_profiling(format = 'json', save_location = 'DIR/evil.out')`,
      `call enable_logging('QueryLog', storage_path = 'DIR/evil.out')`,
      `select * from enable_logging(storage = 'file', storage_path = 'DIR/evil.out')`,
      `from "enable_logging"(storage_path = 'DIR/evil.out')`,
      `select * from query('select * from enable_' || 'logging()')`,
      `from json_execute_serialized_sql(json_serialize_sql('select 1'))`,
    ],
  ],
  [
    'files',
    [
      `copy (select 1) to 'DIR/evil.out'`,
      `COPY events TO 'DIR/evil.out' (format parquet)`,
      `explain analyze copy (select 1) to 'DIR/evil.out'`,
      `explain (analyze, format json) copy (select 1) to 'DIR/evil.out'`,
      `/* select */ copy (select 1) to 'DIR/evil.out'`,
      `select 1; copy (select 1) to 'DIR/evil.out'`,
      `with x as (select 1) copy (from x) to 'DIR/evil.out'`,
      `export database 'DIR/evil.out'`,
      `import database 'DIR'`,
      `attach 'DIR/evil.out' as other`,
      `attach 'STORE/telemetry.db' as store (type sqlite)`,
      `select * from read_text('DIR/secret.csv')`,
      `select * from read_blob('DIR/secret.csv')`,
      `select * from read_csv('DIR/secret.csv')`,
      `select * from 'DIR/secret.csv'`,
      `select * from glob('DIR/*')`,
      `select * from sniff_csv('DIR/secret.csv')`,
      `select * from parquet_metadata('DIR/secret.csv')`,
      `select * from parquet_kv_metadata('DIR/secret.csv')`,
      `select * from read_json('STORE/telemetry.db')`,
      `select * from read_text('/proc/self/environ')`,
      `select getenv('PATH')`,
      `select * from read_duckdb('DIR/x.db')`,
    ],
  ],
  [
    'network and extensions',
    [
      'install httpfs',
      'load httpfs',
      `load 'DIR/secret.csv'`,
      'force install spatial from community',
      `select * from 'http://127.0.0.1:9/x.parquet'`,
      `select * from read_csv('https://127.0.0.1:9/x.csv')`,
      `select * from 's3://bucket/x.parquet'`,
      'update extensions',
    ],
  ],
])('a query that reaches for %s', (_, statements) => {
  test.each(statements)('is refused and changes nothing: %s', async text => {
    const fixture = createFixture({ a: 1 });
    writeFileSync(join(dir, 'secret.csv'), 'secret\n');
    const session = await fixture.open();
    const sql = text.replaceAll('DIR', dir).replaceAll('STORE', fixture.dir);
    await expect(ask(session, sql)).rejects.toMatchObject({ kind: 'sql' });
    await expect(session.copyTo(join(dir, EVIL), sql)).rejects.toMatchObject({ kind: 'sql' });
    expect(readdirSync(dir)).toEqual(['secret.csv']);
    expect(await ask(session, 'select id, a from events')).toEqual([['1', '1']]);
    expect(await column(session, `select value from duckdb_settings() where name = 'lock_configuration'`)).toEqual([
      'true',
    ]);
    expect(await column(session, `select current_setting('enable_logging')`)).toEqual(['0']);
  });
});

describe('files that join in', () => {
  test('reads CSV, JSON, NDJSON and Parquet files as tables that cannot be written', async () => {
    const fixture = createFixture({ user: 'u1' }, { user: 'u2' });
    writeFileSync(join(dir, "us'er s.csv"), 'user,plan\nu1,pro\n');
    writeFileSync(join(dir, 'a.json'), '[{"x":1},{"x":2}]');
    writeFileSync(join(dir, 'a.ndjson'), '{"x":1}\n{"x":2}\n');
    writeFileSync(join(dir, 'other.csv'), 'x\n');
    const parquet = join(dir, 'p.parquet');
    const writer = await fixture.open({ writable: parquet });
    await expect(
      writer.copyTo(parquet, 'select id, $x as x from events', { parameters: { x: 'y' }, limit: 1 }),
    ).resolves.toBe(1);
    const files = [
      { name: 'users', file: join(dir, "us'er s.csv") },
      { name: 'j', file: join(dir, 'a.json') },
      { name: 'quo"ted', file: join(dir, 'a.ndjson') },
      { name: 'p', file: parquet },
    ];
    const session = await fixture.open({ files });
    expect(await ask(session, 'select id, plan from events join users using (user)')).toEqual([['1', 'pro']]);
    expect(await column(session, 'select sum(x) from j')).toEqual(['3']);
    expect(await column(session, 'select sum(x) from "quo""ted"')).toEqual(['3']);
    expect(await ask(session, 'select * from p')).toEqual([['1', 'y']]);
    const file = join(dir, 'a.json');
    await expect(ask(session, `copy (select 1) to '${file}'`)).rejects.toMatchObject({ kind: 'sql' });
    await expect(ask(session, `select * from read_text('${join(dir, 'other.csv')}')`)).rejects.toMatchObject({
      kind: 'sql',
    });
    expect(readFileSync(file, 'utf8')).toBe('[{"x":1},{"x":2}]');
  });

  test('names a file that is missing, or a name that is taken', async () => {
    const fixture = createFixture();
    const file = join(dir, 'none.csv');
    await expect(fixture.open({ files: [{ name: 'x', file }] })).rejects.toMatchObject({
      kind: 'failure',
      message: expect.stringContaining('none.csv') as string,
    });
    writeFileSync(file, 'a\n1\n');
    await expect(fixture.open({ files: [{ name: 'events', file }] })).rejects.toMatchObject({ kind: 'failure' });
  });
});

test('removes its temporary directory when closed, and uses no working directory', async () => {
  const session = await createFixture({ a: 1 }).open();
  const [temporary] = await column(session, `select current_setting('temp_directory')`);
  expect(temporary!.startsWith(tmpdir())).toBe(true);
  expect(existsSync(temporary!)).toBe(true);
  session.close();
  expect(existsSync(temporary!)).toBe(false);
  expect(existsSync('.tmp')).toBe(false);
});
