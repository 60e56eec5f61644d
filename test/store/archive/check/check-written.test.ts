import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { checkWritten } from '../../../../src/store/archive/check/check-written.js';
import { verifyStore } from '../../../../src/store/archive/maintain/verify.js';
import { EVENTS_TABLE, groupEvents } from '../../../../src/store/archive/segment-groups.js';
import { kindNamed } from '../../../../src/store/archive/formats/registry.js';
import { DEFAULT_TUNING } from '../../../../src/core/limits.js';
import { openForWriting } from '../../../../src/store/database/store.js';
import { onArchive, seal } from '../../../helpers/archive.js';
import { createFixture, type Fixture } from '../../../query/fixture.js';

const EVENTS = Array.from({ length: 200 }, (_, n) => ({ type: 'log', n, ratio: n / 8, text: `message ${n}` }));

/** Calls the check for the one segment of a store, against a table of what was to be written, changed by `sql`. */
async function check({ dir }: Fixture, sql: string): Promise<void> {
  await onArchive(dir, async ({ engine, catalog, reader }) => {
    const connection = await engine.connection();
    const [segment] = catalog.segments();
    const sent = kindNamed('parquet').sent({ dir, segments: [segment!], shapes: catalog.shapes(segment!.shapes) });
    await connection.run(
      `create or replace temp table ${EVENTS_TABLE} as
       select *, null::varchar as sent, 0 as form, '2026-11-22' as day
       from (${sent}) join (select id, "time", "type", "name", null::varchar as "severity" from read_parquet('${join(dir, segment!.file)}')) using (id)`,
    );
    const [group] = await groupEvents(connection);
    await connection.run(sql);
    await checkWritten({ dir, connection, catalog }, { segment: segment!, group: group! }, reader.attributes());
  });
}

describe('the check of a segment that was written', () => {
  test('passes what is in the file', async () => {
    const fixture = createFixture(...EVENTS);
    await seal(fixture.dir);
    await check(fixture, 'select 1');
  });

  test.each([
    ['payload', `payload = replace(payload, 'message', 'text')`, /another payload/],
    ['column', `payload = replace(payload, '"n":', '"n":9')`, /column n is not/],
    ['name', `"name" = 'another'`, /another name/],
    ['stream', `stream_id = 7`, /another stream_id/],
    ['missing event', `id = id + 1000`, /64 events missing|events missing/],
  ])('names a different %s and the file', async (_, change, problem) => {
    const fixture = createFixture(...EVENTS);
    await seal(fixture.dir);
    const checked = check(fixture, `update ${EVENTS_TABLE} set ${change}`);
    await expect(checked).rejects.toThrow(problem);
    await expect(checked).rejects.toThrow(/^the file archive\/.*\.parquet does not hold what was written/);
  });
});

/** Writes the file of the one segment again, some values changed, and has the catalog take it for what was sealed. */
async function forge(dir: string, replace: string): Promise<void> {
  const db = openForWriting(dir);
  const { file } = db.prepare<[], { file: string }>('select file from segments').get()!;
  const path = join(dir, file);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`create table t as select * replace (${replace}) from read_parquet('${path}')`);
  await connection.run(`copy t to '${path}' (format parquet)`);
  connection.closeSync();
  const checksum = createHash('sha256').update(readFileSync(path)).digest('hex');
  db.prepare('update segments set bytes = ?, checksum = ?').run(statSync(path).size, checksum);
  db.close();
}

describe('verify --deep', () => {
  // Events with a key that stands twice are kept as they were sent: there, a column can differ from the payload.
  const kept = Array.from({ length: 20 }, (_, n) => `{"type":"log","n":${n},"ratio":${n}.0,"twice":1,"twice":2}`);

  test.each([
    ['an integer', 'if(n = 7, 8, n)::bigint as n', '1 events whose column n is'],
    ['a double', `if(ratio > 17, null, ratio) as ratio`, '2 events whose column ratio is'],
    ['a name', `if(id < 4, 'x', "name") as "name"`, '3 events whose name is'],
  ])('finds %s that differs from the payload', async (_, replace, problem) => {
    const fixture = createFixture(...kept);
    await seal(fixture.dir);
    await forge(fixture.dir, replace);
    const options = { dir: fixture.dir, ...DEFAULT_TUNING, now: () => Date.now() * 1000, isDeep: true, repairs: false };
    const { findings } = await verifyStore(options, new AbortController().signal);

    expect(findings.map(found => found.problem)).toEqual([expect.stringContaining(problem)]);
  });

  test('finds 0.0 where -0.0 was sent', async () => {
    const fixture = createFixture(kept[1]!, kept[0]!.replace('0.0', '-0.0'));
    await seal(fixture.dir);
    await forge(fixture.dir, 'null::boolean as "payload^-ratio"');
    const options = { dir: fixture.dir, ...DEFAULT_TUNING, now: () => Date.now() * 1000, isDeep: true, repairs: false };
    const { findings } = await verifyStore(options, new AbortController().signal);

    expect(findings.map(found => found.problem)).toEqual([expect.stringContaining('1 events whose column ratio is')]);
  });
});
