import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryStore } from '../temporary-store.js';
import { removeDirectory } from '../../../helpers/remove-directory.js';

const CHECKS = `-- name: no <errors>
select count(*) = 0 from logs where severity = 'ERROR';
-- two events
select count(*) = 2 from events;
-- name: broken
select nope from events`;

function checksFile(text = CHECKS): string {
  const dir = mkdtempSync(join(tmpdir(), 'telemetry-assert-'));
  onTestFinished(() => removeDirectory(dir));
  const file = join(dir, 'checks.sql');
  writeFileSync(file, text);
  return file;
}

describe('telemetry assert', () => {
  const store = () => temporaryStore({ level: 'error', msg: 'a & "b"' }, { level: 'info', msg: 'c' });

  test('exits with 0 or 1, and prints the rows that broke a statement', async () => {
    const run = store();

    expect(await run('assert', 'select count(*) = 2 from events')).toEqual({
      code: 0,
      out: 'ok: select count(*) = 2 from events\n',
      err: '',
    });
    const { code, out } = await run('assert', `select count(*) = 0 from events where severity = 'ERROR'`);
    expect(code).toBe(1);
    expect(out).toMatch(/^not ok: .*: count\(\*\) is 1\n┌[^]*a & "b"/);
  });

  test('has exit codes of its own for statements that cannot be judged', async () => {
    const run = store();

    expect(await run('assert', 'select message from events')).toMatchObject({ code: 2 });
    expect(await run('assert', 'select nope from events')).toMatchObject({ code: 4 });
    expect(await run('assert', 'select true', '-f', checksFile())).toMatchObject({ code: 2 });
    expect(await run('assert', '-f', '/nowhere.sql')).toMatchObject({ code: 1 });
  });

  test('binds parameters, and takes those that some statement of a file has', async () => {
    const run = store();
    const file = checksFile('select count(*) = $n from events; select true');

    expect(await run('assert', '-p', 'n=2', '-f', file)).toMatchObject({ code: 0 });
    expect(await run('assert', '-p', 'n=3', '-f', file)).toMatchObject({ code: 1 });
  });

  test('prints TAP', async () => {
    const { code, out } = await store()('assert', '-f', checksFile(), '--format', 'tap');

    expect(code).toBe(4);
    expect(out).toMatch(/^TAP version 14\n1\.\.3\nnot ok 1 - no <errors>\n {2}---\n {2}message: "count\(\*\) is 1"\n/);
    expect(out).toContain('\n  ...\nok 2 - two events\nnot ok 3 - broken\n');
  });

  test('prints JUnit XML', async () => {
    const { code, out } = await store()('assert', '-f', checksFile(), '--format', 'junit');

    expect(code).toBe(4);
    expect(out).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites tests="3" failures="1" errors="1" /);
    expect(out).toContain('<testcase name="no &lt;errors&gt;" classname="checks.sql"');
    expect(out).toContain('a &amp; \\&quot;b\\&quot;');
    expect(out).toMatch(/<error message="Binder Error: [^"<]*"><\/error>/);
  });

  test('prints JSON', async () => {
    const { out } = await store()('assert', '-f', checksFile(), '--json');

    expect(JSON.parse(out)).toMatchObject([
      { name: 'no <errors>', ok: false, reason: 'count(*) is 1', rows: [{ message: 'a & "b"' }] },
      { name: 'two events', ok: true },
      { name: 'broken', ok: false, kind: 'sql' },
    ]);
  });
});
